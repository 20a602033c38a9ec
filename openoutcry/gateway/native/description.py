"""How the native API's calls read in OpenAPI: one line each, in the order of the routes."""

from collections.abc import Mapping
from typing import Final

from openoutcry.gateway.bodies import Field
from openoutcry.gateway.native import (
    batch,
    bodies,
    cancel_after,
    candles,
    equity,
    groups,
    order_events,
    paper,
    prevented,
    preview,
    sequence,
    ticker,
    time_travel,
)
from openoutcry.gateway.native.admin import fields
from openoutcry.gateway.native.admin import table as administration
from openoutcry.gateway.openapi import Operation
from openoutcry.gateway.schemas import DECIMAL, Schema, body_schema
from openoutcry.model.account import Permission
from openoutcry.wire import accounts, orders, venue

_LIST: Final = ("limit", "cursor")
_AS_OF: Final = (time_travel.NAME,)
_ORDERS: Final = ("status", "symbol", "side", "after", "until", *_LIST)


def _trading(method: str, path: str, summary: str, answer: object, **more: object) -> Operation:
    return Operation(method, f"/api/v1{path}", summary, "orders", answer, **more)  # type: ignore[arg-type]


def _reading(path: str, summary: str, answer: object, *query: str) -> Operation:
    return Operation("get", f"/api/v1{path}", summary, "account", answer, query=query)


OPERATIONS: Final = (
    *cancel_after.OPERATIONS,
    *batch.OPERATIONS,
    *preview.OPERATIONS,
    *order_events.OPERATIONS,
    *sequence.OPERATIONS,
    *candles.OPERATIONS,
    *ticker.OPERATIONS,
    *equity.OPERATIONS,
    *paper.OPERATIONS,
    *groups.OPERATIONS,
    *prevented.OPERATIONS,
    _trading("post", "/orders", "Place an order", orders.Order, status=201, body=bodies.PLACE),
    _trading("get", "/orders", "List orders, newest first", orders.OrderPage, query=_ORDERS),
    _trading(
        "delete", "/orders", "Cancel all open orders", orders.Canceled, query=("symbol", "side")
    ),
    _trading("get", "/orders/by-client-id/{client_order_id:path}", "Read by your id", orders.Order),
    _trading("get", "/orders/{order_id}", "Read an order", orders.Order, query=_AS_OF),
    _trading("patch", "/orders/{order_id}", "Amend an order", orders.Order, body=bodies.AMEND),
    _trading("delete", "/orders/{order_id}", "Cancel an order", orders.Order),
    _reading("/account", "Read the account and what it is worth", accounts.Account),
    _reading(
        "/balances", "List what the account has of every asset", list[accounts.Balance], *_AS_OF
    ),
    _reading("/positions", "List positions", list[accounts.Position], *_AS_OF),
    _reading("/positions/{symbol:path}", "Read one position", accounts.Position, *_AS_OF),
    _reading("/fills", "List fills, newest first", orders.FillPage, *_LIST),
    _reading("/postings", "List postings, newest first", accounts.PostingPage, *_LIST),
    Operation("get", "/api/v1/status", "Read how the venue stands", "venue", venue.Status),
    Operation("get", "/api/v1/clock", "Read the venue's time", "venue", venue.Clock),
    *administration.OPERATIONS,
)  # fmt: skip


def _part(table: Mapping[str, Field], parts: Mapping[str, Schema]) -> Schema:
    """Return the schema of an object in a body, but for its type, to which null may belong."""
    schema = body_schema(table, parts)
    del schema["type"]
    return schema


PARTS: Final[dict[str, Schema]] = {
    "orders": {"items": body_schema(bodies.PLACE, {})},
    "permissions": {"items": {"enum": [one.value for one in Permission]}, "minItems": 1},
    "allowed_ips": {
        "items": {"type": "string", "examples": ["10.0.0.0/8"]},
        "maxItems": fields.ALLOWED_IPS_MAX,
    },
    "limits": _part(
        fields.LIMITS,
        {
            "positions": {
                "additionalProperties": {"type": "string", "pattern": DECIMAL},
                "description": "The largest position, long or short, by symbol.",
            },
            "mass_quote": _part(fields.MASS_QUOTE, {}),
        },
    ),
}
"""What is in the objects and arrays that may be sent, by the property that holds them."""
