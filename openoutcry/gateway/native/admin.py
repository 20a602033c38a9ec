"""Administration: accounts, keys, deposits, instruments and phases, each a sequenced command."""

import time
from collections.abc import Mapping

from openoutcry.gateway.bodies import shown
from openoutcry.gateway.native import admin_bodies as bodies
from openoutcry.gateway.native import rendering
from openoutcry.gateway.native.calls import (
    Answer,
    Call,
    answer_durable,
    answer_outcome,
    answer_refusal,
    is_repeated,
    submit,
)
from openoutcry.gateway.native.market import instrument_shape
from openoutcry.gateway.native.paging import PlainList, page_of_all
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.refusals import OF_AN_INSTRUMENT, problem_of
from openoutcry.gateway.times import time_text
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission, Worth
from openoutcry.model.commands import AddKey, ChangeInstrument, Command, ListInstrument, RevokeKey
from openoutcry.model.decimals import text_of
from openoutcry.model.events import (
    AccountChanged,
    AccountOpened,
    CommandRefused,
    FundsMoved,
    InstrumentChanged,
    InstrumentListed,
    KeyAdded,
    PhaseChanged,
)
from openoutcry.model.order import Door
from openoutcry.model.reasons import Reason
from openoutcry.model.units import AccountId, Amount, KeyId, Symbol
from openoutcry.sequencer.batch import Outcome
from openoutcry.wire.accounts import AccountPage, KeyPage, NewKey, Posting


async def open_account(venue: Venue, call: Call, content: Mapping[str, object]) -> Answer:
    """Open an account with its first cash."""
    outcome = await _submit(venue, call, bodies.open_account(content))
    opened = outcome.record.events[0]
    if not isinstance(opened, AccountOpened):
        return _refused(outcome)
    record = outcome.record
    paid_in = [event.balance for event in record.events if isinstance(event, FundsMoved)]
    cash = paid_in[-1] if paid_in else Amount(0)
    shape = rendering.account(opened.account, Worth(cash, cash, cash), record.last)
    return answer_outcome(201, shape, outcome)


async def accounts(venue: Venue, call: Call, asked: PlainList) -> Answer:
    """Answer with a page of the accounts, in order of opening."""
    call.caller.demand(Permission.ADMIN)
    engine = venue.sequencer.engine
    page = page_of_all(engine.accounts(), lambda one: one.account_id, asked)
    items = [rendering.account_now(engine, one) for one in page.items]
    return await answer_durable(venue, AccountPage(items, page.next))


async def account(venue: Venue, call: Call, account_id: AccountId) -> Answer:
    """Answer with one account."""
    call.caller.demand(Permission.ADMIN)
    engine = venue.sequencer.engine
    owner = engine.account(account_id)
    if owner is None or not rendering.is_trader(owner):
        raise _unknown_account()
    return await answer_durable(venue, rendering.account_now(engine, owner))


async def change_account(
    venue: Venue, call: Call, account_id: AccountId, content: Mapping[str, object]
) -> Answer:
    """Change an account's name, status or limits."""
    outcome = await _submit(venue, call, bodies.change_account(content, account_id))
    changed = outcome.record.events[0]
    if not isinstance(changed, AccountChanged):
        return _refused(outcome)
    shape = rendering.account(changed.account, changed.worth, outcome.record.last)
    return answer_outcome(200, shape, outcome)


async def add_key(
    venue: Venue, call: Call, account_id: AccountId, content: Mapping[str, object]
) -> Answer:
    """Make a key; its secret is shown by this answer and never again."""
    made = bodies.make_key(content, account_id)
    asked = ("add_key", account_id, content)
    end = made.key.expires_at
    if end is not None and end <= venue.sequencer.clock.now() and not is_repeated(venue, call):
        found = shown(content["expires_at"])
        raise Problem(400, "invalid_value", f"expires_at is in the future; found {found}")
    outcome = await _submit(venue, call, AddKey(key=made.key), asked)
    added = outcome.record.events[0]
    if not isinstance(added, KeyAdded):
        return _refused(outcome)
    told = rendering.key(added.key)
    secret = None if outcome.replayed else made.secret
    new = NewKey(
        key_id=told.key_id,
        account_id=told.account_id,
        secret=secret,
        key=f"{told.key_id}.{secret}" if secret is not None else None,
        permissions=told.permissions,
        expires_at=told.expires_at,
        allowed_ips=told.allowed_ips,
    )
    return answer_outcome(201, new, outcome)


async def keys(venue: Venue, call: Call, account_id: AccountId, asked: PlainList) -> Answer:
    """Answer with a page of an account's keys, without their secrets."""
    call.caller.demand(Permission.ADMIN)
    engine = venue.sequencer.engine
    if engine.account(account_id) is None:
        raise _unknown_account()
    page = page_of_all(engine.keys_of(account_id), lambda key: key.key_id, asked)
    items = [rendering.key(key) for key in page.items]
    return await answer_durable(venue, KeyPage(items, page.next))


async def revoke_key(venue: Venue, call: Call, key_id: KeyId) -> Answer:
    """End a key at once."""
    outcome = await _submit(venue, call, RevokeKey(key_id=key_id))
    if isinstance(outcome.record.events[0], CommandRefused):
        return _refused(outcome)
    return Answer(204, b"", outcome.record.last, outcome.replayed)


async def deposit(
    venue: Venue, call: Call, account_id: AccountId, content: Mapping[str, object]
) -> Answer:
    """Pay in, or out what is available; answer with the posting."""
    outcome = await _submit(venue, call, bodies.deposit(content, account_id))
    moved = outcome.record.events[0]
    if not isinstance(moved, FundsMoved):
        return _refused(outcome)
    posting = Posting(
        posting_id=str(outcome.record.first),
        asset=moved.asset,
        amount=text_of(moved.amount),
        balance=text_of(moved.balance),
        kind=moved.kind.value,
        order_id=None,
        trade_id=None,
        at=time_text(outcome.record.entry.at),
        sequence=outcome.record.first,
    )
    return answer_outcome(201, posting, outcome)


async def list_instrument(venue: Venue, call: Call, content: Mapping[str, object]) -> Answer:
    """List an instrument."""
    outcome = await _submit(venue, call, ListInstrument(instrument=bodies.new_instrument(content)))
    listed = outcome.record.events[0]
    if not isinstance(listed, InstrumentListed):
        return _refused(outcome, OF_AN_INSTRUMENT)
    return answer_outcome(201, instrument_shape(listed.instrument), outcome)


async def change_instrument(
    venue: Venue, call: Call, symbol: Symbol, content: Mapping[str, object]
) -> Answer:
    """Change an instrument's fields; its grid only while nothing is open in it."""
    call.caller.demand(Permission.ADMIN)
    listed = venue.sequencer.engine.instrument(symbol)
    if listed is None:
        raise Problem(404, "unknown_instrument", "no such instrument is listed here")
    changed = bodies.changed_instrument(content, listed)
    asked = ("change_instrument", symbol, content)
    command = ChangeInstrument(instrument=changed, based_on=listed)
    outcome = await _submit(venue, call, command, asked)
    event = outcome.record.events[0]
    if not isinstance(event, InstrumentChanged):
        return _refused(outcome, OF_AN_INSTRUMENT)
    return answer_outcome(200, instrument_shape(event.instrument), outcome)


async def set_phase(
    venue: Venue, call: Call, symbol: Symbol, content: Mapping[str, object]
) -> Answer:
    """Halt an instrument, close it, or let it trade again."""
    venue.attention.touch(symbol, time.monotonic())
    outcome = await _submit(venue, call, bodies.set_phase(content, symbol))
    changed = outcome.record.events[0]
    if not isinstance(changed, PhaseChanged):
        return _refused(outcome)
    return answer_outcome(200, instrument_shape(changed.instrument), outcome)


async def _submit(venue: Venue, call: Call, command: Command, asked: object = None) -> Outcome:
    call.caller.demand(Permission.ADMIN)
    return await submit(venue, call, command, door=Door.ADMIN, asked=asked)


def _refused(outcome: Outcome, words: Mapping[Reason, str] | None = None) -> Answer:
    refusal = outcome.record.events[0]
    assert isinstance(refusal, CommandRefused), "a command is carried out or refused"
    own_words = (words or {}).get(refusal.reason)
    return answer_refusal(problem_of(refusal.reason, refusal.allowed, own_words), outcome)


def _unknown_account() -> Problem:
    return Problem(404, "unknown_account", "no such account")
