"""The ticker of one instrument: the best quotes, the last trade, and what the day came to.

Rule 1: the day is the UTC day of the moment asked about.
Rule 2: prices and quantities are units of 10**-12, because the grid may change within a day.
"""

from typing import NamedTuple

from openoutcry.marketdata.candles import DAY, Candle, Print, after, start_of
from openoutcry.model.units import Nanos


class LastTrade(NamedTuple):
    """The trade after which there was none."""

    price: int
    quantity: int


class Ticker(NamedTuple):
    """What is shown; None where there is nothing to show."""

    bid: int | None
    bid_quantity: int | None
    ask: int | None
    ask_quantity: int | None
    last: int | None
    last_quantity: int | None
    open: int | None
    high: int | None
    low: int | None
    volume: int
    change: int | None
    """From the day's first trade to its last."""


Quote = tuple[int, int]
"""Price and quantity of a best level."""


class Day:
    """The trades of an instrument as its ticker needs them: the last, and the day's candle."""

    __slots__ = ("candle", "last")

    def __init__(self, last: LastTrade | None = None, candle: Candle | None = None) -> None:
        self.last = last
        self.candle = candle
        """Of the day of the last trade."""

    def trade(self, traded: Print) -> None:
        """Take in one more trade."""
        self.last = LastTrade(traded.price, traded.quantity)
        self.candle = after(self.candle, traded, DAY)

    def ticker(self, bid: Quote | None, ask: Quote | None, now: Nanos) -> Ticker:
        """Return what is shown at a moment."""
        candle = self.candle
        if candle is not None and candle.start != start_of(now, DAY):
            candle = None
        bid_price, bid_quantity = bid or (None, None)
        ask_price, ask_quantity = ask or (None, None)
        last, last_quantity = self.last or (None, None)
        shown = Ticker(
            bid_price, bid_quantity, ask_price, ask_quantity, last, last_quantity,
            None, None, None, 0, None,
        )  # fmt: skip
        if candle is None:
            return shown
        return shown._replace(
            open=candle.open,
            high=candle.high,
            low=candle.low,
            volume=candle.volume,
            change=candle.close - candle.open,
        )
