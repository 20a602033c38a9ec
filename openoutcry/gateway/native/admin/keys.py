"""Keys of accounts: made, listed, revoked."""

from collections.abc import Mapping
from typing import Final

from openoutcry.gateway.bodies import shown
from openoutcry.gateway.native import account_rendering
from openoutcry.gateway.native.admin import account_bodies as bodies
from openoutcry.gateway.native.admin.accounts import account_id_in
from openoutcry.gateway.native.admin.submitting import (
    LIST,
    operation,
    refused,
    submit_as_admin,
    unknown_account,
)
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import (
    Answer,
    Call,
    answer_durable,
    answer_outcome,
)
from openoutcry.gateway.native.paging import PlainList, page_of_all, plain_list
from openoutcry.gateway.native.recalling import recalled_or
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission
from openoutcry.model.commands import AddKey, RevokeKey
from openoutcry.model.events import CommandRefused, KeyAdded
from openoutcry.model.units import AccountId, KeyId
from openoutcry.wire.accounts import KeyPage, NewKey


async def add_key(
    venue: Venue, call: Call, account_id: AccountId, content: Mapping[str, object]
) -> Answer:
    """Make a key; its secret is shown by this answer and never again."""
    made = bodies.make_key(content, account_id)
    asked = ("add_key", account_id, content)
    end = made.key.expires_at
    if end is not None and end <= venue.sequencer.clock.now():
        call.caller.demand(Permission.ADMIN)
        found = shown(content["expires_at"])
        too_late = Problem(400, "invalid_value", f"expires_at is in the future; found {found}")
        outcome = await recalled_or(venue, call, asked, too_late)
    else:
        outcome = await submit_as_admin(venue, call, AddKey(key=made.key), asked)
    added = outcome.record.events[0]
    if not isinstance(added, KeyAdded):
        return refused(outcome)
    told = account_rendering.key(added.key)
    secret = None if outcome.replayed else made.secret
    new = NewKey(
        key_id=told.key_id,
        account_id=told.account_id,
        secret=secret,
        key=f"{told.key_id}.{secret}" if secret is not None else None,
        permissions=told.permissions,
        expires_at=told.expires_at,
        allowed_ips=told.allowed_ips,
        public_key=told.public_key,
    )
    return answer_outcome(201, new, outcome)


async def keys(venue: Venue, call: Call, account_id: AccountId, asked: PlainList) -> Answer:
    """Answer with a page of an account's keys, without their secrets."""
    call.caller.demand(Permission.ADMIN)
    engine = venue.sequencer.engine
    owner = engine.account(account_id)
    if owner is None or not account_rendering.is_trader(owner):
        raise unknown_account()
    page = page_of_all(engine.keys_of(account_id), lambda key: key.key_id, asked)
    items = [account_rendering.key(key) for key in page.items]
    return await answer_durable(venue, KeyPage(items, page.next))


async def revoke_key(venue: Venue, call: Call, key_id: KeyId) -> Answer:
    """End a key at once."""
    outcome = await submit_as_admin(venue, call, RevokeKey(key_id=key_id))
    if isinstance(outcome.record.events[0], CommandRefused):
        return refused(outcome)
    return Answer(204, b"", outcome.record.last, outcome.replayed)


async def _add(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await add_key(venue, asked.call, account_id_in(asked), asked.content())


async def _list(venue: Venue, asked: Asked) -> Answer:
    return await keys(venue, asked.call, account_id_in(asked), plain_list(asked.query))


async def _revoke(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await revoke_key(venue, asked.call, KeyId(asked.path["key_id"]))


ROUTES: Final[tuple[Line, ...]] = (
    ("POST", "/admin/accounts/{account_id}/keys", _add),
    ("GET", "/admin/accounts/{account_id}/keys", _list),
    ("DELETE", "/admin/keys/{key_id}", _revoke),
)
OPERATIONS: Final = (
    operation(
        "post", "/accounts/{account_id}/keys", "Make a key; its secret is shown once",
        NewKey, status=201, body=bodies.KEY,
    ),
    operation(
        "get", "/accounts/{account_id}/keys", "List keys without their secrets",
        KeyPage, query=LIST,
    ),
    operation("delete", "/keys/{key_id}", "Revoke a key", None, status=204),
)  # fmt: skip
