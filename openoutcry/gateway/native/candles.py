"""Candles of the public market, out of history."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from openoutcry.gateway.native.asked import Asked, Line, Query
from openoutcry.gateway.native.calls import Answer, Call, answer
from openoutcry.gateway.native.paging import LIMIT_DEFAULT, page_limit, position_in, read_query
from openoutcry.gateway.openapi import Operation
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.venue import Venue
from openoutcry.history.candle_pages import candles_from
from openoutcry.history.pages import Series, cursor_of
from openoutcry.history.queries import reached
from openoutcry.marketdata.candles import INTERVALS, SECOND, Candle
from openoutcry.model.account import Permission
from openoutcry.model.instrument import Grid
from openoutcry.model.units import Nanos, Sequence, Symbol
from openoutcry.wire import market as wire
from openoutcry.wire.prices import units_text, volume_text
from openoutcry.wire.times import nanos_of, time_text

INTERVAL_DEFAULT: Final = "1m"
END_OF_TIME: Final = 2**63 - 1


class Asking(NamedTuple):
    """Which part of a series of intervals is asked for."""

    interval: Nanos
    start: int | None
    end: int | None
    limit: int
    after: int | None
    """The start of the last interval that has been answered."""


def interval_of(*names: str) -> Callable[[str], Nanos]:
    """Return a reader of one of some intervals, by name."""

    def read(text: str) -> Nanos:
        if text not in names:
            message = f"is one of {', '.join(names)}"
            raise ValueError(message)
        return INTERVALS[text]

    return read


def asking(query: Query, series: Series, *names: str) -> Asking:
    """Read the query of a series of intervals of these names."""
    readers: dict[str, Callable[[str], Any]] = {
        "interval": interval_of(*names),
        "start": nanos_of,
        "end": nanos_of,
        "limit": page_limit,
        "cursor": str,
    }
    read = read_query(query, readers)
    seconds = position_in(series, read.get("cursor"))
    return Asking(
        read.get("interval", INTERVALS[INTERVAL_DEFAULT]),
        read.get("start"),
        read.get("end"),
        read.get("limit", LIMIT_DEFAULT),
        None if seconds is None else seconds * SECOND,
    )


async def candles(venue: Venue, call: Call, symbol: Symbol, asked: Asking) -> Answer:
    """Answer with a page of candles, oldest first; none where nothing traded."""
    call.caller.demand(Permission.READ)
    instrument = venue.sequencer.engine.instrument(symbol)
    if instrument is None:
        raise Problem(404, "unknown_instrument", "no such instrument is listed here")
    venue.attention.touch(symbol, time.monotonic())
    await venue.history.caught_up(venue.sequencer.engine.sequence)
    first = asked.start or 0
    if asked.after is not None:
        first = max(first, asked.after + asked.interval)
    last = END_OF_TIME - asked.interval if asked.end is None else asked.end

    def look() -> tuple[list[Candle], Sequence]:
        with venue.history.reading() as connection:
            found = candles_from(connection, symbol, asked.interval, first, last, asked.limit + 1)
            return found, reached(connection)

    found, at = await asyncio.to_thread(look)
    items = found[: asked.limit]
    more = len(found) > asked.limit
    cursor = cursor_of(Series.CANDLES, items[-1].start // SECOND) if more else None
    page = wire.CandlePage([shape(candle, instrument.grid) for candle in items], cursor)
    return answer(200, page, at)


def shape(candle: Candle, grid: Grid) -> wire.Candle:
    """Return a candle as the API shows it."""
    tick, lot = grid.price_increment, grid.quantity_increment
    return wire.Candle(
        start=time_text(candle.start),
        open=units_text(tick, candle.open),
        high=units_text(tick, candle.high),
        low=units_text(tick, candle.low),
        close=units_text(tick, candle.close),
        volume=volume_text(lot, candle.volume),
        trades=candle.trades,
    )


async def _candles(venue: Venue, asked: Asked) -> Answer:
    return await candles(
        venue, asked.call, asked.symbol(), asking(asked.query, Series.CANDLES, *INTERVALS)
    )


ROUTES: Final[tuple[Line, ...]] = (("GET", "/candles/{symbol:path}", _candles),)
OPERATIONS: Final = (
    Operation(
        "get",
        "/api/v1/candles/{symbol:path}",
        "List candles, oldest first",
        "market",
        wire.CandlePage,
        query=("interval", "start", "end", "limit", "cursor"),
    ),
)
