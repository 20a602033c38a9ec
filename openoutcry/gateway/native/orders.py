"""Placing, amending, canceling and reading orders: the calls under /api/v1/orders."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from openoutcry.gateway.bodies import visible
from openoutcry.gateway.lookup import find_order
from openoutcry.gateway.native import rendering
from openoutcry.gateway.native.bodies import amend_order, asked_of, enter_order
from openoutcry.gateway.native.calls import (
    Answer,
    Call,
    answer,
    answer_outcome,
    answer_refusal,
    begin,
    last_report,
    reports_of,
    reused,
    submit,
)
from openoutcry.gateway.native.looking_back import look_back
from openoutcry.gateway.native.paging import OrderList, position_in
from openoutcry.gateway.native.recalling import recalled
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.refusals import problem_of
from openoutcry.gateway.venue import Venue
from openoutcry.history.moment import Forgotten
from openoutcry.history.pages import Series
from openoutcry.model.account import Permission
from openoutcry.model.commands import AmendOrder, CancelAllOrders, CancelOrder
from openoutcry.model.errors import KeyReused
from openoutcry.model.events import (
    CancelRejected,
    OrderAccepted,
    OrderRejected,
    ReplaceRejected,
)
from openoutcry.model.order import LIVE, OrderReport, OrderStatus, Side
from openoutcry.model.reasons import Reason
from openoutcry.model.record import Record
from openoutcry.model.units import ClientOrderId, OrderId, Sequence, Symbol
from openoutcry.sequencer.batch import Outcome
from openoutcry.streams.feeds.sent import grid_as_sent
from openoutcry.wire.orders import Canceled, OrderPage

_UNKNOWN: Final = Problem(404, "unknown_order", "no such order of this account")


async def place(venue: Venue, call: Call, content: Mapping[str, object]) -> Answer:
    """Enter an order; answer with it as it stands after matching."""
    try:
        return placed(await begin_place(venue, call, content))
    except KeyReused as fault:
        raise reused() from fault


def begin_place(
    venue: Venue, call: Call, content: Mapping[str, object]
) -> "asyncio.Future[Outcome]":
    """Sequence an order at once; `placed` makes the answer of what comes of it."""
    call.caller.demand(Permission.TRADE)
    command = enter_order(content, call.account_id, venue.sequencer.engine)
    venue.attention.touch(command.symbol, time.monotonic())
    # Only what carries a key is recognised again.
    keyed = command.client_order_id is not None or call.idempotency_key is not None
    asked = asked_of(command, content) if keyed else None
    return begin(venue, call, command, asked=asked, client_order_id=command.client_order_id)


def placed(outcome: Outcome) -> Answer:
    """Return the answer to an order from the record it became, the first time and ever after."""
    opening = outcome.record.events[0]
    if isinstance(opening, OrderRejected):
        grid = grid_as_sent(outcome.record.entry.command, None)
        return answer_refusal(problem_of(opening.reason, opening.allowed, grid=grid), outcome)
    order_id = entered(outcome.record).terms.order_id
    report = last_report(outcome.record, order_id)
    assert report is not None, "an accepted order is in its record"
    return answer_outcome(201, rendering.order(report), outcome, f"/api/v1/orders/{order_id}")


def entered(record: Record) -> OrderReport:
    """Return the first order that a record took in, as it came: what it set off comes later."""
    for event in record.events:
        if isinstance(event, OrderAccepted):
            return event.order
    raise AssertionError("an order that was not refused was accepted")


def begin_cancel(venue: Venue, call: Call, order_id: OrderId) -> "asyncio.Future[Outcome] | None":
    """Sequence the cancel of a live order at once; None where `cancel` has to look further."""
    report = venue.sequencer.engine.order(order_id)
    if report is None or report.terms.account_id != call.account_id:
        return None
    call.caller.demand(Permission.TRADE)
    return begin(venue, call, CancelOrder(account_id=call.account_id, order_id=order_id))


def canceled(outcome: Outcome, order_id: OrderId) -> Answer | None:
    """Return the answer to a cancel that was sequenced; None where `cancel` has to look further."""
    report = last_report(outcome.record, order_id)
    return None if report is None else answer_outcome(200, rendering.order(report), outcome)


async def cancel(venue: Venue, call: Call, order_id: OrderId) -> Answer:
    """Cancel an order; one that its owner has canceled already is answered as it is."""
    call.caller.demand(Permission.TRADE)
    report = await _order_to_change(venue, call, order_id)
    if report.status in LIVE or call.idempotency_key is not None:
        command = CancelOrder(account_id=call.account_id, order_id=order_id)
        outcome = await submit(venue, call, command)
        return canceled(outcome, order_id) or await ended_before(venue, call, order_id, outcome)
    return _ended(venue, report)


async def ended_before(venue: Venue, call: Call, order_id: OrderId, outcome: Outcome) -> Answer:
    """Return the answer to a cancel that was sequenced and found its order ended."""
    refusal = outcome.record.events[0]
    assert isinstance(refusal, CancelRejected)
    report = await own_order(venue, call, order_id)
    if call.idempotency_key is None:
        return _ended(venue, report)
    # As the order was then, so that it is the same whenever the call is repeated: a bust may have
    # changed what was executed of it.
    report = await _as_it_was(venue, report, outcome.record.last)
    if not _is_canceled_by_user(report):
        return answer_refusal(problem_of(refusal.reason), outcome)
    return answer_outcome(200, rendering.order(report), outcome)


def _ended(venue: Venue, report: OrderReport) -> Answer:
    if _is_canceled_by_user(report):
        return answer(200, rendering.order(report), venue.sequencer.durable)
    raise problem_of(Reason.TOO_LATE)


async def _as_it_was(venue: Venue, report: OrderReport, at: Sequence) -> OrderReport:
    """Return an order as it was after a sequence; as it is where nobody knows that any more."""
    if report.sequence <= at:
        return report
    with suppress(Forgotten):
        order_id = report.terms.order_id
        return await look_back(venue, at, lambda moment: moment.order(order_id)) or report
    return report


def _is_canceled_by_user(report: OrderReport) -> bool:
    return report.status is OrderStatus.CANCELED and report.reason is Reason.USER


async def cancel_all(venue: Venue, call: Call, symbol: Symbol | None, side: Side | None) -> Answer:
    """Cancel every live order of the account, or those of a symbol or side."""
    call.caller.demand(Permission.TRADE)
    command = CancelAllOrders(account_id=call.account_id, symbol=symbol, side=side)
    outcome = await submit(venue, call, command)
    ended = [report.terms.order_id for report in reports_of(outcome.record.events)]
    return answer_outcome(200, Canceled([int(order_id) for order_id in ended]), outcome)


async def amend(
    venue: Venue, call: Call, order_id: OrderId, content: Mapping[str, object]
) -> Answer:
    """Change an order in place; answer with it as it stands after any matching."""
    call.caller.demand(Permission.TRADE)
    grid = (await _order_to_change(venue, call, order_id)).terms.grid
    command = amend_order(content, call.account_id, order_id, venue.sequencer.engine)
    outcome = await _submit_amend(venue, call, command, asked_of(command, content))
    refusal = outcome.record.events[0]
    if isinstance(refusal, ReplaceRejected):
        return answer_refusal(problem_of(refusal.reason, refusal.allowed, grid=grid), outcome)
    report = last_report(outcome.record, order_id)
    assert report is not None, "an amended order is in its record"
    return answer_outcome(200, rendering.order(report), outcome)


async def _submit_amend(venue: Venue, call: Call, command: AmendOrder, asked: object) -> Outcome:
    """Sequence an amend; one that names its order as it is called already gives no new name.

    It is looked for under the name all the same: the same amend may have given it.
    """
    named = command.client_order_id
    try:
        return await submit(venue, call, command, asked=asked, client_order_id=named)
    except Problem as problem:
        if problem.code != "key_reused" or named is None:
            raise
        known = await recalled(venue, call, asked)
        if known is not None:
            return known  # The order may have got another name since.
        report = await own_order(venue, call, command.order_id)
        if report.terms.client_order_id != named:
            raise
    return await submit(venue, call, command, asked=asked)


async def read(venue: Venue, call: Call, order_id: OrderId) -> Answer:
    """Answer with one order of the account."""
    call.caller.demand(Permission.READ)
    report = await own_order(venue, call, order_id)
    return answer(200, rendering.order(report), max(venue.sequencer.durable, report.sequence))


async def read_by_client_id(venue: Venue, call: Call, client_order_id: str) -> Answer:
    """Answer with the order that the account calls so."""
    call.caller.demand(Permission.READ)
    try:
        named = ClientOrderId(visible(client_order_id))
    except ValueError:
        raise _UNKNOWN from None
    await venue.history.caught_up(venue.sequencer.engine.sequence)
    found = await asyncio.to_thread(venue.history.order_by_client_id, call.account_id, named)
    if found is None:
        raise _UNKNOWN
    return answer(200, rendering.order(found), venue.history.reached)


async def listed(venue: Venue, call: Call, asked: OrderList) -> Answer:
    """Answer with a page of the account's orders, newest first."""
    call.caller.demand(Permission.READ)
    before = position_in(Series.ORDERS, asked.cursor)
    await venue.history.caught_up(venue.sequencer.engine.sequence)
    page = await asyncio.to_thread(
        venue.history.orders_page, call.account_id, asked.chosen, before=before, limit=asked.limit
    )
    items = [rendering.order(report) for report in page.items]
    return answer(200, OrderPage(items, page.next), page.reached)


async def own_order(venue: Venue, call: Call, order_id: OrderId) -> OrderReport:
    """Return an order of the caller's account; another's is as unknown as one that is not there."""
    report = await find_order(venue, order_id)
    if report is None or report.terms.account_id != call.account_id:
        raise _UNKNOWN
    return report


async def _order_to_change(venue: Venue, call: Call, order_id: OrderId) -> OrderReport:
    """Return an order of the caller's account, a live one at once, as the engine has it.

    It may not be durable as it is, but the answer to what changes it comes after it; and changes
    asked for one after another are sequenced so.
    """
    report = venue.sequencer.engine.order(order_id)
    if report is None or report.terms.account_id != call.account_id:
        return await own_order(venue, call, order_id)
    return report
