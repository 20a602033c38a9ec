"""All of history, from its beginning to one sequence: for exports, beside the venue that writes it.

Rule 1: nothing is read in one go. Short pages by key, each a transaction of its own, so that a long
export pins no WAL and needs no memory.
Rule 2: what is append-only, fills and postings, is exactly that of `reached`; an order is shown as
it stood when its page was read, and those that came after the opening are left out.
"""

from collections.abc import Callable, Iterator
from heapq import merge
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from openoutcry.history.database import open_reading, reached_on_disk
from openoutcry.history.movements import LEGS, Fill, Posting, Transfer, postings_of
from openoutcry.history.tables import BUSTS, FILLS, IS_FIRST, ORDERS, TRANSFERS
from openoutcry.model.order import OrderReport
from openoutcry.model.units import AccountId, Sequence, Symbol

PAGE_ROWS: Final = 5_000
"""Rows read in one transaction."""
_REPORT: Final = msgspec.json.Decoder(OrderReport)
_FILL: Final = msgspec.json.Decoder(Fill)
_TRANSFER: Final = msgspec.json.Decoder(Transfer)

Progress = Callable[[int, int], None]
"""Told how far a reading is, and of how much."""


class Unreadable(Exception):
    """History cannot be read; the message says why."""


class Choice(NamedTuple):
    """Of whom and of what; None is everything."""

    account_id: AccountId | None = None
    symbol: Symbol | None = None


class Traded(NamedTuple):
    """A trade: the taker's fill of it, in an auction either."""

    fill: Fill
    is_busted: bool


class Extract:
    """One reading of history. Its end is that of its opening, whatever is written meanwhile."""

    def __init__(self, url: str, epoch: str) -> None:
        try:
            reached = reached_on_disk(url, epoch)
            if reached is None:
                raise Unreadable("there is no history of this journal's epoch and edition")
            self.reached: Sequence = reached
            self._engine = open_reading(url)
            with self._engine.connect() as connection:
                newest = connection.execute(select(func.max(ORDERS.c.order_id))).scalar()
        except SQLAlchemyError as fault:
            raise Unreadable(str(fault).partition("\n")[0]) from fault
        self._orders_end = (newest or 0) + 1

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def orders(self, chosen: Choice, progress: Progress) -> Iterator[OrderReport]:
        """Yield orders by their ids, rising."""
        conditions = _of(ORDERS, chosen)
        for body in self._bodies(ORDERS, conditions, self._orders_end, progress):
            yield _REPORT.decode(body)

    def fills(self, chosen: Choice, progress: Progress) -> Iterator[Fill]:
        """Yield fills in the order of their events."""
        for body in self._bodies(FILLS, _of(FILLS, chosen), self._rows_end, progress):
            yield _FILL.decode(body)

    def trades(self, chosen: Choice, progress: Progress) -> Iterator[Traded]:
        """Yield trades in the order of their events."""
        conditions = [*_of(FILLS, chosen), IS_FIRST]
        busted = self._busted()
        for body in self._bodies(FILLS, conditions, self._rows_end, progress):
            fill = _FILL.decode(body)
            yield Traded(fill, is_busted=fill.trade_id in busted)

    def postings(self, chosen: Choice, progress: Progress) -> Iterator[Posting]:
        """Yield postings in order; a symbol chooses those of its trades only."""
        fills = self.fills(chosen, progress)
        of_trades = (posting for fill in fills for posting in postings_of(fill))
        if chosen.symbol is not None:
            return of_trades
        bodies = self._bodies(TRANSFERS, _of(TRANSFERS, chosen), self._rows_end, _quietly)
        others = (posting for body in bodies for posting in postings_of(_TRANSFER.decode(body)))
        return merge(of_trades, others, key=lambda posting: posting.position)

    @property
    def _rows_end(self) -> int:
        return (self.reached + 1) * LEGS

    def _busted(self) -> frozenset[int]:
        """Return the trades that have been undone, which are few."""
        query = select(BUSTS.c.trade_id).where(BUSTS.c.sequence <= self.reached)
        try:
            with self._engine.connect() as connection:
                return frozenset(connection.execute(query).scalars())
        except SQLAlchemyError as fault:
            raise Unreadable(str(fault).partition("\n")[0]) from fault

    def _bodies(
        self, table: Table, conditions: list[ColumnElement[bool]], end: int, progress: Progress
    ) -> Iterator[str]:
        key: Any = table.primary_key.columns[0]
        after = -1
        while True:
            query = select(key, table.c.body).where(key > after, key < end, *conditions)
            try:
                with self._engine.connect() as connection:
                    rows = connection.execute(query.order_by(key).limit(PAGE_ROWS)).all()
            except SQLAlchemyError as fault:
                raise Unreadable(str(fault).partition("\n")[0]) from fault
            for _, body in rows:
                yield body
            if len(rows) < PAGE_ROWS:
                progress(end, end)
                return
            after = rows[-1][0]
            progress(after, end)


def _of(table: Table, chosen: Choice) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.account_id is not None:
        conditions.append(table.c.account_id == chosen.account_id)
    if chosen.symbol is not None:
        conditions.append(table.c.symbol == chosen.symbol)
    return conditions


def _quietly(_reached: int, _end: int) -> None:
    """Say nothing: one of two readings tells of both."""
