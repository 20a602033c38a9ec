"""Candles: what trades of one interval came to, folded one trade after the other.

Rule: an interval begins where the time since 1970-01-01 UTC is a multiple of its length, so a day
is the UTC day; a candle exists only where something traded. Prices and quantities are units of
10**-12 where the grid may change meanwhile.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from openoutcry.model.units import Nanos

SECOND: Final = Nanos(10**9)
INTERVALS: Final[dict[str, Nanos]] = {
    "1s": SECOND,
    "1m": Nanos(60 * SECOND),
    "5m": Nanos(300 * SECOND),
    "15m": Nanos(900 * SECOND),
    "1h": Nanos(3_600 * SECOND),
    "1d": Nanos(86_400 * SECOND),
}
"""Their lengths; each longer one is a whole number of every shorter one."""
DAY: Final = INTERVALS["1d"]


class Candle(Struct, frozen=True, array_like=True, gc=False):
    """First, highest, lowest and last price of an interval, and how much traded how often."""

    start: Nanos
    open: int
    high: int
    low: int
    close: int
    volume: int
    trades: int


class Print(NamedTuple):
    """What a candle needs of a trade."""

    at: Nanos
    price: int
    quantity: int


def start_of(at: int, interval: Nanos) -> Nanos:
    """Return when the interval began that a moment lies in."""
    return Nanos(at - at % interval)


def after(candle: Candle | None, traded: Print, interval: Nanos) -> Candle:
    """Return the candle that a trade belongs to, after it; another interval begins another."""
    start = start_of(traded.at, interval)
    price, quantity = traded.price, traded.quantity
    if candle is None or candle.start != start:
        return Candle(start, price, price, price, price, quantity, 1)
    return Candle(
        start,
        candle.open,
        max(candle.high, price),
        min(candle.low, price),
        price,
        candle.volume + quantity,
        candle.trades + 1,
    )


def candles_of(trades: Iterable[Print], interval: Nanos) -> Iterator[Candle]:
    """Yield the candles of trades, both oldest first."""
    candle: Candle | None = None
    for traded in trades:
        following = after(candle, traded, interval)
        if candle is not None and following.start != candle.start:
            yield candle
        candle = following
    if candle is not None:
        yield candle


def joined(parts: Iterable[Candle], interval: Nanos) -> Iterator[Candle]:
    """Yield the candles that candles of a shorter interval make, both oldest first."""
    whole: Candle | None = None
    for part in parts:
        start = start_of(part.start, interval)
        if whole is not None and whole.start == start:
            whole = Candle(
                start,
                whole.open,
                max(whole.high, part.high),
                min(whole.low, part.low),
                part.close,
                whole.volume + part.volume,
                whole.trades + part.trades,
            )
            continue
        if whole is not None:
            yield whole
        whole = replace(part, start=start)
    if whole is not None:
        yield whole
