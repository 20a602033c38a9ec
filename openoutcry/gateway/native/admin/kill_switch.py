"""The kill switch: cancels and blocks one account, or everybody; off unblocks."""

from collections.abc import Mapping
from typing import Final

from openoutcry.gateway.bodies import Field, read_object
from openoutcry.gateway.native.admin import fields
from openoutcry.gateway.native.admin.submitting import operation, refused, submit_as_admin
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import Answer, Call, answer_outcome
from openoutcry.gateway.venue import Venue
from openoutcry.model.commands import ThrowKillSwitch
from openoutcry.model.events import CommandRefused, OrderCanceled
from openoutcry.wire.accounts import KillSwitch

BODY: Final = {
    "on": Field("boolean", bool, required=True),
    "account_id": Field("string", str),
    "reason": Field("string", fields.reason),
}


async def throw(venue: Venue, call: Call, content: Mapping[str, object]) -> Answer:
    """Throw it, on or off; answer with how many orders that canceled."""
    sent = read_object(content, BODY, "a kill switch has on, account_id and reason")
    command = ThrowKillSwitch(
        on=sent["on"], account_id=sent.get("account_id"), reason=sent.get("reason", "")
    )
    outcome = await submit_as_admin(venue, call, command)
    events = outcome.record.events
    if isinstance(events[0], CommandRefused):
        return refused(outcome)
    # Consequences included: a leg ends with its parent.
    canceled = [event for event in events if isinstance(event, OrderCanceled)]
    return answer_outcome(200, KillSwitch(len(canceled)), outcome)


async def _throw(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await throw(venue, asked.call, asked.content())


ROUTES: Final[tuple[Line, ...]] = (("PUT", "/admin/kill-switch", _throw),)
OPERATIONS: Final = (
    operation(
        "put", "/kill-switch", "Cancel and block an account, or everybody; off unblocks",
        KillSwitch, body=BODY,
    ),
)  # fmt: skip
