"""What became of an order, event by event, in the words of the stream's executions."""

from typing import Final

from openoutcry.gateway.native import rendering, time_travel
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import Answer, Call, answer
from openoutcry.gateway.native.orders import own_order
from openoutcry.gateway.native.paging import PlainList, plain_list, position_in
from openoutcry.gateway.openapi import Operation
from openoutcry.gateway.venue import Venue
from openoutcry.history.movements import Liquidity
from openoutcry.history.pages import Series, page_of
from openoutcry.model import events as told
from openoutcry.model.account import Permission
from openoutcry.model.decimals import text_of
from openoutcry.model.order import OrderReport
from openoutcry.model.record import Record
from openoutcry.model.units import OrderId, Sequence
from openoutcry.streams.feeds.executions import NAMES
from openoutcry.wire.past import OrderEvent, OrderEventPage
from openoutcry.wire.prices import price_text, quantity_text
from openoutcry.wire.times import time_text

BESIDE: Final[dict[type, str]] = {
    told.OrderSuspended: "suspended",
    told.OrderResumed: "resumed",
}
"""What an order's owner need not act upon, so that the stream does not tell it."""


async def order_events(venue: Venue, call: Call, order_id: OrderId, asked: PlainList) -> Answer:
    """Answer with a page of an order's events, newest first."""
    call.caller.demand(Permission.READ)
    before = position_in(Series.EVENTS, asked.cursor)
    await own_order(venue, call, order_id)
    at = venue.sequencer.engine.sequence
    await venue.sequencer.settled(at)
    newest = at if before is None else min(at, Sequence(before - 1))
    found = await time_travel.ask(
        venue, newest, lambda moment: moment.events_of(order_id, asked.limit + 1)
    )
    items = [(record.first + place, shape(record, place, order_id)) for record, place in found]
    page = page_of(Series.EVENTS, items, asked.limit, at)
    return answer(200, OrderEventPage(page.items, page.next), at)


def shape(record: Record, place: int, order_id: OrderId) -> OrderEvent:
    """Return an event of an order as the API shows it."""
    event, sequence, at = record.events[place], record.first + place, time_text(record.entry.at)
    if isinstance(event, told.OrderExecuted | told.TradeBusted):
        report, fee = _side(event, order_id)
        grid = report.terms.grid
        is_fill = isinstance(event, told.OrderExecuted)
        return OrderEvent(
            sequence=sequence,
            at=at,
            event="fill" if is_fill else "bust",
            order=rendering.order(report),
            trade_id=event.trade_id,
            last_price=price_text(grid, event.price),
            last_quantity=quantity_text(grid, event.quantity),
            liquidity=_liquidity(event, order_id) if is_fill else None,
            fee=fee,
        )
    name = NAMES.get(type(event)) or BESIDE[type(event)]
    order: OrderReport = getattr(event, "order")  # noqa: B009  (all of those have one)
    return OrderEvent(sequence=sequence, at=at, event=name, order=rendering.order(order))


def _side(
    event: told.OrderExecuted | told.TradeBusted, order_id: OrderId
) -> tuple[OrderReport, str | None]:
    is_taker = event.taker.terms.order_id == order_id
    report = event.taker if is_taker else event.maker
    if isinstance(event, told.TradeBusted):
        return report, None
    return report, text_of(event.taker_fee if is_taker else event.maker_fee)


def _liquidity(event: told.OrderExecuted | told.TradeBusted, order_id: OrderId) -> str:
    if isinstance(event, told.OrderExecuted) and event.side is None:
        return Liquidity.AUCTION.value
    side = Liquidity.TAKER if event.taker.terms.order_id == order_id else Liquidity.MAKER
    return side.value


async def _order_events(venue: Venue, asked: Asked) -> Answer:
    return await order_events(venue, asked.call, asked.order_id(), plain_list(asked.query))


ROUTES: Final[tuple[Line, ...]] = (("GET", "/orders/{order_id}/events", _order_events),)
OPERATIONS: Final = (
    Operation(
        "get",
        "/api/v1/orders/{order_id}/events",
        "List what became of an order, newest first",
        "orders",
        OrderEventPage,
        query=("limit", "cursor"),
    ),
)
