"""Cancel-after: whoever does not call again in time loses all open orders, from whatever door.

It needs a key: the demo account without one belongs to everybody, so nobody may end its orders.
"""

from collections.abc import Mapping
from typing import Final

from openoutcry.gateway.bodies import Field, read_object
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import Answer, Call, answer_outcome, answer_refusal, submit
from openoutcry.gateway.openapi import Operation
from openoutcry.gateway.refusals import problem_of
from openoutcry.gateway.signatures import unauthenticated
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission
from openoutcry.model.commands import SetCancelAfter
from openoutcry.model.events import CancelAfterSet, CommandRefused
from openoutcry.model.units import Nanos
from openoutcry.wire.times import time_text
from openoutcry.wire.trading import CancelAfter

TIMEOUT_S_MAX: Final = 86_400
_NANOS: Final = 1_000_000_000


def _timeout(seconds: int) -> Nanos:
    if not 0 <= seconds <= TIMEOUT_S_MAX:
        raise ValueError(f"is a whole number of seconds from 0 (off) to {TIMEOUT_S_MAX}")
    return Nanos(seconds * _NANOS)


BODY: Final = {"timeout_s": Field("integer", _timeout, required=True)}


async def cancel_after(venue: Venue, call: Call, content: Mapping[str, object]) -> Answer:
    """Set the switch anew, or take it away; answer with when it fires."""
    call.caller.demand(Permission.TRADE)
    if call.caller.key_id is None and Permission.ADMIN not in call.caller.permissions:
        raise unauthenticated("cancel-after needs a key: this account is everybody's")
    timeout: Nanos = read_object(content, BODY, "cancel-after has timeout_s")["timeout_s"]
    command = SetCancelAfter(account_id=call.account_id, timeout=timeout)
    outcome = await submit(venue, call, command)
    told = outcome.record.events[0]
    if isinstance(told, CommandRefused):
        return answer_refusal(problem_of(told.reason, told.allowed), outcome)
    assert isinstance(told, CancelAfterSet), "the switch is set or refused"
    fires_at = time_text(told.fires_at) if told.fires_at is not None else None
    return answer_outcome(200, CancelAfter(fires_at), outcome)


async def _cancel_after(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await cancel_after(venue, asked.call, asked.content())


ROUTES: Final[tuple[Line, ...]] = (("PUT", "/cancel-after", _cancel_after),)
OPERATIONS: Final = (
    Operation(
        "put",
        "/api/v1/cancel-after",
        "Cancel all open orders unless this is called again in time",
        "orders",
        CancelAfter,
        body=BODY,
    ),
)
