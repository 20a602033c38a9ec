"""The calls about orders."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal, Unpack

from openoutcry.client.answers.orders import (
    Batch,
    CancelAfter,
    Canceled,
    Group,
    Order,
    OrderEvent,
    PreventedMatch,
    Preview,
)
from openoutcry.client.request import (
    Listing,
    Request,
    asked,
    get,
    new_key,
    part,
    streamed,
    write,
)
from openoutcry.client.terms import Amendable, NewOrder, Number, Side, Terms, moment, number, said

_NUMBERS = frozenset(
    {
        "quantity", "price", "display_quantity", "minimum_quantity", "stop_price", "trail",
        "activation_price", "peg_offset",
    }
)  # fmt: skip
"""Terms that are decimals, so an integer is said as text."""


def place(
    symbol: str,
    side: Side,
    quantity: Number,
    *,
    idempotency_key: str | None = None,
    **terms: Unpack[Terms],
) -> Request[Order]:
    """Place an order; `type` is "limit" if not named.

    Without a key it gets a client_order_id, if it has none, and is recognised by that.
    """
    body = _order({"symbol": symbol, "side": side, "quantity": quantity, **terms})
    if idempotency_key is None:
        body.setdefault("client_order_id", new_key())
    request = Request(method="POST", path="/orders", answer=Order, body=body, key=idempotency_key)
    return streamed(request, "order.place", body)


def amend(
    order_id: int,
    *,
    quantity: Number | None = None,
    idempotency_key: str | None = None,
    **terms: Unpack[Amendable],
) -> Request[Order]:
    """Change an open order; only what is named changes."""
    body = _said({"quantity": quantity, **terms})
    request = write("PATCH", f"/orders/{order_id}", Order, body, idempotency_key)
    return streamed(request, "order.amend", {"order_id": order_id, **body})


def cancel(order_id: int, *, idempotency_key: str | None = None) -> Request[Order]:
    """Cancel an order; one that ended otherwise is a problem with code "too_late"."""
    request = write("DELETE", f"/orders/{order_id}", Order, None, idempotency_key)
    return streamed(request, "order.cancel", {"order_id": order_id})


def cancel_all(
    symbol: str | None = None, side: Side | None = None, *, idempotency_key: str | None = None
) -> Request[Canceled]:
    """Cancel all open orders, of one symbol or side where they are named."""
    chosen = asked(symbol=symbol, side=side)
    request = write("DELETE", "/orders", Canceled, None, idempotency_key)
    return streamed(replace(request, query=chosen), "orders.cancel_all", chosen)


def batch(orders: Sequence[NewOrder], *, idempotency_key: str | None = None) -> Request[Batch]:
    """Place up to 50 orders, each on its own."""
    body = {"orders": [_order(one) for one in orders]}
    request = write("POST", "/orders/batch", Batch, body, idempotency_key)
    return streamed(request, "order.batch", body)


def group(
    kind: Literal["oco", "oto", "bracket"],
    orders: Sequence[NewOrder],
    *,
    idempotency_key: str | None = None,
) -> Request[Group]:
    """Place orders that depend on each other, all of them or none; the parent comes first."""
    body = {"kind": kind, "orders": [_order(one) for one in orders]}
    return write("POST", "/orders/group", Group, body, idempotency_key)


def cancel_after(timeout_s: int, *, idempotency_key: str | None = None) -> Request[CancelAfter]:
    """Cancel all open orders unless this is called again in time; 0 is off."""
    body = {"timeout_s": timeout_s}
    request = write("PUT", "/cancel-after", CancelAfter, body, idempotency_key)
    return streamed(request, "cancel_after", body)


def preview(symbol: str, side: Side, quantity: Number, **terms: Unpack[Terms]) -> Request[Preview]:
    """Say what an order would come to now; places nothing."""
    body = _order({"symbol": symbol, "side": side, "quantity": quantity, **terms})
    return Request(method="POST", path="/orders/preview", answer=Preview, body=body)


def order(order_id: int, *, as_of: int | None = None) -> Request[Order]:
    """Read an order, as it stands or as it stood after a sequence."""
    return get(f"/orders/{order_id}", Order, as_of=as_of)


def order_by_client_id(client_order_id: str) -> Request[Order]:
    """Read an order by the name that it was given."""
    return get(f"/orders/by-client-id/{part(client_order_id)}", Order)


def orders(
    status: Literal["open", "closed", "all"] = "open",
    *,
    symbol: str | None = None,
    side: Side | None = None,
    after: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> Listing[Order]:
    """List orders, newest first; `after` and `until` are times of creation."""
    query = asked(
        status=status,
        symbol=symbol,
        side=side,
        after=None if after is None else moment(after),
        until=None if until is None else moment(until),
    )
    return Listing(path="/orders", item=Order, query=query, limit=limit)


def order_events(order_id: int, *, limit: int | None = None) -> Listing[OrderEvent]:
    """List what became of an order, newest first."""
    return Listing(path=f"/orders/{order_id}/events", item=OrderEvent, limit=limit)


def prevented_matches(*, limit: int | None = None) -> Listing[PreventedMatch]:
    """List matches that self-trade prevention prevented, newest first."""
    return Listing(path="/prevented-matches", item=PreventedMatch, limit=limit)


def _order(terms: Mapping[str, object]) -> dict[str, object]:
    return {"type": "limit", **_said(terms)}


def _said(terms: Mapping[str, object]) -> dict[str, object]:
    return {
        name: number(value) if name in _NUMBERS else said(value)  # type: ignore[arg-type]
        for name, value in terms.items()
        if value is not None
    }
