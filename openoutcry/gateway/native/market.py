"""The public market: instruments, books and trades.

Rule: what was read from the engine is answered once it is durable; a symbol never listed is 404.

Whoever asks for a symbol looks at it, so the simulated market wakes for it.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from openoutcry.gateway.guard import Caller
from openoutcry.gateway.native import time_travel
from openoutcry.gateway.native.fresh import query_of
from openoutcry.gateway.native.paging import plain_list, position_in, read_query
from openoutcry.gateway.openapi import Operation
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.schemas import PARAMETERS, Schema
from openoutcry.gateway.venue import Venue
from openoutcry.history.pages import Series, cursor_of
from openoutcry.marketdata.tape import Trade
from openoutcry.model.account import Permission
from openoutcry.model.decimals import text_of
from openoutcry.model.instrument import Instrument
from openoutcry.model.order import Side
from openoutcry.model.units import FEE_RATE_PER_BPS, UNIT, Symbol
from openoutcry.wire import market as wire
from openoutcry.wire.prices import price_text, quantity_text
from openoutcry.wire.times import time_text

DEPTH_MAX: Final = 1_000
"""Levels a side in one answer."""
DEPTH_DEFAULT: Final = 100
_LEVEL_2: Final = "2"
_LEVELS: Final = ("1", _LEVEL_2, "3")
_encode: Final = msgspec.json.Encoder().encode

_BOOK_PARAMETERS: Final[dict[str, Schema]] = {
    "level": PARAMETERS["level"]
    | {
        "description": "1: Book, the best level of each side. 2: Book, the best levels. "
        "3: Queue, every order at these levels, in queue order."
    },
    "depth": PARAMETERS["depth"] | {"description": "Levels a side, at level 2 and 3."},
}
_BEST: Final = {"bids": [["187.20", "10"]], "asks": [["187.24", "5"]]}
_TWO_LEVELS: Final = {
    "bids": [["187.20", "10"], ["187.19", "7"]],
    "asks": [["187.24", "5"], ["187.25", "12"]],
}
_THEIR_ORDERS: Final = {
    "bids": [["187.20", "6", 41], ["187.20", "4", 43], ["187.19", "7", 38]],
    "asks": [["187.24", "5", 40], ["187.25", "12", 39]],
}
_SIDES: Final[tuple[Schema, ...]] = (_BEST, _TWO_LEVELS, _THEIR_ORDERS)
_BOOKS: Final[dict[str, Schema]] = {
    f"level {level}": {"symbol": "AAPL", "sequence": 1207, **sides}
    for level, sides in zip(_LEVELS, _SIDES, strict=True)
}
"""The same book at each level."""
OPERATIONS: Final = (
    Operation("get", "/api/v1/instruments", "List instruments", "market", list[wire.Instrument]),
    Operation(
        "get",
        "/api/v1/instruments/{symbol:path}",
        "Read one instrument",
        "market",
        wire.Instrument,
    ),
    Operation(
        "get",
        "/api/v1/book/{symbol:path}",
        "Read the best levels of a book, or with level 3 the orders at them",
        "market",
        (wire.Book, wire.Queue),
        query=("level", "depth", time_travel.NAME),
        parameters=_BOOK_PARAMETERS,
        examples=_BOOKS,
    ),
    Operation(
        "get",
        "/api/v1/auction/{symbol:path}",
        "Read what an auction would come to now",
        "market",
        wire.Auction,
    ),
    Operation(
        "get",
        "/api/v1/trades/{symbol:path}",
        "List trades, newest first",
        "market",
        wire.TradePage,
        query=("limit", "cursor"),
    ),
)

VenueOf = Callable[[Request], Venue]


def market_routes(venue_of: VenueOf) -> list[BaseRoute]:
    """Return the routes of the public market."""

    async def instruments(request: Request) -> Response:
        venue = _reader(request, venue_of)
        read_query(await query_of(request, venue), {})
        listed = venue.sequencer.engine.instruments()
        return await _answer(venue, [instrument_shape(instrument) for instrument in listed])

    async def instrument(request: Request) -> Response:
        venue = _reader(request, venue_of)
        read_query(await query_of(request, venue), {})
        return await _answer(venue, instrument_shape(_instrument(request, venue)))

    async def book(request: Request) -> Response:
        venue = _reader(request, venue_of)
        readers: dict[str, Callable[[str], Any]] = {
            "level": _level,
            "depth": _depth,
            time_travel.NAME: str,
        }
        read = read_query(await query_of(request, venue), readers)
        levels = read.get("depth", DEPTH_DEFAULT)
        if time_travel.NAME in read:
            at = time_travel.sequence_of(venue, read[time_travel.NAME])
            level = int(read.get("level", _LEVEL_2))
            symbol = Symbol(request.path_params["symbol"])
            return _response(await time_travel.book(venue, symbol, at, level, levels), at)
        found = _instrument(request, venue)
        match read.get("level", _LEVEL_2):
            case "1":
                return await _answer(venue, book_of(venue, found, 1))
            case "3":
                return await _answer(venue, queue_of(venue, found, levels))
        return await _answer(venue, book_of(venue, found, levels))

    async def auction(request: Request) -> Response:
        venue = _reader(request, venue_of)
        read_query(await query_of(request, venue), {})
        return await _answer(venue, auction_of(venue, _instrument(request, venue)))

    async def trades(request: Request) -> Response:
        venue = _reader(request, venue_of)
        asked = plain_list(await query_of(request, venue))
        before = position_in(Series.TRADES, asked.cursor)
        found = _instrument(request, venue)
        return await _trades(venue, found.symbol, before, asked.limit)

    return [
        Route("/api/v1/instruments", instruments),
        Route("/api/v1/instruments/{symbol:path}", instrument),
        Route("/api/v1/book/{symbol:path}", book),
        Route("/api/v1/auction/{symbol:path}", auction),
        Route("/api/v1/trades/{symbol:path}", trades),
    ]


def instrument_shape(instrument: Instrument) -> wire.Instrument:
    """Return an instrument as the API shows it."""
    grid, fees = instrument.grid, instrument.fees
    return wire.Instrument(
        symbol=instrument.symbol,
        asset=grid.asset,
        currency=grid.currency,
        phase=instrument.phase.value,
        price_increment=text_of(grid.price_increment),
        quantity_increment=text_of(grid.quantity_increment),
        minimum_quantity=quantity_text(grid, instrument.minimum_quantity),
        maximum_quantity=quantity_text(grid, instrument.maximum_quantity),
        minimum_notional=text_of(instrument.minimum_notional),
        reference_price=price_text(grid, instrument.reference_price),
        protection_bps=instrument.protection,
        collar_bps=instrument.collar,
        band_bps=instrument.band,
        maker_fee_bps=text_of(fees.maker * UNIT // FEE_RATE_PER_BPS),
        taker_fee_bps=text_of(fees.taker * UNIT // FEE_RATE_PER_BPS),
        shortable=instrument.shortable,
        calendar=instrument.calendar,
    )


def book_of(venue: Venue, instrument: Instrument, levels: int) -> wire.Book:
    """Return the best levels of a book as the engine has them now."""
    engine, grid = venue.sequencer.engine, instrument.grid
    bids, asks = (
        [(price_text(grid, price), quantity_text(grid, quantity)) for price, quantity in side]
        for side in engine.depth(instrument.symbol, levels)
    )
    return wire.Book(instrument.symbol, engine.sequence, bids, asks)


def queue_of(venue: Venue, instrument: Instrument, levels: int) -> wire.Queue:
    """Return the orders at the best levels of a book as the engine has them now."""
    engine, grid = venue.sequencer.engine, instrument.grid
    bids, asks = (
        [(price_text(grid, price), quantity_text(grid, shown), int(order_id))
         for price, shown, order_id in side]
        for side in engine.queue(instrument.symbol, levels)
    )  # fmt: skip
    return wire.Queue(instrument.symbol, engine.sequence, bids, asks)


def auction_of(venue: Venue, instrument: Instrument) -> wire.Auction:
    """Return what an auction would come to now; outside of a call nothing."""
    engine, grid = venue.sequencer.engine, instrument.grid
    figures = engine.auction(instrument.symbol)
    assert figures is not None, "a listed instrument has a market"
    indicative = figures.indicative
    side = None
    if indicative.imbalance:
        side = Side.BUY if indicative.imbalance > 0 else Side.SELL
    price = indicative.price
    return wire.Auction(
        symbol=instrument.symbol,
        phase=instrument.phase.value,
        indicative_price=None if price is None else price_text(grid, price),
        paired_quantity=quantity_text(grid, indicative.paired),
        imbalance=quantity_text(grid, abs(indicative.imbalance)),
        imbalance_side=None if side is None else side.value,
        ends_at=None if figures.ends_at is None else time_text(figures.ends_at),
        sequence=engine.sequence,
    )


def trade_shape(trade: Trade) -> wire.Trade:
    """Return a trade as the API shows it."""
    return wire.Trade(
        trade_id=trade.trade_id,
        price=price_text(trade.grid, trade.price),
        quantity=quantity_text(trade.grid, trade.quantity),
        side=None if trade.side is None else trade.side.value,
        busted=trade.busted,
        at=time_text(trade.at),
        sequence=trade.sequence,
    )


async def _trades(venue: Venue, symbol: Symbol, before: int | None, limit: int) -> Response:
    """Answer from memory while it holds more than was asked for, else from history."""
    sequencer, history = venue.sequencer, venue.history
    moment = sequencer.engine.sequence
    await sequencer.settled(moment)
    recent = venue.tape.latest(symbol, limit + 1) if before is None else []
    if len(recent) > limit:
        cursor = cursor_of(Series.TRADES, recent[limit - 1].sequence)
        page = wire.TradePage([trade_shape(trade) for trade in recent[:limit]], cursor)
        return _response(page, moment)
    await history.caught_up(moment)
    found = await asyncio.to_thread(history.trades_page, symbol, before=before, limit=limit)
    page = wire.TradePage([trade_shape(trade) for trade in found.items], found.next)
    return _response(page, found.reached)


async def _answer(venue: Venue, content: object) -> Response:
    """Answer with what was just read from the engine, once that is on disk."""
    sequence = venue.sequencer.engine.sequence
    await venue.sequencer.settled(sequence)
    return _response(content, sequence)


def _response(content: object, sequence: int) -> Response:
    headers = {"x-sequence": str(sequence)}
    return Response(_encode(content), headers=headers, media_type="application/json")


def _reader(request: Request, venue_of: VenueOf) -> Venue:
    caller: Caller = request.scope["caller"]
    caller.demand(Permission.READ)
    return venue_of(request)


def _instrument(request: Request, venue: Venue) -> Instrument:
    symbol = Symbol(request.path_params["symbol"])
    found = venue.sequencer.engine.instrument(symbol)
    if found is None:
        raise Problem(404, "unknown_instrument", "no such instrument is listed here")
    venue.attention.touch(symbol, time.monotonic())
    return found


def _level(text: str) -> str:
    if text not in _LEVELS:
        raise ValueError("is 1 (the best of each side), 2 (levels) or 3 (orders)")
    return text


def _depth(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:10]) <= DEPTH_MAX):
        raise ValueError(f"is a whole number from 1 to {DEPTH_MAX}")
    return int(text)
