"""A history of its own for each test."""

from dataclasses import dataclass, field

import pytest

from openoutcry.history.history import History
from tests.history.past import EPOCH


@dataclass
class Shelf:
    """Where a test's histories stand; opens them, and closes what a test left open."""

    url: str
    opened: list[History] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    def open(self, past=None, epoch=EPOCH, agents=()) -> History:
        """Open the history and let it catch up with a past, or with nothing."""
        history = History(self.url, epoch, self.faults.append, agents)
        self.opened.append(history)
        if past is not None:
            history.catch_up(past.read, past.last, lambda _reached, _last: None)
        return history

    def close(self) -> None:
        while self.opened:
            self.opened.pop().close()


@pytest.fixture
def shelf(tmp_path):
    shelf = Shelf(f"sqlite:///{tmp_path}/history.sqlite3")
    yield shelf
    shelf.close()
