"""The tickers of the public market: the best quotes now, and the day so far."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from openoutcry.engine.engine import Engine
from openoutcry.gateway.native.asked import Asked, Line, Query
from openoutcry.gateway.native.calls import Answer, Call, answer
from openoutcry.gateway.native.paging import read_query
from openoutcry.gateway.openapi import Operation
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.venue import Venue
from openoutcry.history.latest import latest_day
from openoutcry.marketdata.ticker import Day, Quote, Ticker
from openoutcry.model.account import Permission
from openoutcry.model.instrument import Grid, Instrument
from openoutcry.model.units import Nanos, Sequence, Symbol
from openoutcry.wire import market as wire
from openoutcry.wire.prices import units_text, volume_text
from openoutcry.wire.times import time_text

SYMBOLS_MAX: Final = 200
Best = tuple[Quote | None, Quote | None]


def _symbols(text: str) -> list[Symbol]:
    found = [Symbol(name) for name in text.split(",") if name]
    if not 1 <= len(found) <= SYMBOLS_MAX:
        message = f"has 1 to {SYMBOLS_MAX} symbols, with commas between them"
        raise ValueError(message)
    return found


def symbols_in(query: Query) -> list[Symbol] | None:
    """Read the query of `GET /ticker`; None: all symbols."""
    readers: dict[str, Callable[[str], Any]] = {"symbols": _symbols}
    found: list[Symbol] | None = read_query(query, readers).get("symbols")
    return found


async def tickers(venue: Venue, call: Call, symbols: list[Symbol] | None) -> Answer:
    """Answer with the tickers of some symbols, in their order, or of all that are listed."""
    call.caller.demand(Permission.READ)
    engine = venue.sequencer.engine
    chosen = _chosen(engine, symbols)
    for instrument in chosen if symbols is not None else ():
        venue.attention.touch(instrument.symbol, time.monotonic())
    best = [_best(engine, instrument) for instrument in chosen]
    sequence, now = engine.sequence, venue.sequencer.clock.now()
    await venue.history.caught_up(sequence)
    names = [instrument.symbol for instrument in chosen]
    days = await asyncio.to_thread(_days, venue, names)
    shown = [
        shape(instrument, day.ticker(*quotes, now), now, sequence)
        for instrument, quotes, day in zip(chosen, best, days, strict=True)
    ]
    return answer(200, shown, sequence)


def _chosen(engine: Engine, symbols: list[Symbol] | None) -> list[Instrument]:
    if symbols is None:
        listed = engine.instruments()
        if len(listed) <= SYMBOLS_MAX:
            return listed
        detail = f"more than {SYMBOLS_MAX} instruments are listed: name some in symbols"
        raise Problem(400, "invalid_value", detail)
    chosen = []
    for symbol in symbols:
        instrument = engine.instrument(symbol)
        if instrument is None:
            raise Problem(404, "unknown_instrument", f"no instrument {symbol} is listed here")
        chosen.append(instrument)
    return chosen


def _best(engine: Engine, instrument: Instrument) -> Best:
    grid = instrument.grid
    bid, ask = (
        (side[0][0] * grid.price_increment, side[0][1] * grid.quantity_increment) if side else None
        for side in engine.depth(instrument.symbol, 1)
    )
    return bid, ask


def _days(venue: Venue, symbols: list[Symbol]) -> list[Day]:
    """Return the last trade and the newest day of each symbol; blocks."""
    days = []
    with venue.history.reading() as connection:
        for symbol in symbols:
            found = latest_day(connection, symbol)
            days.append(Day(found.last, found.candles[-1] if found.candles else None))
    return days


def shape(instrument: Instrument, found: Ticker, now: Nanos, sequence: Sequence) -> wire.Ticker:
    """Return a ticker as the API shows it."""
    grid: Grid = instrument.grid
    tick, lot = grid.price_increment, grid.quantity_increment
    return wire.Ticker(
        symbol=instrument.symbol,
        bid=units_text(tick, found.bid),
        bid_quantity=volume_text(lot, found.bid_quantity),
        ask=units_text(tick, found.ask),
        ask_quantity=volume_text(lot, found.ask_quantity),
        last=units_text(tick, found.last),
        last_quantity=volume_text(lot, found.last_quantity),
        open=units_text(tick, found.open),
        high=units_text(tick, found.high),
        low=units_text(tick, found.low),
        volume=volume_text(lot, found.volume),
        change=units_text(tick, found.change),
        at=time_text(now),
        sequence=sequence,
    )


async def _ticker(venue: Venue, asked: Asked) -> Answer:
    return await tickers(venue, asked.call, symbols_in(asked.query))


ROUTES: Final[tuple[Line, ...]] = (("GET", "/ticker", _ticker),)
OPERATIONS: Final = (
    Operation(
        "get",
        "/api/v1/ticker",
        "Read the best quotes and the day so far",
        "market",
        list[wire.Ticker],
        query=("symbols",),
    ),
)
