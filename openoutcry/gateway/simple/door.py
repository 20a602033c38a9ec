"""The door of the simple API: bytes and ids in, commands to the venue, replies out.

Rule 1: no trading rule lives here; a check that could be answered differently by the engine is not
made here.
Rule 2: nothing is answered before what it shows is durable.

The door shows simple orders of the caller's account. Anything else is unknown to it, and is
answered without a command, so no stranger fills the journal.
"""

import asyncio
import time
from collections.abc import Awaitable
from typing import Final, NamedTuple

from openoutcry.gateway.guard import Caller
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.refusals import words_of
from openoutcry.gateway.replies import JSON, Header
from openoutcry.gateway.retry_keys import retry_of
from openoutcry.gateway.simple.order import encode, simple_order
from openoutcry.gateway.simple.parse import Asked, order_id_of, shown
from openoutcry.gateway.simple.reply import Reply, json_reply, problem_reply, sequence_header
from openoutcry.gateway.troubles import problem_of
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission
from openoutcry.model.commands import CancelOrder, EnterSimpleOrder
from openoutcry.model.errors import VenueError
from openoutcry.model.events import OrderCanceled, OrderPended, OrderRejected
from openoutcry.model.order import Door, OrderReport, was_filled
from openoutcry.model.reasons import Reason
from openoutcry.model.record import Record, Retry
from openoutcry.model.units import OrderId
from openoutcry.sequencer.batch import Outcome

_REPLAYED: Final[Header] = (b"idempotency-replayed", b"true")


class Found(NamedTuple):
    """An order, and the sequence as of which it stands so."""

    report: OrderReport
    sequence: int


class SimpleDoor:
    """Place, cancel and read simple orders. Holds nothing of its own."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self._sequencer = venue.sequencer

    @property
    def sequence(self) -> int:
        """The newest sequence that may be told to anybody."""
        return self._sequencer.durable

    async def answer(self, call: Awaitable[Reply]) -> Reply:
        """Return what a call answers; a problem, and the venue's troubles, are answers too."""
        try:
            return await call
        except (Problem, VenueError) as fault:
            problem = problem_of(fault)
            if problem is None:
                raise
            return problem_reply(problem, self.sequence)

    async def place(
        self,
        caller: Caller,
        asked: Asked,
        *,
        key: str | None = None,
        request_id: str | None = None,
    ) -> Reply:
        """Enter an order; answer it as it was accepted. Submits before it first waits."""
        caller.demand(Permission.TRADE)
        venue = self.venue
        command = EnterSimpleOrder(
            account_id=caller.account_id,
            symbol=asked.stocks,
            quantity=asked.quantity,
            delay_ns=venue.execution_delay,
            listing=venue.listing,
        )
        if venue.simulated:
            venue.attention.touch(asked.stocks, time.monotonic())
        asked_whole = ("POST", "/orders", asked.stocks, asked.quantity)
        retry = retry_of(caller.account_id, asked_whole, idempotency_key=key) if key else None
        outcome = await self._submit(command, caller, request_id, retry)
        return placed(outcome)

    async def read(self, caller: Caller, text: str) -> Reply:
        """Answer one order."""
        caller.demand(Permission.READ)
        found = await self._find(caller, _order_id(text))
        if self.venue.simulated:
            self.venue.attention.touch(found.report.terms.symbol, time.monotonic())
        body = encode(simple_order(found.report))
        return json_reply(200, body, found.sequence)

    async def cancel(self, caller: Caller, text: str, *, request_id: str | None = None) -> Reply:
        """Cancel an order; answer whether it is canceled now, by this call or an earlier one."""
        caller.demand(Permission.TRADE)
        order_id = _order_id(text)
        live = self._sequencer.engine.order(order_id)
        if live is not None:
            if not _shows(caller, live):
                raise unknown_order(text)
            command = CancelOrder(account_id=caller.account_id, order_id=order_id)
            outcome = await self._submit(command, caller, request_id, None)
            if _canceled(outcome.record, order_id):
                return Reply(204, [sequence_header(outcome.record.last)], b"")
            # It ended while the command waited for its turn.
        found = await self._find(caller, order_id)
        if was_filled(found.report):
            raise Problem(409, "too_late", f"order {order_id} has been executed")
        return Reply(204, [sequence_header(found.sequence)], b"")

    async def _find(self, caller: Caller, order_id: OrderId) -> Found:
        """Return one of the caller's simple orders once its state is durable, or raise a 404."""
        sequencer = self._sequencer
        report = sequencer.engine.order(order_id)
        if report is not None:
            if not _shows(caller, report):
                raise unknown_order(str(order_id))
            durable = sequencer.durable
            if report.sequence > durable:
                await sequencer.settled(report.sequence)
            return Found(report, max(report.sequence, durable))
        # It has ended, perhaps just now: what ended it may not have been told yet.
        moment = sequencer.engine.sequence
        await sequencer.settled(moment)
        report = self.venue.recent.get(order_id)
        if report is None:
            await self.venue.history.caught_up(moment)
            report = await asyncio.to_thread(self.venue.history.order, order_id)
        if report is None or not _shows(caller, report):
            raise unknown_order(str(order_id))
        return Found(report, moment)

    async def _submit(
        self,
        command: EnterSimpleOrder | CancelOrder,
        caller: Caller,
        request_id: str | None,
        retry: Retry | None,
    ) -> Outcome:
        return await self._sequencer.submit(
            command,
            actor=caller.key_id or caller.account_id,
            door=Door.SIMPLE,
            request_id=request_id,
            retry=retry,
        )


def placed(outcome: Outcome) -> Reply:
    """Return the answer to an order, the same for every replay of the same record."""
    record = outcome.record
    extra = (_REPLAYED,) if outcome.replayed else ()
    for event in record.events:
        if type(event) is OrderPended:
            order = event.order
            # With no delay the record goes on beyond the acceptance; the answer does not.
            headers = [
                JSON,
                (b"location", b"/orders/%d" % order.terms.order_id),
                sequence_header(order.sequence),
                *extra,
            ]
            return Reply(201, headers, encode(simple_order(order)))
        if type(event) is OrderRejected:
            raise _refusal(event, (sequence_header(record.last), *extra))
    raise AssertionError("an order is accepted or rejected")


def unknown_order(text: str) -> Problem:
    """Return the answer to an id that names no simple order of the caller."""
    return Problem(404, "unknown_order", f"there is no order {shown(text)}")


def _order_id(text: str) -> OrderId:
    order_id = order_id_of(text)
    if order_id is None:
        raise unknown_order(text)
    return order_id


def _shows(caller: Caller, report: OrderReport) -> bool:
    terms = report.terms
    return terms.door is Door.SIMPLE and terms.account_id == caller.account_id


def _canceled(record: Record, order_id: OrderId) -> bool:
    return any(
        isinstance(event, OrderCanceled) and event.order.terms.order_id == order_id
        for event in record.events
    )


def _refusal(event: OrderRejected, headers: tuple[Header, ...]) -> Problem:
    """Return the answer to a refused order: in this API a refusal is a 400."""
    detail = words_of(event.reason, event.allowed)
    if event.reason is Reason.UNKNOWN_INSTRUMENT:
        detail = f"{shown(event.symbol)}: {detail}"
    return Problem(400, event.reason.value, detail, headers=headers)
