"""Order entry over the stream: each method is a call of REST, with its path in the parameters."""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from openoutcry.gateway.limits import CALL_COST, CANCEL_COST
from openoutcry.gateway.native import batch, cancel_after, orders
from openoutcry.gateway.native.calls import Answer, Call
from openoutcry.gateway.native.paging import cancel_filter
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.strict_json import json_type
from openoutcry.gateway.venue import Venue
from openoutcry.model.units import OrderId

Params = dict[str, object]
_IDS: Final = range(1, 2**63)


class Method(NamedTuple):
    """What answers a request, and what it costs of the account's rate."""

    run: Callable[[Venue, Call, Params], Awaitable[Answer]]
    cost: float = CALL_COST


def order_id_in(params: Params) -> OrderId:
    """Take the order that parameters name out of them; what is no id names no order."""
    order_id = params.pop("order_id", None)
    if order_id is None:
        raise Problem(400, "missing_property", "missing property: order_id")
    if type(order_id) is not int:
        detail = f"order_id is a JSON integer; found {json_type(order_id)}"
        raise Problem(400, "invalid_type", detail)
    if order_id not in _IDS:
        raise Problem(404, "unknown_order", "no such order of this account")
    return OrderId(order_id)


def only_order_id(params: Params) -> OrderId:
    """Take the order out of parameters that have nothing else."""
    order_id = order_id_in(params)
    refuse_others(params, "order_id")
    return order_id


def refuse_others(params: Params, allowed: str) -> None:
    """Refuse parameters that a method does not have."""
    if params:
        names = ", ".join(repr(name) for name in sorted(params))[:200]
        detail = f"unknown parameter: {names}; this method takes {allowed or 'none'}"
        raise Problem(400, "unknown_property", detail)


async def _place(venue: Venue, call: Call, params: Params) -> Answer:
    return await orders.place(venue, call, params)


async def _amend(venue: Venue, call: Call, params: Params) -> Answer:
    return await orders.amend(venue, call, order_id_in(params), params)


async def _cancel(venue: Venue, call: Call, params: Params) -> Answer:
    return await orders.cancel(venue, call, only_order_id(params))


async def _cancel_all(venue: Venue, call: Call, params: Params) -> Answer:
    query: dict[str, str] = {}
    for name, value in params.items():
        if isinstance(value, str):
            query[name] = value
        elif value is not None:
            detail = f"{name} is a JSON string; found {json_type(value)}"
            raise Problem(400, "invalid_type", detail)
    chosen = cancel_filter(query)
    return await orders.cancel_all(venue, call, chosen.symbol, chosen.side)


METHODS: Final = {
    "order.place": Method(_place),
    "order.amend": Method(_amend),
    "order.cancel": Method(_cancel, CANCEL_COST),
    "orders.cancel_all": Method(_cancel_all, CANCEL_COST),
    "order.batch": Method(batch.batch),
    "cancel_after": Method(cancel_after.cancel_after, CANCEL_COST),
}
