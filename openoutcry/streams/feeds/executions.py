"""The channel `executions`: every change of an account's orders."""

from typing import Final

from openoutcry.engine.engine import Engine
from openoutcry.history.history import History
from openoutcry.history.marks import is_own_change
from openoutcry.history.movements import LEGS, Fill, Liquidity
from openoutcry.model import events as told
from openoutcry.model.decimals import text_of
from openoutcry.model.order import OrderReport
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId
from openoutcry.streams.feeds.rendering import Rendering
from openoutcry.streams.feeds.said import Said, encode
from openoutcry.streams.feeds.sent import grid_as_sent, sent_order
from openoutcry.streams.feeds.teller import Heard, Stateless
from openoutcry.wire import stream as wire
from openoutcry.wire.prices import price_text, quantity_text

CHANNEL = "executions"
FILLS_SHOWN: Final = 50
"""Fills in a snapshot."""
NAMES: Final[dict[type, str]] = {
    told.OrderPended: "pending_new",
    told.OrderHeld: "held",
    told.OrderAccepted: "new",
    told.OrderReplaced: "replaced",
    told.OrderRestated: "replaced",
    told.OrderRested: "replaced",
    told.OrderTriggered: "triggered",
    told.MatchPrevented: "prevented",
    told.OrderCanceled: "canceled",
    told.OrderExpired: "expired",
}
"""What an event about one order is called."""


class ExecutionsTeller(Stateless):
    """The orders of one account."""

    needs_past = True

    def __init__(self, account_id: AccountId, rendering: Rendering) -> None:
        self._account_id = account_id
        self._rendering = rendering

    def speaks(self, heard: Heard) -> bool:
        """Say whether an event changes an order of the account; only those are heard."""
        event = heard.event
        if isinstance(event, told.OrderRejected):
            return event.account_id == self._account_id
        if isinstance(event, told.OrderExecuted | told.TradeBusted):
            return self._account_id in (event.taker.terms.account_id, event.maker.terms.account_id)
        return is_own_change(event) and event.order.terms.account_id == self._account_id

    def update(self, said: Said, heard: Heard, *, is_heard: bool) -> bytes | None:  # noqa: ARG002
        """Tell a change of an order."""
        if not self.speaks(heard):
            return None
        return execution_update(said, heard, self._account_id, self._rendering)

    def picture(self, engine: Engine) -> list[OrderReport]:
        """Return the open orders, oldest first."""
        return engine.orders_of(self._account_id)

    def past(self, history: History, sequence: int) -> list[Fill]:
        """Return the last fills, newest first."""
        before = (sequence + 1) * LEGS
        page = history.fills_page(self._account_id, before=before, limit=FILLS_SHOWN)
        return list(page.items)

    def snapshot(self, said: Said, picture: list[OrderReport], past: list[Fill] | None) -> bytes:
        """Return open orders and last fills."""
        return encode(
            wire.ExecutionsSnapshot(
                **said.heading(),
                channel=CHANNEL,
                orders=[self._rendering.order(order) for order in picture],
                fills=[self._rendering.fill(fill) for fill in past or ()],
            )
        )


def execution_update(
    said: Said, heard: Heard, account_id: AccountId, rendering: Rendering
) -> bytes:
    """Return what an event that changes an order of an account is told with."""
    event = heard.event
    if isinstance(event, told.OrderExecuted):
        return _fill(said, event, account_id, rendering)
    if isinstance(event, told.TradeBusted):
        return _bust(said, event, account_id, rendering)
    if isinstance(event, told.OrderRejected):
        return _reject(said, event, heard.record, rendering)
    order: OrderReport = getattr(event, "order")  # noqa: B009  (all others have one)
    return encode(
        wire.ExecutionUpdate(
            **said.heading(),
            channel=CHANNEL,
            event=NAMES[type(event)],
            client_order_id=order.terms.client_order_id,
            order=rendering.order(order),
            trade_id=None,
            last_price=None,
            last_quantity=None,
            liquidity=None,
            fee=None,
        )
    )


def _fill(
    said: Said, event: told.OrderExecuted, account_id: AccountId, rendering: Rendering
) -> bytes:
    order, fee, liquidity = event.taker, event.taker_fee, Liquidity.TAKER
    if order.terms.account_id != account_id:
        order, fee, liquidity = event.maker, event.maker_fee, Liquidity.MAKER
    if event.side is None:
        liquidity = Liquidity.AUCTION
    grid = order.terms.grid
    return encode(
        wire.ExecutionUpdate(
            **said.heading(),
            channel=CHANNEL,
            event="fill",
            client_order_id=order.terms.client_order_id,
            order=rendering.order(order),
            trade_id=event.trade_id,
            last_price=price_text(grid, event.price),
            last_quantity=quantity_text(grid, event.quantity),
            liquidity=liquidity.value,
            fee=text_of(fee),
        )
    )


def _bust(
    said: Said, event: told.TradeBusted, account_id: AccountId, rendering: Rendering
) -> bytes:
    order = event.taker if event.taker.terms.account_id == account_id else event.maker
    grid = order.terms.grid
    return encode(
        wire.ExecutionUpdate(
            **said.heading(),
            channel=CHANNEL,
            event="bust",
            client_order_id=order.terms.client_order_id,
            order=rendering.order(order),
            trade_id=event.trade_id,
            last_price=price_text(grid, event.price),
            last_quantity=quantity_text(grid, event.quantity),
            liquidity=None,
            fee=None,
        )
    )


def _reject(said: Said, event: told.OrderRejected, record: Record, rendering: Rendering) -> bytes:
    grid = grid_as_sent(record.entry.command, event.leg)
    return encode(
        wire.RejectUpdate(
            **said.heading(),
            channel=CHANNEL,
            client_order_id=event.client_order_id,
            order=sent_order(record.entry.command, event.leg),
            code=event.reason.value,
            detail=rendering.words(event.reason, event.allowed, grid),
        )
    )
