"""Entering orders that hang together: wholly or not at all.

Rule: what is wrong with one order is told with its place in the group, and refuses all of them.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

from openoutcry.engine.engine import Engine
from openoutcry.gateway.bodies import Field, choice_of, read_object
from openoutcry.gateway.native import rendering
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.bodies import asked_of, enter_order
from openoutcry.gateway.native.calls import (
    Answer,
    Call,
    answer_outcome,
    answer_refusal,
    reports_of,
    reused,
)
from openoutcry.gateway.native.orders import entered
from openoutcry.gateway.openapi import Operation
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.refusals import problem_of
from openoutcry.gateway.retry_keys import retry_of
from openoutcry.gateway.strict_json import json_type
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission
from openoutcry.model.commands import EnterGroup, EnterOrder
from openoutcry.model.errors import KeyReused
from openoutcry.model.events import OrderRejected
from openoutcry.model.order import Door, GroupKind, OrderReport
from openoutcry.model.units import AccountId, OrderId
from openoutcry.sequencer.batch import Outcome
from openoutcry.streams.feeds.sent import grid_as_sent
from openoutcry.wire.orders import Group

GROUP_ORDERS_MIN: Final = 2
GROUP_ORDERS_MAX: Final = 3
"""A bracket has three orders; the other kinds have two."""


def _orders(items: list[object]) -> list[Mapping[str, object]]:
    if not GROUP_ORDERS_MIN <= len(items) <= GROUP_ORDERS_MAX:
        message = f"holds {GROUP_ORDERS_MIN} or {GROUP_ORDERS_MAX} orders"
        raise ValueError(message)
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            detail = f"orders[{number}] is a JSON object; found {json_type(item)}"
            raise Problem(400, "invalid_type", detail, leg=number)
    return items  # type: ignore[return-value]


BODY: Final = {
    "kind": Field("string", choice_of(*GroupKind), required=True),
    "orders": Field("array", _orders, required=True),
}


async def place_group(venue: Venue, call: Call, content: Mapping[str, object]) -> Answer:
    """Enter a group; answer with its orders as they stand after matching."""
    try:
        return placed_group(await begin_group(venue, call, content))
    except KeyReused as fault:
        raise reused() from fault


def begin_group(
    venue: Venue, call: Call, content: Mapping[str, object]
) -> "asyncio.Future[Outcome]":
    """Sequence a group at once; `placed_group` makes the answer of what comes of it."""
    call.caller.demand(Permission.TRADE)
    sent = read_object(content, BODY, "a group has kind and orders")
    bodies: list[Mapping[str, object]] = sent["orders"]
    engine = venue.sequencer.engine
    orders = [_leg(number, body, call.account_id, engine) for number, body in enumerate(bodies)]
    for order in orders:
        venue.attention.touch(order.symbol, time.monotonic())
    command = EnterGroup(account_id=call.account_id, kind=sent["kind"], orders=tuple(orders))
    asked = [asked_of(order, body) for order, body in zip(orders, bodies, strict=True)]
    retry = retry_of(
        call.account_id,
        ("group", command.kind, asked),
        idempotency_key=call.idempotency_key,
        legs=_names(orders),
    )
    return venue.sequencer.submit(
        command, actor=call.actor, door=Door.NATIVE, request_id=call.request_id, retry=retry
    )


def placed_group(outcome: Outcome) -> Answer:
    """Return the answer to a group from the record it became, the first time and ever after."""
    record = outcome.record
    command, opening = record.entry.command, record.events[0]
    assert isinstance(command, EnterGroup)
    if isinstance(opening, OrderRejected):
        leg = opening.leg or 0
        grid = grid_as_sent(command, leg)
        problem = problem_of(opening.reason, opening.allowed, grid=grid)
        return answer_refusal(_of_leg(problem, leg), outcome)
    special = entered(record).terms.special
    assert special is not None, "an order of a group names it"
    assert special.group_id is not None, "an order of a group names it"
    last: dict[OrderId, OrderReport] = {}
    for report in reports_of(record.events):
        if report.terms.special is not None and report.terms.special.group_id == special.group_id:
            last[report.terms.order_id] = report
    orders = [rendering.order(last[order_id]) for order_id in sorted(last)]
    group = Group(group_id=special.group_id, kind=command.kind.value, orders=orders)
    return answer_outcome(201, group, outcome)


def _leg(
    number: int, body: Mapping[str, object], account_id: AccountId, engine: Engine
) -> EnterOrder:
    try:
        return enter_order(body, account_id, engine)
    except Problem as problem:
        raise _of_leg(problem, number) from None


def _of_leg(problem: Problem, number: int) -> Problem:
    named = Problem(problem.status, problem.code, f"orders[{number}]: {problem.detail}", leg=number)
    named.extra |= problem.extra
    return named


def _names(orders: list[EnterOrder]) -> tuple[str, ...]:
    """Return what the orders are to be called, each name for one of them."""
    names: list[str] = []
    for number, order in enumerate(orders):
        name = order.client_order_id
        if name is None:
            continue
        if name in names:
            detail = f"orders[{number}]: client_order_id is unique; found {name} twice"
            raise Problem(400, "invalid_value", detail, leg=number)
        names.append(name)
    return tuple(names)


async def _place_group(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await place_group(venue, asked.call, asked.content())


ROUTES: Final[tuple[Line, ...]] = (("POST", "/orders/group", _place_group),)
OPERATIONS: Final = (
    Operation(
        "post",
        "/api/v1/orders/group",
        "Place orders that hang together, wholly or not at all",
        "orders",
        Group,
        status=201,
        body=BODY,
    ),
)
