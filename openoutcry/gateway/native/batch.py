"""A batch of orders: sequenced in order, and each on its own.

Rule 1: what is wrong with one order is told in its place and touches no other.
Rule 2: exactly once, each by its client_order_id and all by the batch's Idempotency-Key.

The key is journaled by a command of its own, and each order gets a key made of it and its place. So
a batch that was cut off by a stop of the venue is completed by whoever sends it again.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from openoutcry.gateway.bodies import Field, read_object
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.bodies import asked_of, enter_order
from openoutcry.gateway.native.calls import Answer, Call, reused, submit
from openoutcry.gateway.native.orders import begin_place, placed
from openoutcry.gateway.openapi import Operation
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.retry_keys import retry_of
from openoutcry.gateway.strict_json import json_type
from openoutcry.gateway.troubles import problem_of
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission
from openoutcry.model.commands import BeginBatch
from openoutcry.model.errors import KeyReused, VenueError
from openoutcry.sequencer.batch import Outcome
from openoutcry.wire.trading import Batch

ORDERS_MAX: Final = 50
CREATED: Final = 201
UNAVAILABLE: Final = 503

Content = Mapping[str, object]
Placing = asyncio.Future[Outcome] | Problem
"""An order on its way, or why it is not."""


def _orders(sent: list[object]) -> list[object]:
    if not 1 <= len(sent) <= ORDERS_MAX:
        raise ValueError(f"has 1 to {ORDERS_MAX} orders")
    return sent


BODY: Final = {"orders": Field("array", _orders, required=True)}


async def batch(venue: Venue, call: Call, content: Content) -> Answer:
    """Enter some orders one after the other; answer with what became of each."""
    call.caller.demand(Permission.TRADE)
    sent: list[object] = read_object(content, BODY, "a batch has orders")["orders"]
    # The call itself has been charged as one order.
    left = venue.limits.spend(call.caller, len(sent) - 1) if len(sent) > 1 else ()
    try:
        return (await _enter(venue, call, sent))._replace(limits=left)
    except Problem as problem:
        problem.headers = (*problem.headers, *left)
        raise


async def _enter(venue: Venue, call: Call, sent: list[object]) -> Answer:
    """Enter the orders of a batch that was paid for."""
    first = None
    if call.idempotency_key is not None:
        asked = ["batch", *(_asked(venue, call, one) for one in sent)]
        command = BeginBatch(account_id=call.account_id, size=len(sent))
        first = await submit(venue, call, command, asked=asked)
    placing = [await _begin(venue, call, place, one) for place, one in enumerate(sent)]
    results = [await _result(one) for one in placing]
    entered = [one for one in results if isinstance(one, Answer)]
    for one in results:
        if not entered and isinstance(one, Problem) and one.status == UNAVAILABLE:
            raise one  # Nothing of it was entered, so all of it may be sent again.
    sequences = [one.sequence for one in entered if one.sequence is not None]
    known = [one.replayed for one in entered]
    if first is not None:
        sequences.append(first.record.last)
        known.append(first.replayed)
    reached = max(sequences, default=venue.sequencer.durable)
    body = b'{"results":[%s]}' % b",".join(map(_shown, results))
    # It is a repetition if nothing of it is new: a part may have been cut off the first time.
    return Answer(200, body, reached, bool(known) and all(known))


async def _begin(venue: Venue, call: Call, place: int, sent: object) -> Placing:
    """Sequence one order; wait for it where the next could overtake it."""
    if not isinstance(sent, dict):
        return Problem(400, "invalid_type", f"an order is a JSON object; found {json_type(sent)}")
    if call.idempotency_key is not None:
        # No client can send this one: it has a character that keys do not have.
        call = call._replace(idempotency_key=f"{call.idempotency_key}\0{place}")
    try:
        placing = begin_place(venue, call, sent)
    except (Problem, VenueError) as fault:
        return _told(fault)
    if _may_be_looked_up(venue, call, sent):
        await asyncio.wait([placing])
    return placing


def _may_be_looked_up(venue: Venue, call: Call, sent: Content) -> bool:
    """Say whether an order's keys are looked for in history before it is applied."""
    past, name = venue.sequencer.past, sent.get("client_order_id")
    retry = retry_of(
        call.account_id,
        None,
        idempotency_key=call.idempotency_key,
        client_order_id=name if isinstance(name, str) else None,
    )
    return past is not None and retry is not None and past.may_hold(retry.keys)


async def _result(placing: Placing) -> Answer | Problem:
    """Return what became of one order, as a call of its own would answer."""
    if isinstance(placing, Problem):
        return placing
    try:
        return placed(await placing)
    except KeyReused:
        return reused()
    except VenueError as fault:
        return _told(fault)


def _told(fault: Problem | VenueError) -> Problem:
    problem = problem_of(fault)
    if problem is None:
        raise fault
    return problem


def _shown(result: Answer | Problem) -> bytes:
    if isinstance(result, Problem):
        return b'{"status":%d,"problem":%s}' % (result.status, result.body())
    name = b"order" if result.status == CREATED else b"problem"
    return b'{"status":%d,"%s":%s}' % (result.status, name, result.body)


def _asked(venue: Venue, call: Call, sent: object) -> object:
    """Return what one order of a repeated batch is recognised by."""
    if not isinstance(sent, dict):
        return sent
    try:
        command = enter_order(sent, call.account_id, venue.sequencer.engine)
    except Problem:
        return sent
    return asked_of(command, sent)


async def _batch(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await batch(venue, asked.call, asked.content())


ROUTES: Final[tuple[Line, ...]] = (("POST", "/orders/batch", _batch),)
OPERATIONS: Final = (
    Operation(
        "post",
        "/api/v1/orders/batch",
        "Place up to 50 orders, each on its own",
        "orders",
        Batch,
        body=BODY,
    ),
)
