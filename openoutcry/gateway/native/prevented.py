"""Matches that self-trade prevention prevented, as the account reads them."""

import asyncio
from typing import Final

from openoutcry.gateway.native import rendering
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import Answer, Call, answer
from openoutcry.gateway.native.paging import PlainList, plain_list, position_in
from openoutcry.gateway.openapi import Operation
from openoutcry.gateway.venue import Venue
from openoutcry.history.pages import Series
from openoutcry.model.account import Permission
from openoutcry.wire.orders import PreventedMatchPage


async def prevented_matches(venue: Venue, call: Call, asked: PlainList) -> Answer:
    """Answer with a page of the matches that an order of the account did not make."""
    call.caller.demand(Permission.READ)
    before = position_in(Series.PREVENTED, asked.cursor)
    await venue.history.caught_up(venue.sequencer.engine.sequence)
    page = await asyncio.to_thread(
        venue.history.prevented_page, call.account_id, before=before, limit=asked.limit
    )
    items = [rendering.prevented_match(one) for one in page.items]
    return answer(200, PreventedMatchPage(items, page.next), page.reached)


async def _prevented_matches(venue: Venue, asked: Asked) -> Answer:
    return await prevented_matches(venue, asked.call, plain_list(asked.query))


ROUTES: Final[tuple[Line, ...]] = (("GET", "/prevented-matches", _prevented_matches),)
OPERATIONS: Final = (
    Operation(
        "get",
        "/api/v1/prevented-matches",
        "List matches that self-trade prevention prevented, newest first",
        "orders",
        PreventedMatchPage,
        query=("limit", "cursor"),
    ),
)
