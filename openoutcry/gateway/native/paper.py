"""What an account may do to itself as a whole: begin anew, and give up a position.

All money here is the venue's play money, so an owner may ask for as much as they like.
"""

import time
from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from openoutcry.gateway.native import account_rendering
from openoutcry.gateway.native.admin.account_bodies import RESET, reset_account
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import Answer, Call, answer_outcome, answer_refusal, submit
from openoutcry.gateway.native.orders import placed
from openoutcry.gateway.native.recalling import recalled_or
from openoutcry.gateway.openapi import Operation
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.refusals import problem_of
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission
from openoutcry.model.commands import EnterOrder
from openoutcry.model.events import AccountReset, CommandRefused
from openoutcry.model.order import OrderType, Side, Special, TimeInForce
from openoutcry.model.units import Lots, Symbol
from openoutcry.sequencer.batch import Outcome
from openoutcry.wire.accounts import Account
from openoutcry.wire.orders import Order

CREATED: Final = 201


async def reset(venue: Venue, call: Call, content: Mapping[str, object]) -> Answer:
    """Let the account begin anew: no orders, no positions, nothing but cash."""
    call.caller.demand(Permission.TRADE)
    command = replace(reset_account(content, call.account_id), by_owner=True)
    outcome = await submit(venue, call, command)
    for event in outcome.record.events:
        if isinstance(event, AccountReset):
            shape = account_rendering.new_account(event.account, command.cash, outcome.record.last)
            return answer_outcome(200, shape, outcome)
    refusal = outcome.record.events[0]
    assert isinstance(refusal, CommandRefused), "a command is carried out or refused"
    return answer_refusal(problem_of(refusal.reason, refusal.allowed), outcome)


async def flatten(venue: Venue, call: Call, symbol: Symbol) -> Answer:
    """Close a position by a market order that only reduces; answer with the order."""
    call.caller.demand(Permission.TRADE)
    engine = venue.sequencer.engine
    lots = engine.positions(call.account_id).get(symbol, (0, 0, 0))[0]
    instrument = engine.instrument(symbol)
    asked = ("flatten", symbol)
    if not lots:
        nothing = Problem(404, "not_found", "the account has no position in this symbol")
        return _flattened(await recalled_or(venue, call, asked, nothing))
    venue.attention.touch(symbol, time.monotonic())
    command = EnterOrder(
        account_id=call.account_id,
        symbol=symbol,
        side=Side.SELL if lots > 0 else Side.BUY,
        type=OrderType.MARKET,
        quantity=Lots(abs(lots)),
        time_in_force=TimeInForce.IOC,
        special=Special(reduce_only=True),
        grid=instrument.grid if instrument is not None else None,
    )
    return _flattened(await submit(venue, call, command, asked=asked))


def _flattened(outcome: Outcome) -> Answer:
    answer = placed(outcome)
    return answer._replace(status=200, location=None) if answer.status == CREATED else answer


async def _reset(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await reset(venue, asked.call, asked.content())


async def _flatten(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await flatten(venue, asked.call, asked.symbol())


ROUTES: Final[tuple[Line, ...]] = (
    ("POST", "/account/reset", _reset),
    ("DELETE", "/positions/{symbol:path}", _flatten),
)
OPERATIONS: Final = (
    Operation(
        "post",
        "/api/v1/account/reset",
        "Begin anew with nothing but cash",
        "account",
        Account,
        body=RESET,
    ),
    Operation(
        "delete",
        "/api/v1/positions/{symbol:path}",
        "Close a position by a market order",
        "account",
        Order,
        problems=(422,),
    ),
)
