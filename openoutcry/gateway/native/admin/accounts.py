"""Accounts: opened, listed, read, changed, begun anew."""

from collections.abc import Mapping
from typing import Final

from openoutcry.gateway.native import account_rendering
from openoutcry.gateway.native.admin import account_bodies as bodies
from openoutcry.gateway.native.admin.submitting import (
    LIST,
    operation,
    refused,
    submit_as_admin,
    unknown_account,
)
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import Answer, Call, answer_durable, answer_outcome
from openoutcry.gateway.native.paging import PlainList, page_of_all, plain_list
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import MONEY, Permission
from openoutcry.model.events import AccountChanged, AccountOpened, AccountReset, FundsMoved
from openoutcry.model.reasons import Reason
from openoutcry.model.units import AccountId, Amount
from openoutcry.wire.accounts import Account, AccountPage

_WORDS: Final = {
    Reason.NOT_FOUND: "there is no such tier; PUT /admin/tiers/{name} makes one",
    Reason.ORDERS_RESTING: "the margin cannot change while the account has open orders",
    Reason.INSUFFICIENT_FUNDS: "the account owes what a cash account cannot owe",
}


async def open_account(venue: Venue, call: Call, content: Mapping[str, object]) -> Answer:
    """Open an account with its first cash."""
    outcome = await submit_as_admin(venue, call, bodies.open_account(content))
    record = outcome.record
    opened = record.events[0]
    if not isinstance(opened, AccountOpened):
        return refused(outcome, _WORDS)
    paid_in = [event.balance for event in record.events if isinstance(event, FundsMoved)]
    cash = paid_in[-1] if paid_in else Amount(0)
    shape = account_rendering.new_account(opened.account, cash, record.last)
    return answer_outcome(201, shape, outcome)


async def accounts(venue: Venue, call: Call, asked: PlainList) -> Answer:
    """Answer with a page of the accounts, in order of opening."""
    call.caller.demand(Permission.ADMIN)
    engine = venue.sequencer.engine
    page = page_of_all(engine.accounts(), lambda one: one.account_id, asked)
    items = [account_rendering.account_now(engine, one) for one in page.items]
    return await answer_durable(venue, AccountPage(items, page.next))


async def account(venue: Venue, call: Call, account_id: AccountId) -> Answer:
    """Answer with one account."""
    call.caller.demand(Permission.ADMIN)
    engine = venue.sequencer.engine
    owner = engine.account(account_id)
    if owner is None or not account_rendering.is_trader(owner):
        raise unknown_account()
    return await answer_durable(venue, account_rendering.account_now(engine, owner))


async def change_account(
    venue: Venue, call: Call, account_id: AccountId, content: Mapping[str, object]
) -> Answer:
    """Change an account's name, status, terms or limits."""
    outcome = await submit_as_admin(venue, call, bodies.change_account(content, account_id))
    record = outcome.record
    changed = record.events[0]
    if not isinstance(changed, AccountChanged):
        return refused(outcome, _WORDS)
    # Records of the first editions do not tell it.
    at_stake = changed.at_stake or venue.sequencer.engine.margin(account_id, MONEY)
    shape = account_rendering.account(changed.account, changed.worth, record.last, at_stake)
    return answer_outcome(200, shape, outcome)


async def reset_account(
    venue: Venue, call: Call, account_id: AccountId, content: Mapping[str, object]
) -> Answer:
    """Let an account begin anew: no orders, no positions, nothing but cash."""
    command = bodies.reset_account(content, account_id)
    outcome = await submit_as_admin(venue, call, command)
    for event in outcome.record.events:
        if isinstance(event, AccountReset):
            shape = account_rendering.new_account(event.account, command.cash, outcome.record.last)
            return answer_outcome(200, shape, outcome)
    return refused(outcome)


def account_id_in(asked: Asked) -> AccountId:
    """Return the account that the path names."""
    return AccountId(asked.path["account_id"])


async def _open(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await open_account(venue, asked.call, asked.content())


async def _list(venue: Venue, asked: Asked) -> Answer:
    return await accounts(venue, asked.call, plain_list(asked.query))


async def _read(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await account(venue, asked.call, account_id_in(asked))


async def _change(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await change_account(venue, asked.call, account_id_in(asked), asked.content())


async def _reset(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await reset_account(venue, asked.call, account_id_in(asked), asked.content())


ROUTES: Final[tuple[Line, ...]] = (
    ("POST", "/admin/accounts", _open),
    ("GET", "/admin/accounts", _list),
    ("GET", "/admin/accounts/{account_id}", _read),
    ("PATCH", "/admin/accounts/{account_id}", _change),
    ("POST", "/admin/accounts/{account_id}/reset", _reset),
)
OPERATIONS: Final = (
    operation("post", "/accounts", "Open an account", Account, status=201, body=bodies.ACCOUNT),
    operation("get", "/accounts", "List accounts", AccountPage, query=LIST),
    operation("get", "/accounts/{account_id}", "Read an account", Account),
    operation(
        "patch", "/accounts/{account_id}", "Change an account", Account,
        body=bodies.ACCOUNT_CHANGE,
    ),
    operation(
        "post", "/accounts/{account_id}/reset", "Let an account begin anew with nothing but cash",
        Account, body=bodies.RESET,
    ),
)  # fmt: skip
