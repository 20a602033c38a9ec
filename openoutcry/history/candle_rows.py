"""Candles as history keeps them: of seconds, minutes, hours and days, each brought up to date with
every batch; five and fifteen minutes are put together from minutes when they are asked for.

Rule 1: prices and volumes are units of 10**-12 here, because the grid may change within a candle.
Rule 2: time never goes back, so that a batch changes the newest candle of a symbol or begins the
next. Only a bust changes earlier ones: they are made anew from the trades that still count.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, select

from openoutcry.history.movements import LEGS, Fill
from openoutcry.history.tables import BUSTS, CANDLES, FILLS, IS_FIRST
from openoutcry.marketdata.candles import INTERVALS, SECOND, Candle, joined, start_of
from openoutcry.model.units import Lots, Nanos, Symbol, Ticks, TradeId

KEPT: Final = tuple(INTERVALS[name] for name in ("1s", "1m", "1h", "1d"))
"""The intervals that have rows, the shortest first."""
OPEN_MAX: Final = 10_000
"""Candles in memory that may go on; beyond it they are read from their rows again."""
PAGE: Final = 500
"""Trades read at a time where a candle is made anew."""
_FILL: Final = msgspec.json.Decoder(Fill)
_CANDLE: Final = msgspec.json.Decoder(Candle)
_Key = tuple[Symbol, Nanos]


class CandleRow(Struct, frozen=True, array_like=True, gc=False):
    """A candle, of which symbol and interval."""

    symbol: Symbol
    length: int
    """Seconds."""
    candle: Candle


def seconds_of(fills: Iterable[Fill]) -> dict[Symbol, list[Candle]]:
    """Return the one-second candles of trades, each symbol's oldest first."""
    found: dict[Symbol, list[list[int]]] = {}
    for fill in fills:
        if fill.fill_id % LEGS:
            continue  # The other side of the same trade.
        price = fill.price * fill.price_increment
        start = fill.at - fill.at % SECOND
        bars = found.get(fill.symbol)
        if bars is None:
            bars = found[fill.symbol] = []
        if not bars or bars[-1][0] != start:
            bars.append([start, price, price, price, price, 0, 0])
        bar = bars[-1]
        if price > bar[2]:
            bar[2] = price
        elif price < bar[3]:
            bar[3] = price
        bar[4] = price
        bar[5] += fill.quantity * fill.quantity_increment
        bar[6] += 1
    return {symbol: [_candle(bar) for bar in bars] for symbol, bars in found.items()}


def _candle(figures: list[int]) -> Candle:
    start, first, high, low, last, volume, trades = figures
    return Candle(
        Nanos(start), Ticks(first), Ticks(high), Ticks(low), Ticks(last), Lots(volume), trades
    )


class CandleRows:
    """The candles that go on, on the connection that writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open: dict[_Key, Candle] = {}

    def take(self, fills: list[Fill]) -> list[CandleRow]:
        """Return the rows that a batch's trades add or replace."""
        if len(self._open) > OPEN_MAX:
            self._open.clear()
        rows: list[CandleRow] = []
        for symbol, seconds in seconds_of(fills).items():
            for interval in KEPT:
                rows += self._grow(symbol, interval, seconds)
        return rows

    def _grow(self, symbol: Symbol, interval: Nanos, seconds: list[Candle]) -> Iterator[CandleRow]:
        key = symbol, interval
        so_far = self._open.get(key)
        start = start_of(seconds[0].start, interval)
        if so_far is None or so_far.start != start:
            so_far = self._read(symbol, interval, start)
        parts = seconds if so_far is None else [so_far, *seconds]
        for candle in joined(parts, interval):
            self._open[key] = candle
            yield CandleRow(symbol, interval // SECOND, candle)

    def _read(self, symbol: Symbol, interval: Nanos, start: Nanos) -> Candle | None:
        columns = CANDLES.c
        query = select(columns.body).where(
            columns.symbol == symbol,
            columns.length == interval // SECOND,
            columns.start == start,
        )
        body = self._connection.execute(query).scalar_one_or_none()
        return None if body is None else _CANDLE.decode(body)

    def take_out(self, symbol: Symbol, trade_id: TradeId) -> None:
        """Make the candles of a trade that was busted anew; call it when that is in its table."""
        at = self._time_of(symbol, trade_id)
        if at is None:
            return
        for key in [key for key in self._open if key[0] == symbol]:
            del self._open[key]
        parts = list(seconds_of(self._trades(symbol, start_of(at, SECOND))).get(symbol, []))
        for place, interval in enumerate(KEPT):
            start = start_of(at, interval)
            if place:
                parts = self._parts(symbol, KEPT[place - 1], start, Nanos(start + interval))
            self._replace(symbol, interval, start, next(joined(parts, interval), None))

    def _replace(
        self, symbol: Symbol, interval: Nanos, start: Nanos, candle: Candle | None
    ) -> None:
        """Write one candle at once: the next longer one is made of it."""
        columns = CANDLES.c
        key = {"symbol": symbol, "length": interval // SECOND, "start": start}
        gone = delete(CANDLES).where(*(columns[name] == value for name, value in key.items()))
        self._connection.execute(gone)
        if candle is not None:
            body = msgspec.json.encode(candle).decode()
            self._connection.execute(CANDLES.insert().values(**key, body=body))

    def _parts(self, symbol: Symbol, interval: Nanos, start: Nanos, end: Nanos) -> list[Candle]:
        columns = CANDLES.c
        query = select(columns.body).where(
            columns.symbol == symbol,
            columns.length == interval // SECOND,
            columns.start >= start,
            columns.start < end,
        )
        found = self._connection.execute(query.order_by(columns.start)).scalars()
        return [_CANDLE.decode(body) for body in found]

    def _time_of(self, symbol: Symbol, trade_id: TradeId) -> Nanos | None:
        """Find a trade by its id: ids rise with the rows, so halves do."""
        low, high = 0, self._newest(symbol)
        while low < high:
            middle = (low + high) // 2
            found = self._next_trade(symbol, middle)
            if found is not None and found.trade_id < trade_id:
                low = found.fill_id + 1
            else:
                high = middle
        found = self._next_trade(symbol, low)
        return found.at if found is not None and found.trade_id == trade_id else None

    def _newest(self, symbol: Symbol) -> int:
        query = select(FILLS.c.fill_id).where(FILLS.c.symbol == symbol, IS_FIRST)
        newest = query.order_by(FILLS.c.fill_id.desc()).limit(1)
        return self._connection.execute(newest).scalar_one_or_none() or 0

    def _next_trade(self, symbol: Symbol, fill_id: int) -> Fill | None:
        query = select(FILLS.c.body).where(
            FILLS.c.symbol == symbol, IS_FIRST, FILLS.c.fill_id >= fill_id
        )
        body = self._connection.execute(query.order_by(FILLS.c.fill_id).limit(1)).scalar()
        return None if body is None else _FILL.decode(body)

    def _trades(self, symbol: Symbol, start: Nanos) -> Iterator[Fill]:
        """Yield the trades of one second that still count, oldest first."""
        low, high = 0, self._newest(symbol) + 1
        while low < high:
            middle = (low + high) // 2
            found = self._next_trade(symbol, middle)
            if found is not None and found.at < start:
                low = found.fill_id + 1
            else:
                high = middle
        query = select(FILLS.c.body).where(FILLS.c.symbol == symbol, IS_FIRST)
        while True:
            page = query.where(FILLS.c.fill_id >= low).order_by(FILLS.c.fill_id).limit(PAGE)
            fills = [_FILL.decode(body) for body in self._connection.execute(page).scalars()]
            ids = [fill.trade_id for fill in fills]
            undone = select(BUSTS.c.trade_id).where(BUSTS.c.trade_id.in_(ids))
            busted = set(self._connection.execute(undone).scalars())
            for fill in fills:
                if fill.at >= start + SECOND:
                    return
                if fill.trade_id not in busted:
                    yield fill
            if len(fills) < PAGE:
                return
            low = fills[-1].fill_id + 1
