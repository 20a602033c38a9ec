"""Busts: a trade is undone.

The engine forgets trades, so the command says what the trade was, with both orders as they stand.
One of them may end between the look and the command; then the engine refuses, and we look again.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from openoutcry.gateway.bodies import Field, read_object
from openoutcry.gateway.native.admin import fields
from openoutcry.gateway.native.admin.submitting import operation, refused, submit_as_admin
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import Answer, Call, answer_outcome
from openoutcry.gateway.native.market import trade_shape
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.simple.parse import order_id_of
from openoutcry.gateway.troubles import RETRY_AFTER
from openoutcry.gateway.venue import Venue
from openoutcry.history.trades import FoundTrade
from openoutcry.model.account import Permission
from openoutcry.model.commands import BustTrade
from openoutcry.model.events import CommandRefused, TradeBusted
from openoutcry.model.reasons import Reason
from openoutcry.model.units import TradeId
from openoutcry.sequencer.batch import Outcome
from openoutcry.wire.market import Trade

LOOKS_MAX: Final = 5
"""Looks at a trade whose orders keep changing, before the caller is asked to try again."""
BODY: Final = {"reason": Field("string", fields.reason)}
_WORDS: Final = {
    Reason.INSUFFICIENT_FUNDS: "the seller has spent the cash that it would have to give back",
    Reason.INSUFFICIENT_ASSET: "the buyer does not have any more what it would have to give back",
}


async def bust(
    venue: Venue, call: Call, trade_id: TradeId | None, content: Mapping[str, object]
) -> Answer:
    """Undo a trade; answer with it."""
    call.caller.demand(Permission.ADMIN)
    sent = read_object(content, BODY, "a bust has a reason")
    for _look in range(LOOKS_MAX):
        found = await _find(venue, trade_id)
        outcome = await _bust(venue, call, found, sent.get("reason", ""))
        if any(isinstance(event, TradeBusted) for event in outcome.record.events):
            return answer_outcome(200, trade_shape(replace(found.trade, busted=True)), outcome)
        if not _is_stale(outcome):
            return refused(outcome, _WORDS)
    detail = "an order of the trade keeps changing; try again"
    raise Problem(503, "not_ready", detail, headers=RETRY_AFTER)


async def _find(venue: Venue, trade_id: TradeId | None) -> FoundTrade:
    await venue.history.caught_up(venue.sequencer.engine.sequence)
    found = None
    if trade_id is not None:
        found = await asyncio.to_thread(venue.history.trade, trade_id)
    if found is None:
        raise Problem(404, "unknown_trade", "no such trade, or it is not kept any more")
    return found


async def _bust(venue: Venue, call: Call, found: FoundTrade, reason: str) -> Outcome:
    command = BustTrade(trade=found.event, reason=reason)
    asked = ("bust_trade", found.trade.trade_id, reason)
    return await submit_as_admin(venue, call, command, asked)


def _is_stale(outcome: Outcome) -> bool:
    first = outcome.record.events[0]
    return isinstance(first, CommandRefused) and first.reason is Reason.UNKNOWN_ORDER


async def _bust_trade(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    named = order_id_of(asked.path["trade_id"])  # Numbered in the same manner.
    trade_id = TradeId(named) if named is not None else None
    return await bust(venue, asked.call, trade_id, asked.content() if asked.body else {})


ROUTES: Final[tuple[Line, ...]] = (("POST", "/admin/trades/{trade_id}/bust", _bust_trade),)
OPERATIONS: Final = (
    operation("post", "/trades/{trade_id}/bust", "Undo a trade", Trade, body=BODY),
)
