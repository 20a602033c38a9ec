"""The orders that closed last, in memory in front of history."""

from collections import OrderedDict
from typing import Final

from openoutcry.model.events import OrderCanceled, OrderExecuted, OrderExpired, TradeBusted
from openoutcry.model.order import OrderReport, OrderStatus
from openoutcry.model.record import Record
from openoutcry.model.units import OrderId

RECENT_MAX: Final = 10_000
"""Closed orders in memory; the one that closed first makes room for the next."""
FILLED: Final = OrderStatus.FILLED
"""The one closed status that an execution leads to."""


class RecentOrders:
    """The last `RECENT_MAX` orders that left the engine, so that a fresh one is read at once."""

    def __init__(self) -> None:
        # A plain dict finds its first key ever more slowly while first keys are taken out.
        self._orders: OrderedDict[OrderId, OrderReport] = OrderedDict()

    def get(self, order_id: OrderId) -> OrderReport | None:
        """Return an order that closed not long ago."""
        return self._orders.get(order_id)

    def tell(self, records: list[Record]) -> None:
        """Take in durable records."""
        for record in records:
            for event in record.events:
                if type(event) is OrderExecuted:
                    if event.taker.status is FILLED:
                        self._keep(event.taker)
                    if event.maker.status is FILLED:
                        self._keep(event.maker)
                elif type(event) is OrderCanceled or type(event) is OrderExpired:
                    self._keep(event.order)
                elif type(event) is TradeBusted:
                    for order in (event.taker, event.maker):
                        if not order.leaves_quantity:
                            self._keep(order)

    def _keep(self, order: OrderReport) -> None:
        self._orders[order.terms.order_id] = order
        if len(self._orders) > RECENT_MAX:
            self._orders.popitem(last=False)
