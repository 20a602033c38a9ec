"""What every call of administration does: demand the permission, submit, tell a refusal."""

from collections.abc import Mapping
from typing import Final

from openoutcry.gateway.native.calls import Answer, Call, answer_refusal, submit
from openoutcry.gateway.openapi import Operation
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.refusals import problem_of
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission
from openoutcry.model.commands import Command
from openoutcry.model.events import CommandRefused
from openoutcry.model.order import Door
from openoutcry.model.reasons import Reason
from openoutcry.sequencer.batch import Outcome

Words = Mapping[Reason, str]
"""What refusals mean here, where their usual words would not fit."""
LIST: Final = ("limit", "cursor")
"""The parameters of a list that comes in pages."""


async def submit_as_admin(
    venue: Venue, call: Call, command: Command, asked: object = None
) -> Outcome:
    """Sequence a command of administration."""
    call.caller.demand(Permission.ADMIN)
    return await submit(venue, call, command, door=Door.ADMIN, asked=asked)


def refused(outcome: Outcome, words: Words | None = None) -> Answer:
    """Return the answer to a command that was refused."""
    refusal = outcome.record.events[0]
    assert isinstance(refusal, CommandRefused), "a command is carried out or refused"
    own_words = (words or {}).get(refusal.reason)
    return answer_refusal(problem_of(refusal.reason, refusal.allowed, own_words), outcome)


def unknown_account() -> Problem:
    """Return the answer to a call about an account that is none."""
    return Problem(404, "unknown_account", "no such account")


def unknown_instrument() -> Problem:
    """Return the answer to a call about a symbol that is not listed."""
    return Problem(404, "unknown_instrument", "no such instrument is listed here")


def operation(method: str, path: str, summary: str, answer: object, **more: object) -> Operation:
    """Return the description of a call."""
    path = f"/api/v1/admin{path}"
    return Operation(method, path, summary, "administration", answer, **more)  # type: ignore[arg-type]
