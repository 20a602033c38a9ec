"""Reading an account: what it is worth, has, holds, traded, and every posting."""

import asyncio

from openoutcry.gateway.native import account_rendering, rendering
from openoutcry.gateway.native.calls import Answer, Call, answer, answer_durable
from openoutcry.gateway.native.paging import PlainList, position_in
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.venue import Venue
from openoutcry.history.pages import Series
from openoutcry.model.account import Permission
from openoutcry.wire.accounts import PostingPage
from openoutcry.wire.orders import FillPage


async def read_account(venue: Venue, call: Call) -> Answer:
    """Answer with the account and what it is worth now."""
    call.caller.demand(Permission.READ)
    engine = venue.sequencer.engine
    owner = engine.account(call.account_id)
    assert owner is not None, "a caller has an account"
    content = account_rendering.account_now(engine, owner)
    return await answer_durable(venue, content)


async def balances(venue: Venue, call: Call) -> Answer:
    """Answer with what the account has of every asset."""
    call.caller.demand(Permission.READ)
    held = venue.sequencer.engine.balances(call.account_id)
    return await answer_durable(venue, [account_rendering.balance(one) for one in held])


async def positions(venue: Venue, call: Call) -> Answer:
    """Answer with every position of the account that is not flat, and the flat ones it had."""
    call.caller.demand(Permission.READ)
    content = account_rendering.positions(venue.sequencer.engine, call.account_id)
    return await answer_durable(venue, content)


async def position(venue: Venue, call: Call, symbol: str) -> Answer:
    """Answer with the position in one symbol."""
    call.caller.demand(Permission.READ)
    for held in account_rendering.positions(venue.sequencer.engine, call.account_id):
        if held.symbol == symbol:
            return await answer_durable(venue, held)
    raise Problem(404, "not_found", "the account has never traded this symbol")


async def fills(venue: Venue, call: Call, asked: PlainList) -> Answer:
    """Answer with a page of the account's fills, newest first."""
    call.caller.demand(Permission.READ)
    before = position_in(Series.FILLS, asked.cursor)
    await venue.history.caught_up(venue.sequencer.engine.sequence)
    page = await asyncio.to_thread(
        venue.history.fills_page, call.account_id, before=before, limit=asked.limit
    )
    content = FillPage([rendering.fill(one) for one in page.items], page.next)
    return answer(200, content, page.reached)


async def postings(venue: Venue, call: Call, asked: PlainList) -> Answer:
    """Answer with a page of the account's postings, newest first."""
    call.caller.demand(Permission.READ)
    before = position_in(Series.POSTINGS, asked.cursor)
    await venue.history.caught_up(venue.sequencer.engine.sequence)
    page = await asyncio.to_thread(
        venue.history.postings_page, call.account_id, before=before, limit=asked.limit
    )
    content = PostingPage([account_rendering.posting(one) for one in page.items], page.next)
    return answer(200, content, page.reached)
