"""What every native call has in common: who calls, how it is recognised again, what it answers."""

import asyncio
from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from openoutcry.gateway.guard import Caller
from openoutcry.gateway.problems import MEDIA_TYPE, Problem
from openoutcry.gateway.replies import Header
from openoutcry.gateway.retry_keys import retry_of
from openoutcry.gateway.venue import Venue
from openoutcry.model.commands import Command
from openoutcry.model.errors import KeyReused
from openoutcry.model.events import Event, OrderExecuted
from openoutcry.model.order import Door, OrderReport
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId, OrderId
from openoutcry.sequencer.batch import Outcome

_encode: Final = msgspec.json.Encoder().encode


class Call(NamedTuple):
    """One request, once the guard has let it in."""

    caller: Caller
    request_id: str | None = None
    idempotency_key: str | None = None

    @property
    def account_id(self) -> AccountId:
        """The account on whose behalf it acts."""
        return self.caller.account_id

    @property
    def actor(self) -> str:
        """What the journal says about who sent it."""
        return self.caller.key_id or self.caller.account_id


class Answer(NamedTuple):
    """What a call answers, ready to be sent over any transport."""

    status: int
    body: bytes
    sequence: int | None = None
    replayed: bool = False
    location: str | None = None
    media_type: bytes = b"application/json"
    limits: tuple[Header, ...] = ()
    """What is left of the account's rate, where it took more than the call itself."""

    def headers(self) -> list[Header]:
        """Return the headers that go with it over HTTP."""
        headers = [(b"content-type", self.media_type)]
        if self.sequence is not None:
            headers.append((b"x-sequence", b"%d" % self.sequence))
        if self.replayed:
            headers.append((b"idempotency-replayed", b"true"))
        if self.location is not None:
            headers.append((b"location", self.location.encode("ascii")))
        if self.limits:
            headers += self.limits
        return headers


def answer(status: int, content: object, sequence: int, location: str | None = None) -> Answer:
    """Return an answer with a struct, or a list of them, as its body."""
    return Answer(status, _encode(content), sequence, location=location)


async def answer_durable(venue: Venue, content: object) -> Answer:
    """Return an answer with what was just read from the engine, once that is on disk."""
    sequence = venue.sequencer.engine.sequence
    await venue.sequencer.settled(sequence)
    return answer(200, content, sequence)


def answer_outcome(
    status: int, content: object, outcome: Outcome, location: str | None = None
) -> Answer:
    """Return the answer to a command that was sequenced."""
    sequence = outcome.record.last
    return Answer(status, _encode(content), sequence, outcome.replayed, location)


def answer_refusal(problem: Problem, outcome: Outcome) -> Answer:
    """Return the answer to a command that the engine refused: it has a sequence like any other."""
    sequence = outcome.record.last
    return Answer(problem.status, problem.body(), sequence, outcome.replayed, media_type=MEDIA_TYPE)


async def submit(
    venue: Venue,
    call: Call,
    command: Command,
    *,
    door: Door = Door.NATIVE,
    asked: object = None,
    client_order_id: str | None = None,
) -> Outcome:
    """Sequence a command and wait until it is durable; 409 when its key was used for another.

    `asked` is what the request is recognised by where the command holds random parts.
    """
    try:
        return await begin(
            venue, call, command, door=door, asked=asked, client_order_id=client_order_id
        )
    except KeyReused as fault:
        raise reused() from fault


def begin(
    venue: Venue,
    call: Call,
    command: Command,
    *,
    door: Door = Door.NATIVE,
    asked: object = None,
    client_order_id: str | None = None,
) -> "asyncio.Future[Outcome]":
    """Sequence a command at once; the future may raise `KeyReused`, which `reused` tells."""
    retry = retry_of(
        call.account_id,
        command if asked is None else asked,
        idempotency_key=call.idempotency_key,
        client_order_id=client_order_id,
    )
    return venue.sequencer.submit(
        command, actor=call.actor, door=door, request_id=call.request_id, retry=retry
    )


def reused() -> Problem:
    """Return the answer to a request whose key was used for another."""
    detail = "this client_order_id or Idempotency-Key was used for another request"
    return Problem(409, "key_reused", detail)


def reports_of(events: Iterable[Event]) -> list[OrderReport]:
    """Return every order report in some events, in order."""
    reports: list[OrderReport] = []
    for event in events:
        if isinstance(event, OrderExecuted):
            reports += (event.taker, event.maker)
        elif (order := getattr(event, "order", None)) is not None:
            reports.append(order)
    return reports


def last_report(record: Record, order_id: OrderId) -> OrderReport | None:
    """Return an order as a record left it; None when the record does not touch it."""
    found = None
    for report in reports_of(record.events):
        if report.terms.order_id == order_id:
            found = report
    return found
