"""A simple order on the wire, rendered from the venue's report and from nothing else.

Rule: what the simple API shows is a pure function of the report, so an answer, a list, a message
and its replay years later are equal byte for byte.

Quantities here are whole units; where a lot is less than one unit, a partial fill is rounded down:
`filled_quantity` never claims more than was bought, and `average_price` shows that something was.
"""

from enum import Enum
from typing import Final

import msgspec
from msgspec import Struct

from openoutcry.model.order import LIVE, Door, OrderReport, OrderStatus, was_filled
from openoutcry.model.units import UNIT, OrderId, Symbol
from openoutcry.wire.prices import average_text
from openoutcry.wire.times import time_text


class SimpleStatus(Enum):
    """The three states of the simple API."""

    PENDING = "PENDING"
    EXECUTED = "EXECUTED"
    CANCELLED = "CANCELLED"


STATUSES: Final[dict[SimpleStatus, tuple[OrderStatus, ...]]] = {
    SimpleStatus.PENDING: (
        OrderStatus.PENDING_NEW,
        OrderStatus.HELD,
        OrderStatus.NEW,
        OrderStatus.PARTIALLY_FILLED,
    ),
    SimpleStatus.EXECUTED: (OrderStatus.FILLED,),
    SimpleStatus.CANCELLED: (OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED),
}
"""Which of the venue's states each simple one stands for."""


class SimpleOrder(Struct, frozen=True, gc=False):
    """An order as the simple API answers it."""

    id: OrderId
    order_id: OrderId
    stocks: Symbol
    quantity: int
    status: SimpleStatus
    filled_quantity: int
    average_price: str | None
    created_at: str
    updated_at: str


def simple_order(report: OrderReport) -> SimpleOrder:
    """Return the order as the simple API shows it."""
    terms = report.terms
    lot = terms.grid.quantity_increment
    created_at = time_text(terms.created_at)
    return SimpleOrder(
        terms.order_id,
        terms.order_id,
        terms.symbol,
        terms.quantity * lot // UNIT,
        _status(report),
        report.cum_quantity * lot // UNIT,
        average_text(terms.grid, report.cost, report.cum_quantity),
        created_at,
        created_at if report.updated_at == terms.created_at else time_text(report.updated_at),
    )


def _status(report: OrderReport) -> SimpleStatus:
    """Return the state of an order; one that was executed stays so when a trade is undone."""
    found = simple_status(report.status)
    if found is SimpleStatus.CANCELLED and was_filled(report):
        return SimpleStatus.EXECUTED
    return found


def simple_status(status: OrderStatus) -> SimpleStatus:
    """Return the simple state that a state of the venue shows as."""
    # Comparing identities: an enumeration's hash is a Python call, and this is the hot path.
    if (
        status is OrderStatus.PENDING_NEW
        or status is OrderStatus.NEW
        or status is OrderStatus.PARTIALLY_FILLED
        or status is OrderStatus.HELD
    ):
        return SimpleStatus.PENDING
    return SimpleStatus.EXECUTED if status is OrderStatus.FILLED else SimpleStatus.CANCELLED


encode: Final = msgspec.json.Encoder().encode


def shown(report: OrderReport) -> bytes | None:
    """Return a simple order as a list shows it for good: once it has ended; else None.

    An order that still changes would be rendered with every change, which costs those who trade
    more than rendering it again costs those who read.
    """
    if report.terms.door is not Door.SIMPLE or report.status in LIVE:
        return None
    return encode(simple_order(report))
