"""What the clients of `/ws` are told about one record.

The first message of an order is its PENDING, as it was accepted; after it, one message per record
that changes something shown, with the order as the record leaves it. Going to market shows nothing.
"""

from collections.abc import Sequence as Listed
from typing import Final

import msgspec
from msgspec import Struct

from openoutcry.gateway.simple.order import SimpleStatus, simple_order
from openoutcry.model.events import (
    OrderCanceled,
    OrderExecuted,
    OrderExpired,
    OrderPended,
    OrderReplaced,
)
from openoutcry.model.order import Door, OrderReport
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId, OrderId, Sequence, Symbol

Message = tuple[AccountId, Sequence, str]
"""Whom it concerns, the sequence it carries, and its text."""


class OrderMessage(Struct, frozen=True, gc=False):
    """A change of one simple order."""

    event: str
    sequence: Sequence
    id: OrderId
    order_id: OrderId
    status: SimpleStatus
    stocks: Symbol
    quantity: int
    filled_quantity: int
    average_price: str | None
    created_at: str
    updated_at: str


_encode: Final = msgspec.json.Encoder().encode
_NOTHING: Final[tuple[Message, ...]] = ()


def messages(record: Record) -> Listed[Message]:
    """Return the messages that a record causes, in rising sequence."""
    reports = _reports(record)
    if not reports:
        return _NOTHING
    if len(reports) > 1:
        reports.sort(key=_sequence)
    return [(report.terms.account_id, report.sequence, _text(report)) for report in reports]


def _reports(record: Record) -> list[OrderReport]:
    """Return the acceptances, and the last change of each other order that shows."""
    accepted: list[OrderReport] = []
    changed: dict[OrderId, OrderReport] | None = None
    simple = Door.SIMPLE
    for event in record.events:
        if type(event) is OrderExecuted:
            for report in (event.maker, event.taker):
                if report.terms.door is simple:
                    changed = {} if changed is None else changed
                    changed[report.terms.order_id] = report
        elif type(event) is OrderPended:
            if event.order.terms.door is simple:
                accepted.append(event.order)
        elif (
            type(event) is OrderCanceled
            or type(event) is OrderExpired
            or type(event) is OrderReplaced
        ) and event.order.terms.door is simple:
            changed = {} if changed is None else changed
            changed[event.order.terms.order_id] = event.order
    return accepted if changed is None else [*accepted, *changed.values()]


def _sequence(report: OrderReport) -> int:
    return report.sequence


def _text(report: OrderReport) -> str:
    order = simple_order(report)
    return _encode(
        OrderMessage(
            "order",
            report.sequence,
            order.id,
            order.order_id,
            order.status,
            order.stocks,
            order.quantity,
            order.filled_quantity,
            order.average_price,
            order.created_at,
            order.updated_at,
        )
    ).decode()
