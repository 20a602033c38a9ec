"""What one sequence was: the command, what it caused, what it moved. That is: why.

Rule: administrators see all of it. Everybody else sees what concerns their own account, and nothing
that names another; what does not concern them is not there.
"""

import asyncio
from typing import Any, Final

from openoutcry.gateway.native import account_rendering
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import Answer, Call, answer
from openoutcry.gateway.native.facts import Facts
from openoutcry.gateway.openapi import Operation
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.venue import Venue
from openoutcry.history.movements import (
    Fill,
    Posting,
    Transfer,
    fills_of,
    postings_of,
    transfers_of,
)
from openoutcry.journal.record import StoredRecord, decode
from openoutcry.model.account import Permission
from openoutcry.model.events import FundsMoved, OrderExecuted
from openoutcry.model.order import Door
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId, Sequence
from openoutcry.wire.past import OwnedPosting, SequenceRecord
from openoutcry.wire.times import time_text

DIGITS_MAX: Final = 18
THEIR_DOORS: Final = (Door.SIMPLE, Door.NATIVE)
"""Through these an account's commands come from whoever holds its keys."""


async def sequence(venue: Venue, call: Call, text: str) -> Answer:
    """Answer with the record that a sequence belongs to."""
    call.caller.demand(Permission.READ)
    number = _number(text)
    durable = venue.sequencer.durable
    if number is None or not 0 < number <= durable:
        raise _not_found()
    stored = await asyncio.to_thread(venue.sequencer.stored_at, number)
    record = None if stored is None else decode(stored)
    if stored is None or record is None or record.first > number:
        raise _not_found()
    is_whole = Permission.ADMIN in call.caller.permissions
    whose = None if is_whole else call.account_id
    content = shape(stored, record, number, Facts(venue.sequencer.engine, record, whose))
    if whose is not None and not content.events and content.command is None:
        raise _not_found()
    return answer(200, content, durable)


def shape(stored: StoredRecord, record: Record, number: Sequence, facts: Facts) -> SequenceRecord:
    """Return a record as an account may see it, or an administrator."""
    entry, whose = record.entry, facts.whose
    is_theirs = whose is None or (
        entry.door in THEIR_DOORS and getattr(entry.command, "account_id", None) == whose
    )
    return SequenceRecord(
        sequence=number,
        first=record.first,
        last=record.last,
        at=time_text(entry.at),
        at_ns=entry.at,
        command=facts.command() if is_theirs else None,
        actor=entry.actor if is_theirs else None,
        door=entry.door.value if is_theirs else None,
        request_id=entry.request_id if is_theirs else None,
        events=_events(record, facts),
        postings=[_posting(one, whose) for one in _postings(record, whose)],
        hash=stored.hash.hex(),
        previous_hash=stored.link.hex(),
    )


def _events(record: Record, facts: Facts) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = []
    for number, event in enumerate(record.events, record.first):
        content = facts.event(event)
        if content is not None:
            shown.append({"sequence": number, **content})
    return shown


def _postings(record: Record, whose: AccountId | None) -> list[Posting]:
    moved: list[Fill | Transfer] = []
    for place, event in enumerate(record.events):
        number = Sequence(record.first + place)
        if isinstance(event, OrderExecuted):
            moved += fills_of(event, record.entry.at, number)
        elif isinstance(event, FundsMoved):
            moved += transfers_of(event, record.entry.at, number)
    return [
        posting
        for movement in moved
        if whose is None or movement.account_id == whose
        for posting in postings_of(movement)
    ]


def _posting(moved: Posting, whose: AccountId | None) -> OwnedPosting:
    shown = account_rendering.posting(moved)
    fields = {name: getattr(shown, name) for name in shown.__struct_fields__}
    return OwnedPosting(**fields, account_id=moved.account_id if whose is None else None)


def _number(text: str) -> Sequence | None:
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
        return None
    return Sequence(int(text))


def _not_found() -> Problem:
    return Problem(404, "not_found", "no such sequence, or it is none of this account's")


async def _sequence(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await sequence(venue, asked.call, asked.path["sequence"])


ROUTES: Final[tuple[Line, ...]] = (("GET", "/sequence/{sequence}", _sequence),)
OPERATIONS: Final = (
    Operation(
        "get",
        "/api/v1/sequence/{sequence}",
        "Say which command a sequence came of, and what else did",
        "venue",
        SequenceRecord,
    ),
)
