"""What tells the messages of one channel of one key, and what it needs to know for that.

A teller without a state makes each message of one event. A snapshot is made of what the engine has
at a moment and, where `needs_past`, of what history has up to it.

A teller with a state is loaded with both once; then the state follows the events, and a snapshot is
made of it.
"""

from abc import ABC, abstractmethod
from typing import Any, Final, NamedTuple, Protocol

from openoutcry.engine.engine import Engine
from openoutcry.history.history import History
from openoutcry.model.events import Event
from openoutcry.model.record import Record
from openoutcry.streams.feeds.said import Said

SILENT: Final = b""
"""In place of a message that nobody hears, or for which a snapshot will stand."""


TIME_PASSED: Final = None
"""In place of an event: that a record begins, whatever it is about."""


class Heard(NamedTuple):
    """An event in its place, or `TIME_PASSED`."""

    event: Any
    """An `Event`; no type is checked here, because every function asks which one it is."""
    following: Event | None
    """The next one of its record."""
    sequence: int
    record: Record


class Teller(Protocol):
    """One channel of one key."""

    needs_past: bool
    has_state: bool

    def speaks(self, heard: Heard) -> bool:
        """Say whether an event is told on this channel of this key."""

    def update(self, said: Said, heard: Heard, *, is_heard: bool) -> bytes | None:
        """Return what an event is told with, None if it is not; a state follows.

        Nothing but `SILENT` has to be made for nobody.
        """

    def picture(self, engine: Engine) -> Any:  # noqa: ANN401  (its own business)
        """Return what the engine knows now."""

    def past(self, history: History, sequence: int) -> Any:  # noqa: ANN401
        """Return what history knows up to a sequence, which it has reached; blocks."""

    def load(self, picture: Any, past: Any) -> None:  # noqa: ANN401
        """Take over a state."""

    def snapshot(self, said: Said, picture: Any, past: Any) -> bytes:  # noqa: ANN401
        """Return a snapshot: of both, or of the state."""


class Stateless:
    """What tellers without a state have in common."""

    needs_past = False
    has_state = False

    def past(self, history: History, sequence: int) -> Any:  # noqa: ANN401, ARG002
        """Return nothing: the engine knows all."""
        return None

    def load(self, picture: Any, past: Any) -> None:  # noqa: ANN401, ARG002
        """There is no state."""
        raise AssertionError("only a state is loaded")


class Kept(Stateless, ABC):
    """What tellers with a state have in common."""

    has_state = True

    @abstractmethod
    def speaks(self, heard: Heard) -> bool:
        """Say whether an event is told; of the event alone, before there is a state."""
