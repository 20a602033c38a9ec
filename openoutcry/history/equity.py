"""What an account was worth at the ends of intervals: its closes, at the closes of the candles.

Rule: a position counts at the last trade before that was not busted since; one whose symbol has
not traded counts nothing.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Column, Connection, Select, select

from openoutcry.history.closes import CASH, KEPT, MINUTE
from openoutcry.history.tables import CANDLES, CLOSES
from openoutcry.marketdata.candles import SECOND, Candle
from openoutcry.model.units import UNIT, AccountId, Amount, Nanos

_CANDLE: Final = msgspec.json.Decoder(Candle)


class Point(NamedTuple):
    """What an account had at a moment, in units."""

    at: Nanos
    equity: Amount
    cash: Amount


def begin_of(connection: Connection, account_id: AccountId) -> Nanos | None:
    """Return the end of the first minute in which an account had cash."""
    columns = CLOSES.c
    query = select(columns.start).where(
        columns.account_id == account_id,
        columns.series == CASH,
        columns.length == MINUTE // SECOND,
    )
    first = connection.execute(query.order_by(columns.start).limit(1)).scalar_one_or_none()
    return None if first is None else Nanos(first + MINUTE)


def equity_at(
    connection: Connection, account_id: AccountId, interval: Nanos, first: int, count: int
) -> list[Point]:
    """Return the points at `first` and at the ends of the intervals after it, `count` in all."""
    length = max(one for one in KEPT if interval % one == 0)
    moments = [first + place * interval for place in range(count)]
    times = _Times(connection, moments, length)
    cash = [int(text or 0) for text in times.values(*_closes(account_id, CASH, length))]
    worth = list(cash)
    for symbol in _symbols(connection, account_id):
        had = times.values(*_closes(account_id, symbol, length))
        marks = times.values(*_marks(symbol, length))
        for place, (amount, mark) in enumerate(zip(had, marks, strict=True)):
            if amount is not None and mark is not None and amount != "0":
                worth[place] += int(amount) * _CANDLE.decode(mark).close // UNIT
    return [
        Point(Nanos(at), Amount(total), Amount(held))
        for at, total, held in zip(moments, worth, cash, strict=True)
    ]


class _Times:
    """The moments that are asked about, and what closed the interval before each."""

    def __init__(self, connection: Connection, moments: list[int], length: Nanos) -> None:
        self._connection = connection
        self._moments = moments
        self._length = length

    def values(self, query: Select[Any], start: Column[Any]) -> Iterator[str | None]:
        """Yield the last value before each moment; None before the first."""
        first, last = (moment - self._length for moment in (self._moments[0], self._moments[-1]))
        before = query.where(start <= first).order_by(start.desc()).limit(1)
        newest = self._connection.execute(before).first()
        value = None if newest is None else newest[1]
        later = query.where(start > first, start <= last).order_by(start)
        rows = iter(self._connection.execute(later).all())
        following = next(rows, None)
        for moment in self._moments:
            while following is not None and following[0] + self._length <= moment:
                value = following[1]
                following = next(rows, None)
            yield value


def _closes(account_id: AccountId, series: str, length: Nanos) -> tuple[Select[Any], Column[Any]]:
    columns = CLOSES.c
    query = select(columns.start, columns.amount).where(
        columns.account_id == account_id,
        columns.series == series,
        columns.length == length // SECOND,
    )
    return query, columns.start


def _marks(symbol: str, length: Nanos) -> tuple[Select[Any], Column[Any]]:
    columns = CANDLES.c
    query = select(columns.start, columns.body).where(
        columns.symbol == symbol, columns.length == length // SECOND
    )
    return query, columns.start


def _symbols(connection: Connection, account_id: AccountId) -> Iterator[str]:
    """Yield the symbols that an account has had positions in: one seek for each."""
    columns, symbol = CLOSES.c, CASH
    while True:
        query = select(columns.series).where(
            columns.account_id == account_id, columns.series > symbol
        )
        found = connection.execute(query.order_by(columns.series).limit(1)).scalar_one_or_none()
        if found is None:
            return
        yield (symbol := found)
