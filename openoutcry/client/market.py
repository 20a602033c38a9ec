"""The calls about the market, the venue, and what happened there."""

from collections.abc import Sequence
from datetime import datetime

from openoutcry.client.answers.market import (
    Auction,
    Book,
    Candle,
    Instrument,
    Queue,
    Ticker,
    Trade,
)
from openoutcry.client.answers.venue import Clock, Happened, Status
from openoutcry.client.request import Listing, Request, asked, get, part
from openoutcry.client.terms import Interval, moment


def instruments() -> Request[list[Instrument]]:
    """Read all instruments."""
    return get("/instruments", list[Instrument])


def instrument(symbol: str) -> Request[Instrument]:
    """Read one instrument."""
    return get(f"/instruments/{part(symbol)}", Instrument)


def book(symbol: str, *, depth: int | None = None, as_of: int | None = None) -> Request[Book]:
    """Read the best levels of a book."""
    return get(f"/book/{part(symbol)}", Book, depth=depth, as_of=as_of)


def queue(symbol: str, *, depth: int | None = None, as_of: int | None = None) -> Request[Queue]:
    """Read every order at the best levels of a book, in queue order."""
    return get(f"/book/{part(symbol)}", Queue, level=3, depth=depth, as_of=as_of)


def trades(symbol: str, *, limit: int | None = None) -> Listing[Trade]:
    """List the trades of a symbol, newest first."""
    return Listing(path=f"/trades/{part(symbol)}", item=Trade, limit=limit)


def candles(
    symbol: str,
    interval: Interval,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int | None = None,
) -> Listing[Candle]:
    """List the candles of a symbol, oldest first."""
    query = asked(
        interval=interval,
        start=None if start is None else moment(start),
        end=None if end is None else moment(end),
    )
    return Listing(path=f"/candles/{part(symbol)}", item=Candle, query=query, limit=limit)


def tickers(symbols: Sequence[str] | None = None) -> Request[list[Ticker]]:
    """Read best prices, last trade and the day of some symbols, or of all."""
    return get("/ticker", list[Ticker], symbols=None if symbols is None else ",".join(symbols))


def auction(symbol: str) -> Request[Auction]:
    """Read what an auction call would come to if it ended now."""
    return get(f"/auction/{part(symbol)}", Auction)


def happened(sequence: int) -> Request[Happened]:
    """Read the command that made an event, and what else came of it: why."""
    return get(f"/sequence/{sequence}", Happened)


def status() -> Request[Status]:
    """Read how the venue stands."""
    return get("/status", Status)


def clock() -> Request[Clock]:
    """Read the venue's time."""
    return get("/clock", Clock)
