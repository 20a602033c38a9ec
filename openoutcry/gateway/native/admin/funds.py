"""Deposits and withdrawals."""

from collections.abc import Mapping
from typing import Final

from openoutcry.gateway.native import account_rendering
from openoutcry.gateway.native.admin import account_bodies as bodies
from openoutcry.gateway.native.admin.accounts import account_id_in
from openoutcry.gateway.native.admin.submitting import operation, refused, submit_as_admin
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import Answer, Call, answer_outcome
from openoutcry.gateway.venue import Venue
from openoutcry.history.movements import postings_of, transfers_of
from openoutcry.model.events import FundsMoved
from openoutcry.model.units import AccountId
from openoutcry.wire.accounts import Posting


async def deposit(
    venue: Venue, call: Call, account_id: AccountId, content: Mapping[str, object]
) -> Answer:
    """Pay in, or out what is available; answer with the posting."""
    outcome = await submit_as_admin(venue, call, bodies.deposit(content, account_id))
    record = outcome.record
    moved = record.events[0]
    if not isinstance(moved, FundsMoved):
        return refused(outcome)
    # As the account's own list shows it.
    own, _ = transfers_of(moved, record.entry.at, record.first)
    [posting] = postings_of(own)
    return answer_outcome(201, account_rendering.posting(posting), outcome)


async def _deposit(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await deposit(venue, asked.call, account_id_in(asked), asked.content())


ROUTES: Final[tuple[Line, ...]] = (("POST", "/admin/accounts/{account_id}/deposits", _deposit),)
OPERATIONS: Final = (
    operation(
        "post", "/accounts/{account_id}/deposits", "Deposit, or withdraw a negative quantity",
        Posting, status=201, body=bodies.DEPOSIT,
    ),
)  # fmt: skip
