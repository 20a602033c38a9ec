"""What an event changes in the public queues: level 3, order by order.

Rule 1: an event is one change at most. A change of priority, and an iceberg's refill, are two.
Rule 2: everything follows from the record alone; so a book that begins with a snapshot and hears
every record is the engine's, in queue order.

Theory of operation
-------------------
What waits outside of the book is never in it: delayed and held orders, stops that sleep, what the
band has suspended, pegs with nothing to follow, and what came for an auction only.

An incoming order is not in it either while it trades. It is added by the event that says it rests:
`OrderRested`, or, so that most orders need none, `OrderAccepted` or `OrderTriggered` of an order
without a group which the next event of the record says nothing more about as one that comes in.

A trade fills the maker. In an auction the taker may rest too; `OrderAllotted` before the trade says
what is left of it there. Whatever else takes something out of a queue says where it `rested`.
"""

from collections.abc import Iterator
from typing import Final

from openoutcry.marketdata.queue_change import Action, QueueChange
from openoutcry.model.events import (
    Event,
    MatchPrevented,
    OrderAccepted,
    OrderAllotted,
    OrderCanceled,
    OrderExecuted,
    OrderExpired,
    OrderReplaced,
    OrderRestated,
    OrderRested,
    OrderResumed,
    OrderSuspended,
    OrderTriggered,
    Resting,
)
from openoutcry.model.order import OrderReport, OrderType, TimeInForce
from openoutcry.model.record import Record
from openoutcry.model.units import Lots, Sequence

FOR_AUCTIONS: Final = (TimeInForce.OPG, TimeInForce.CLS)
NOTHING: Final = Lots(0)


def changes_of(record: Record) -> Iterator[tuple[Sequence, QueueChange]]:
    """Yield the changes of a record, each with the sequence of its event."""
    events = record.events
    for place, event in enumerate(events):
        following = events[place + 1] if place + 1 < len(events) else None
        change = change_of(event, following)
        if change is not None:
            yield Sequence(record.first + place), change


def change_of(event: Event, following: Event | None) -> QueueChange | None:
    """Return what an event changes; `following` is the next one of its record."""
    match event:
        case OrderAccepted(order=order) | OrderTriggered(order=order):
            change = _added(order) if rests(order, following) else None
        case OrderExecuted():
            change = _filled(event)
        case OrderRested(order=order) | OrderResumed(order=order):
            change = _added(order)
        case OrderCanceled(order=order) | OrderExpired(order=order) | OrderSuspended(order=order):
            change = _left(order, NOTHING)
        case OrderReplaced(order=order, requeued=requeued):
            change = _left(order, NOTHING if requeued else _shown(order))
        case MatchPrevented(order=order) | OrderRestated(order=order):
            change = _left(order, _shown(order))
        case OrderAllotted():
            change = QueueChange(
                _less(event.shown),
                event.symbol,
                event.grid,
                event.side,
                event.order_id,
                event.price,
                event.shown,
            )
        case _:
            change = None
    return change


def _shown(order: OrderReport) -> Lots:
    return Lots(order.leaves_quantity - order.hidden_quantity)


def rests(order: OrderReport, following: Event | None) -> bool:
    """Say whether an order that has just come in rests without another word about it."""
    terms = order.terms
    if (
        not _shown(order)
        or terms.type is OrderType.MARKET
        or terms.time_in_force in FOR_AUCTIONS
        or (terms.special is not None and terms.special.group_id is not None)
    ):
        return False
    order_id = terms.order_id
    if isinstance(following, OrderExecuted):
        return following.taker.terms.order_id != order_id
    if isinstance(following, MatchPrevented):
        return following.order_id != order_id
    if isinstance(following, OrderRested | OrderCanceled | OrderExpired):
        # One that rested before it ended says so.
        return following.order.terms.order_id != order_id or following.order.rested is not None
    return True


def _added(order: OrderReport) -> QueueChange:
    terms = order.terms
    assert order.price is not None, "what rests has a price"
    return QueueChange(
        Action.ADD,
        terms.symbol,
        terms.grid,
        terms.side,
        terms.order_id,
        order.price,
        _shown(order),
    )


def _filled(event: OrderExecuted) -> QueueChange | None:
    if event.resting is Resting.NEITHER:
        return None
    order = event.maker if event.resting is Resting.MAKER else event.taker
    terms = order.terms
    assert order.price is not None, "what rests has a price"
    return QueueChange(
        Action.FILL,
        terms.symbol,
        terms.grid,
        terms.side,
        terms.order_id,
        order.price,
        _shown(order),
        event.trade_id,
    )


def _left(order: OrderReport, shown: Lots) -> QueueChange | None:
    """Show less of an order, or nothing; what is not in the book, or as it was, is no change."""
    if order.rested is None:
        return None
    terms = order.terms
    return QueueChange(
        _less(shown), terms.symbol, terms.grid, terms.side, terms.order_id, order.rested, shown
    )


def _less(shown: Lots) -> Action:
    return Action.REDUCE if shown else Action.REMOVE
