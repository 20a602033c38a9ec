"""The channel `ticker`: level 1 and the day, conflated by the tick."""

from openoutcry.engine.engine import Engine
from openoutcry.history.history import History
from openoutcry.history.latest import Latest, latest_day
from openoutcry.marketdata.ticker import Day, Ticker
from openoutcry.model.events import OrderExecuted, TradeBusted
from openoutcry.model.instrument import Grid
from openoutcry.model.units import Symbol
from openoutcry.streams.feeds.candles import print_of
from openoutcry.streams.feeds.said import Said, encode
from openoutcry.streams.feeds.teller import SILENT, Heard, Kept
from openoutcry.wire.prices import units_text, volume_text
from openoutcry.wire.stream import TickerMessage

CHANNEL = "ticker"


class DayTeller(Kept):
    """The trades of a symbol as its ticker needs them; it tells nothing itself."""

    needs_past = True

    def __init__(self, symbol: Symbol) -> None:
        self._symbol = symbol
        self.day = Day()
        self.is_stale = False
        """Whether a trade was undone, so that the day has to be loaded again."""

    def speaks(self, heard: Heard) -> bool:
        """Say whether an event is a trade, or undoes one."""
        return isinstance(heard.event, OrderExecuted | TradeBusted)

    def update(self, said: Said, heard: Heard, *, is_heard: bool) -> bytes | None:  # noqa: ARG002
        """Take in a trade."""
        event = heard.event
        if isinstance(event, OrderExecuted):
            self.day.trade(print_of(event, heard.record.entry.at))
            return SILENT
        if isinstance(event, TradeBusted):
            self.is_stale = True
            return SILENT
        return None

    def picture(self, engine: Engine) -> None:
        """Return nothing: the engine forgets trades."""

    def past(self, history: History, sequence: int) -> Latest:  # noqa: ARG002
        """Return the day so far."""
        with history.reading() as connection:
            return latest_day(connection, self._symbol)

    def load(self, picture: None, past: Latest | None) -> None:  # noqa: ARG002
        """Take over the day so far."""
        self.is_stale = False
        if past is not None:
            self.day = Day(past.last, past.candles[-1] if past.candles else None)

    def snapshot(self, said: Said, picture: None, past: None) -> bytes:  # noqa: ARG002
        """There is none."""
        raise AssertionError("the ticker shows the day")


def ticker_message(said: Said, symbol: Symbol, grid: Grid, shown: Ticker) -> bytes:
    """Return a ticker, as a snapshot or as an update."""
    tick, lot = grid.price_increment, grid.quantity_increment
    return encode(
        TickerMessage(
            **said.heading(),
            channel=CHANNEL,
            symbol=symbol,
            bid=units_text(tick, shown.bid),
            bid_quantity=volume_text(lot, shown.bid_quantity),
            ask=units_text(tick, shown.ask),
            ask_quantity=volume_text(lot, shown.ask_quantity),
            last=units_text(tick, shown.last),
            last_quantity=volume_text(lot, shown.last_quantity),
            open=units_text(tick, shown.open),
            high=units_text(tick, shown.high),
            low=units_text(tick, shown.low),
            volume=volume_text(lot, shown.volume),
            change=units_text(tick, shown.change),
        )
    )
