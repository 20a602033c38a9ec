"""What records mean for the tables: a pure fold from events to rows.

Rule: several reports of one order in a batch are one row, the last; nobody reads between them.
"""

from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

from openoutcry.history.movements import Fill, Transfer, fills_of, transfers_of
from openoutcry.history.prevented import Prevented, prevented_of
from openoutcry.model.events import (
    FundsMoved,
    MatchPrevented,
    OrderAccepted,
    OrderCanceled,
    OrderExecuted,
    OrderExpired,
    OrderHeld,
    OrderPended,
    OrderReplaced,
    OrderRestated,
    OrderRested,
    OrderResumed,
    OrderSuspended,
    OrderTriggered,
    TradeBusted,
)
from openoutcry.model.order import OrderReport
from openoutcry.model.record import Record
from openoutcry.model.remembering import is_remembered
from openoutcry.model.units import (
    AccountId,
    ClientOrderId,
    Nanos,
    OrderId,
    Sequence,
    Symbol,
    TradeId,
)

CHANGES = (
    OrderTriggered,
    OrderRested,
    OrderRestated,
    MatchPrevented,
    OrderSuspended,
    OrderResumed,
)
"""What changes a live order and is neither a fill nor asked for."""


class Naming(NamedTuple):
    """That a participant calls an order so."""

    account_id: AccountId
    client_order_id: ClientOrderId
    order_id: OrderId


Show = Callable[[OrderReport], bytes | None]
"""Renders what a door's list shows of an order, as JSON; None for an order of another door."""


def nothing_shown(_: OrderReport) -> bytes | None:
    """Show no order in a list that is made beforehand."""
    return None


class Request(Struct, frozen=True, array_like=True, gc=False):
    """A key that a request carried, and the record that the request became."""

    key: str
    record: Record


class Bust(NamedTuple):
    """That a trade was undone."""

    trade_id: TradeId
    sequence: Sequence
    symbol: Symbol


class Rows:
    """The rows that a batch of records adds or replaces. They grow until the batch is written."""

    __slots__ = ("busts", "fills", "namings", "orders", "prevented", "requests", "transfers")

    def __init__(self) -> None:
        self.orders: dict[OrderId, OrderReport] = {}
        self.namings: list[Naming] = []
        self.fills: list[Fill] = []
        self.busts: list[Bust] = []
        self.prevented: list[Prevented] = []
        self.transfers: list[Transfer] = []
        self.requests: list[Request] = []

    def add(self, record: Record) -> None:
        """Take in one record's keys and events."""
        if record.entry.retry is not None and is_remembered(record.entry.command, record.events):
            self.requests += [Request(key, record) for key in record.entry.retry.keys]
        for sequence, event in enumerate(record.events, record.first):
            if type(event) is OrderExecuted:
                self._stand_now(event)
                self.fills += fills_of(event, record.entry.at, Sequence(sequence))
            elif isinstance(event, OrderPended | OrderAccepted | OrderReplaced | OrderHeld):
                self._stand(event.order)
            elif isinstance(event, OrderCanceled | OrderExpired):
                self.orders[event.order.terms.order_id] = event.order
            elif type(event) is FundsMoved:
                self.transfers += transfers_of(event, record.entry.at, Sequence(sequence))
            elif type(event) is TradeBusted:
                self._stand_now(event)
                self.busts.append(Bust(event.trade_id, Sequence(sequence), event.symbol))
            elif isinstance(event, CHANGES):
                self.orders[event.order.terms.order_id] = event.order
                if type(event) is MatchPrevented:
                    self._prevent(event, record.entry.at, Sequence(sequence))

    def _prevent(self, event: MatchPrevented, at: Nanos, sequence: Sequence) -> None:
        prevented = prevented_of(event, at, sequence)
        if prevented is not None:
            self.prevented.append(prevented)

    def _stand_now(self, event: OrderExecuted | TradeBusted) -> None:
        self.orders[event.taker.terms.order_id] = event.taker
        self.orders[event.maker.terms.order_id] = event.maker

    def _stand(self, order: OrderReport) -> None:
        terms = order.terms
        self.orders[terms.order_id] = order
        if terms.client_order_id is not None:
            self.namings.append(Naming(terms.account_id, terms.client_order_id, terms.order_id))
