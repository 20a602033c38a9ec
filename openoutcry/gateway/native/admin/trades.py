"""Busts: a trade is undone.

The engine forgets trades, so the command says what the trade was, with both orders as they stand.
One of them may end between the look and the command; then the engine refuses, and we look again.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from openoutcry.gateway.bodies import Field, read_object
from openoutcry.gateway.native.admin import fields
from openoutcry.gateway.native.admin.submitting import operation, refused, submit_as_admin
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import Answer, Call, answer_outcome
from openoutcry.gateway.native.market import trade_shape
from openoutcry.gateway.native.recalling import recalled_or
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.simple.parse import order_id_of
from openoutcry.gateway.troubles import RETRY_AFTER
from openoutcry.gateway.venue import Venue
from openoutcry.history.trades import FoundTrade
from openoutcry.marketdata.tape import Trade
from openoutcry.model.account import Permission
from openoutcry.model.commands import BustTrade
from openoutcry.model.events import CommandRefused, TradeBusted
from openoutcry.model.reasons import Reason
from openoutcry.model.units import TradeId
from openoutcry.sequencer.batch import Outcome
from openoutcry.wire import market as wire

LOOKS_MAX: Final = 5
"""Looks at a trade whose orders keep changing, before the caller is asked to try again."""
BODY: Final = {"reason": Field("string", fields.reason)}
_UNKNOWN: Final = Problem(404, "unknown_trade", "no such trade, or it is not kept any more")
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
    reason = sent.get("reason", "")
    asked = ("bust_trade", trade_id, reason)
    for _look in range(LOOKS_MAX):
        found = await _find(venue, trade_id)
        if found is None:
            return _told(await recalled_or(venue, call, asked, _UNKNOWN))
        outcome = await submit_as_admin(venue, call, _command(found, reason), asked)
        if not _is_stale(outcome):
            return _told(outcome)
    detail = "an order of the trade keeps changing; try again"
    raise Problem(503, "not_ready", detail, headers=RETRY_AFTER)


async def _find(venue: Venue, trade_id: TradeId | None) -> FoundTrade | None:
    if trade_id is None:
        return None
    await venue.history.caught_up(venue.sequencer.engine.sequence)
    return await asyncio.to_thread(venue.history.trade, trade_id)


def _command(found: FoundTrade, reason: str) -> BustTrade:
    trade = found.trade
    return BustTrade(trade=found.event, reason=reason, at=trade.at, sequence=trade.sequence)


def _told(outcome: Outcome) -> Answer:
    """Return the answer to a bust, from its record alone: the trade may have left history."""
    record = outcome.record
    if not any(isinstance(event, TradeBusted) for event in record.events):
        return refused(outcome, _WORDS)
    command = record.entry.command
    assert isinstance(command, BustTrade)
    trade = command.trade
    undone = Trade(
        trade_id=trade.trade_id,
        grid=trade.taker.terms.grid,
        price=trade.price,
        quantity=trade.quantity,
        side=trade.side,
        busted=True,
        at=command.at,
        sequence=command.sequence,
    )
    return answer_outcome(200, trade_shape(undone), outcome)


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
    operation("post", "/trades/{trade_id}/bust", "Undo a trade", wire.Trade, body=BODY),
)
