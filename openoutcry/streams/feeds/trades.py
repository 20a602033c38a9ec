"""The channel `trades`: every trade, and every one that was undone."""

from typing import Final

from openoutcry.engine.engine import Engine
from openoutcry.history.history import History
from openoutcry.marketdata.tape import Trade
from openoutcry.model.events import Event, OrderExecuted, TradeBusted
from openoutcry.model.units import Symbol
from openoutcry.streams.feeds.rendering import Rendering
from openoutcry.streams.feeds.said import Said, encode
from openoutcry.streams.feeds.teller import Heard, Stateless
from openoutcry.wire.prices import price_text, quantity_text
from openoutcry.wire.stream import TradeBust, TradesSnapshot, TradeUpdate

CHANNEL = "trades"
TRADES_SHOWN: Final = 50
"""Trades in a snapshot."""


class TradesTeller(Stateless):
    """The trades of one symbol."""

    needs_past = True

    def __init__(self, symbol: Symbol, rendering: Rendering) -> None:
        self._symbol = symbol
        self._rendering = rendering

    def speaks(self, heard: Heard) -> bool:
        """Say whether an event is a trade, or undoes one."""
        return isinstance(heard.event, OrderExecuted | TradeBusted)

    def update(self, said: Said, heard: Heard, *, is_heard: bool) -> bytes | None:  # noqa: ARG002
        """Tell a trade, or that one was undone."""
        return trade_update(said, heard.event)

    def picture(self, engine: Engine) -> None:
        """Return nothing: the engine forgets trades."""

    def past(self, history: History, sequence: int) -> list[Trade]:
        """Return the last trades, newest first."""
        page = history.trades_page(self._symbol, before=sequence + 1, limit=TRADES_SHOWN)
        return list(page.items)

    def snapshot(self, said: Said, picture: None, past: list[Trade] | None) -> bytes:  # noqa: ARG002
        """Return the last trades."""
        shown = [self._rendering.trade(trade) for trade in past or ()]
        return encode(
            TradesSnapshot(**said.heading(), channel=CHANNEL, symbol=self._symbol, trades=shown)
        )


def trade_update(said: Said, event: Event | None) -> bytes | None:
    """Return what an event is told with; None if it is neither a trade nor a bust."""
    if isinstance(event, OrderExecuted):
        grid = event.taker.terms.grid
        return encode(
            TradeUpdate(
                **said.heading(),
                channel=CHANNEL,
                symbol=event.symbol,
                trade_id=event.trade_id,
                price=price_text(grid, event.price),
                quantity=quantity_text(grid, event.quantity),
                side=None if event.side is None else event.side.value,
            )
        )
    if isinstance(event, TradeBusted):
        return encode(
            TradeBust(
                **said.heading(), channel=CHANNEL, symbol=event.symbol, trade_id=event.trade_id
            )
        )
    return None
