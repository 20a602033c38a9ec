"""The tape: the latest trades of each symbol, in order, folded from told records.

A trade that was busted stays in its place, because it happened, and says that it was undone.
"""

from collections import deque
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from openoutcry.model.events import OrderExecuted, TradeBusted
from openoutcry.model.instrument import Grid
from openoutcry.model.order import Side
from openoutcry.model.record import Record
from openoutcry.model.units import Lots, Nanos, Sequence, Symbol, Ticks, TradeId

TRADES_KEPT: Final = 500
"""Trades in memory per symbol; older ones are history's."""


class Trade(Struct, frozen=True, gc=False, kw_only=True):
    """One match as the public sees it."""

    trade_id: TradeId
    grid: Grid
    price: Ticks
    quantity: Lots
    side: Side | None
    """The taker's; None in an auction."""
    busted: bool = False
    at: Nanos
    sequence: Sequence


class Tape:
    """The last `TRADES_KEPT` trades of every symbol that traded since start-up."""

    def __init__(self) -> None:
        self._trades: dict[Symbol, deque[Trade]] = {}

    def tell(self, records: list[Record]) -> None:
        """Take in durable records."""
        for record in records:
            for place, event in enumerate(record.events):
                if type(event) is OrderExecuted:
                    self._print(record, event, Sequence(record.first + place))
                elif type(event) is TradeBusted:
                    self._mark(event)

    def _print(self, record: Record, event: OrderExecuted, sequence: Sequence) -> None:
        trades = self._trades.get(event.symbol)
        if trades is None:
            trades = self._trades[event.symbol] = deque(maxlen=TRADES_KEPT)
        trades.append(
            Trade(
                trade_id=event.trade_id,
                grid=event.taker.terms.grid,
                price=event.price,
                quantity=event.quantity,
                side=event.side,
                at=record.entry.at,
                sequence=sequence,
            )
        )

    def _mark(self, event: TradeBusted) -> None:
        trades = self._trades.get(event.symbol, ())
        for place, trade in enumerate(trades):
            if trade.trade_id == event.trade_id:
                self._trades[event.symbol][place] = replace(trade, busted=True)

    def latest(self, symbol: Symbol, limit: int) -> list[Trade]:
        """Return the last trades of a symbol, newest first."""
        trades = self._trades.get(symbol, ())
        return [trade for trade, _ in zip(reversed(trades), range(limit), strict=False)]
