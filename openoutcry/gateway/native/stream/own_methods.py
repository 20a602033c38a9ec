"""The methods that are the stream's own: who one is, what one hears, and leaving."""

from typing import Final, Protocol

from openoutcry.gateway.guard import NOBODY, Caller
from openoutcry.gateway.limits import CALL_COST
from openoutcry.gateway.native.calls import Answer, Call
from openoutcry.gateway.native.stream.deadman import DeadMan
from openoutcry.gateway.native.stream.identity import Identity
from openoutcry.gateway.native.stream.methods import METHODS, refuse_others
from openoutcry.gateway.native.stream.replies import answer_result
from openoutcry.gateway.native.stream.requests import Request, RequestId
from openoutcry.gateway.native.stream.subscribing import subscribe_of, unsubscribe_of
from openoutcry.gateway.native.stream.subscriptions import Subscriptions
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.signatures import unauthenticated
from openoutcry.gateway.strict_json import json_type
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission
from openoutcry.model.units import Symbol
from openoutcry.streams.connections import Holder, TooMany
from openoutcry.streams.feeds.topic import Channel
from openoutcry.streams.outbox import Outbox

LEFT: Final = 1000
"""Close code after a logout."""
OWN: Final = ("subscribe", "unsubscribe", "ping", "authenticate", "logout")
RETRY_AFTER: Final = ((b"retry-after", b"1"),)


class Party(Protocol):
    """The connection that a method is for."""

    outbox: Outbox
    dead_man: DeadMan
    subscriptions: Subscriptions

    def reply(self, request_id: RequestId, answer: Answer, came: int) -> None:
        """Tell the answer to a request."""

    def call(self, caller: Caller, request: Request) -> Call:
        """Return a request as the venue's calls take it."""

    def become(self, caller: Caller) -> None:
        """Be somebody else."""

    def beat(self) -> None:
        """Tell where the venue is."""

    def close(self, code: int) -> None:
        """End, after what waits already."""


def run(party: Party, venue: Venue, identity: Identity, request: Request, came: int) -> None:
    """Answer a request; raises what is wrong with it."""
    params = dict(request.params)
    match request.method:
        case "ping":
            refuse_others(params, "")
            party.reply(request.request_id, answer_result({}), came)
        case "subscribe":
            _subscribe(party, venue, identity, request, came)
        case "unsubscribe":
            identity.somebody()
            _unsubscribe(party, request, came)
        case "authenticate":
            caller = _authenticate(party, venue, identity, params)
            result = {
                "account_id": caller.account_id,
                "permissions": [permission.value for permission in caller.permissions],
            }
            party.reply(request.request_id, answer_result(result), came)
            party.beat()
        case "logout":
            refuse_others(params, "")
            party.dead_man.disarm()
            party.reply(request.request_id, answer_result({}), came)
            party.close(LEFT)
        case _:
            names = ", ".join((*METHODS, *OWN))
            raise Problem(400, "invalid_value", f"method is one of {names}")


def refuse_too_many(venue: Venue, holder: Holder) -> None:
    """Raise 429 where one more connection of somebody would be too many."""
    try:
        venue.connections.check(holder)
    except TooMany as fault:
        raise Problem(429, "rate_limited", str(fault), headers=RETRY_AFTER) from fault


def _authenticate(
    party: Party, venue: Venue, identity: Identity, params: dict[str, object]
) -> Caller:
    key = params.pop("key", None)
    refuse_others(params, "key")
    if key is None:
        raise Problem(400, "missing_property", "missing property: key; authenticate takes key")
    if not isinstance(key, str):
        raise Problem(400, "invalid_type", f"key is a JSON string; found {json_type(key)}")
    try:
        caller = identity.known(key)
    except Problem:
        # Whoever shows a wrong key is not taken for somebody else, the demo account included.
        party.become(NOBODY)
        raise
    if caller.account_id != identity.caller.account_id:
        refuse_too_many(venue, Holder(caller.account_id, identity.address))
    party.become(caller)
    return caller


def _subscribe(party: Party, venue: Venue, identity: Identity, request: Request, came: int) -> None:
    caller = identity.somebody()
    venue.limits.spend(caller, CALL_COST)
    wanted = subscribe_of(request.params)
    if wanted.cancels_on_disconnect:
        caller.demand(Permission.TRADE)
        if caller.key_id is None and Permission.ADMIN not in caller.permissions:
            raise unauthenticated("cancel_on_disconnect needs a key: this account is everybody's")
    names = party.subscriptions.add(wanted, caller.account_id)
    if wanted.channel is Channel.EXECUTIONS:
        if wanted.cancels_on_disconnect:
            party.dead_man.arm(party.call(caller, request))
        else:
            party.dead_man.disarm()
    party.reply(request.request_id, answer_result(_told(wanted.channel, wanted.symbols)), came)
    if wanted.joins:
        party.outbox.join_from_now()
    party.subscriptions.begin(names)


def _unsubscribe(party: Party, request: Request, came: int) -> None:
    channel, symbols = unsubscribe_of(request.params)
    party.subscriptions.remove(channel, symbols)
    if channel is Channel.EXECUTIONS:
        party.dead_man.disarm()
    party.reply(request.request_id, answer_result(_told(channel, symbols)), came)


def _told(channel: Channel, symbols: tuple[Symbol, ...]) -> dict[str, object]:
    named: dict[str, object] = {"channel": channel.value}
    return {**named, "symbols": list(symbols)} if symbols else named
