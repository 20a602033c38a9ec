"""Writing history: a batch of records at a time, and what there is time for in between.

Rule: used by one thread at a time; nothing else writes the tables.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Engine

from openoutcry.history.images import Images
from openoutcry.history.leaving import Leaving
from openoutcry.history.projection import Show, nothing_shown
from openoutcry.history.projector import Projector
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId, Sequence

BATCH_RECORDS: Final = 500
"""Records in one transaction; what waits beyond them is the next one's."""


class Writing:
    """The projector, the images of books it makes due, and the orders that leave."""

    def __init__(
        self, database: Engine, show: Show = nothing_shown, agents: Iterable[AccountId] = ()
    ) -> None:
        agents = tuple(agents)
        self._projector = Projector(database, show, agents)
        self.images = Images(database)
        self.leaving = Leaving(database, agents)

    def close(self) -> None:
        """Let go of the database."""
        self._projector.close()

    def write(self, records: list[Record]) -> Sequence:
        """Write a batch of records, at least one, and return the sequence reached."""
        reached = self._projector.write(records)
        self.images.tell(self._projector.steps)
        self.leaving.step(records[-1].entry.at)
        return reached

    def rest(self, reached: Sequence) -> bool:
        """Do a little of what can wait; say whether there was anything to do."""
        return self.images.step(reached)
