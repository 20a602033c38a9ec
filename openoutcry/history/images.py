"""Images of books, made a few at a time by history's own thread, so that no book of the past is far
from one.

Rule: an image costs no more than the steps that it saves: a book gets one after `STEPS_EVERY`
steps, or after as many as it has orders. Any may be missing, and then a question takes longer.
"""

from typing import Final

from sqlalchemy import Connection, Engine, func, select

from openoutcry.history.queues_then import folded, write_image
from openoutcry.history.tables import QUEUE_IMAGES, QUEUE_STEPS
from openoutcry.history.trace import QueueSteps
from openoutcry.model.units import Sequence, Symbol

STEPS_EVERY: Final = 2_000
"""Steps of a book between two of its images."""


class Images:
    """Which books need one; used by history's own thread."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._waiting: dict[Symbol, int] | None = None
        """Steps since the last image; None until it has been looked up."""
        self._sizes: dict[Symbol, int] = {}
        """Orders in the last image."""
        self.made = 0

    def tell(self, written: list[QueueSteps]) -> None:
        """Note what a batch has changed."""
        if self._waiting is None:
            return  # It is looked up with everything else.
        for steps in written:
            self._waiting[steps.symbol] = self._waiting.get(steps.symbol, 0) + steps.size

    def step(self, reached: Sequence) -> bool:
        """Make one image if one is due; say whether there was one to make."""
        if self._waiting is None:
            with self._database.begin() as connection:
                self._waiting = self._look_up(connection)
        symbol = self._due(self._waiting)
        if symbol is None:
            return False
        size = max(STEPS_EVERY, self._sizes.get(symbol, 0))
        with self._database.begin() as connection:
            found = folded(connection, symbol, reached, steps_max=size)
            write_image(connection, symbol, found)
        self._sizes[symbol] = len(found.standing)
        self._waiting[symbol] -= found.steps
        self.made += 1
        return True

    def _due(self, waiting: dict[Symbol, int]) -> Symbol | None:
        for symbol, steps in waiting.items():
            if steps >= max(STEPS_EVERY, self._sizes.get(symbol, 0)):
                return symbol
        return None

    @staticmethod
    def _look_up(connection: Connection) -> dict[Symbol, int]:
        steps, images = QUEUE_STEPS.c, QUEUE_IMAGES.c
        waiting: dict[Symbol, int] = {}
        newest = select(images.symbol, func.max(images.sequence)).group_by(images.symbol)
        last = {row[0]: row[1] for row in connection.execute(newest)}
        symbols = connection.execute(select(steps.symbol).distinct()).scalars().all()
        for symbol in symbols:
            query = select(func.sum(steps.size)).where(
                steps.symbol == symbol, steps.first > last.get(symbol, 0)
            )
            waiting[symbol] = int(connection.execute(query).scalar() or 0)
        return waiting
