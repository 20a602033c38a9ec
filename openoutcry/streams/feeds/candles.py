"""The channel `candles`: what trades of an interval come to, after each of them.

A candle is closed by the first record at or after its end, whatever that is about. Where its first
event is a trade of the symbol, that trade's candle says as much.
"""

from collections import deque
from typing import Final

from openoutcry.engine.engine import Engine
from openoutcry.history.history import History
from openoutcry.history.latest import Latest, latest_candles
from openoutcry.marketdata.candles import INTERVALS, Candle, Print, after
from openoutcry.model.events import InstrumentChanged, InstrumentListed, OrderExecuted, TradeBusted
from openoutcry.model.instrument import Grid
from openoutcry.model.units import Nanos, Symbol
from openoutcry.streams.feeds.said import Said, encode
from openoutcry.streams.feeds.teller import SILENT, TIME_PASSED, Heard, Kept
from openoutcry.wire import stream as wire
from openoutcry.wire.prices import units_text, volume_text
from openoutcry.wire.times import time_text

CHANNEL = "candles"
CANDLES_SHOWN: Final = 50
"""Candles in a snapshot."""


def print_of(event: OrderExecuted, at: Nanos) -> Print:
    """Return what a candle needs of a trade, in units."""
    grid = event.taker.terms.grid
    price = event.price * grid.price_increment
    return Print(at, price, event.quantity * grid.quantity_increment)


class CandlesTeller(Kept):
    """The candles of one symbol and interval."""

    needs_past = True

    def __init__(self, symbol: Symbol, interval: str, grid: Grid) -> None:
        self._symbol = symbol
        self._interval = interval
        self._length = INTERVALS[interval]
        self._grid = grid
        self._candles: deque[Candle] = deque(maxlen=CANDLES_SHOWN)
        self._is_open = False
        """Whether the newest has not been told as closed."""
        self.is_stale = False
        """Whether a trade was undone, so that they have to be loaded again."""

    def speaks(self, heard: Heard) -> bool:
        """Say whether an event is a trade, or undoes one."""
        return isinstance(heard.event, OrderExecuted | TradeBusted)

    def update(self, said: Said, heard: Heard, *, is_heard: bool) -> bytes | None:  # noqa: ARG002
        """Tell the candle that a trade belongs to, or that one is closed."""
        event = heard.event
        if event is TIME_PASSED:
            return self._close(said, heard)
        if isinstance(event, InstrumentChanged | InstrumentListed):
            self._grid = event.instrument.grid
        if isinstance(event, TradeBusted):
            self.is_stale = True
            return SILENT
        if not isinstance(event, OrderExecuted):
            return None
        newest = self._candles[-1] if self._candles else None
        candle = after(newest, print_of(event, heard.record.entry.at), self._length)
        if newest is not None and candle.start == newest.start:
            self._candles[-1] = candle
        else:
            self._candles.append(candle)
        self._is_open = True
        return self._message(said, candle, closed=False)

    def _close(self, said: Said, heard: Heard) -> bytes | None:
        if not self._is_open or heard.record.entry.at < self._candles[-1].start + self._length:
            return None
        first = heard.record.events[0] if heard.record.events else None
        if isinstance(first, OrderExecuted) and first.symbol == self._symbol:
            return None
        self._is_open = False
        return self._message(said, self._candles[-1], closed=True)

    def picture(self, engine: Engine) -> None:
        """Return nothing: the engine forgets trades."""

    def past(self, history: History, sequence: int) -> Latest:  # noqa: ARG002
        """Return the last candles."""
        with history.reading() as connection:
            return latest_candles(connection, self._symbol, self._length, CANDLES_SHOWN)

    def load(self, picture: None, past: Latest | None) -> None:  # noqa: ARG002
        """Take over the last candles."""
        self.is_stale = False
        self._candles.clear()
        self._candles.extend(past.candles if past is not None else ())
        self._is_open = bool(self._candles)

    def snapshot(self, said: Said, picture: None, past: None) -> bytes:  # noqa: ARG002
        """Return the last candles."""
        return encode(
            wire.CandlesSnapshot(
                **said.heading(),
                channel=CHANNEL,
                symbol=self._symbol,
                interval=self._interval,
                candles=[wire.CandleBody(**self._shown(candle)) for candle in self._candles],
            )
        )

    def _message(self, said: Said, candle: Candle, *, closed: bool) -> bytes:
        return encode(
            wire.CandleUpdate(
                **said.heading(),
                channel=CHANNEL,
                symbol=self._symbol,
                interval=self._interval,
                closed=closed,
                **self._shown(candle),
            )
        )

    def _shown(self, candle: Candle) -> wire.CandleFields:
        tick, lot = self._grid.price_increment, self._grid.quantity_increment
        return {
            "start": time_text(candle.start),
            "open": units_text(tick, candle.open),
            "high": units_text(tick, candle.high),
            "low": units_text(tick, candle.low),
            "close": units_text(tick, candle.close),
            "volume": volume_text(lot, candle.volume),
            "trades": candle.trades,
        }
