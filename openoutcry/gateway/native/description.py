"""How the native API's calls read in OpenAPI: one line each, in the order of the routes."""

from typing import Final

from openoutcry.gateway.bodies import Field
from openoutcry.gateway.native import admin_bodies, bodies
from openoutcry.gateway.openapi import Operation
from openoutcry.wire import accounts, market, orders, venue

_LIST: Final = ("limit", "cursor")
_ORDERS: Final = ("status", "symbol", "side", "after", "until", *_LIST)
_LISTED: Final = {
    "symbol": Field("string", str, required=True),
    **admin_bodies.INSTRUMENT,
} | {
    name: admin_bodies.INSTRUMENT[name]._replace(required=True)
    for name in admin_bodies.REQUIRED_TO_LIST
    if name in admin_bodies.INSTRUMENT
}


def _trading(method: str, path: str, summary: str, answer: object, **more: object) -> Operation:
    return Operation(method, f"/api/v1{path}", summary, "orders", answer, **more)  # type: ignore[arg-type]


def _reading(path: str, summary: str, answer: object, *query: str) -> Operation:
    return Operation("get", f"/api/v1{path}", summary, "account", answer, query=query)


def _admin(method: str, path: str, summary: str, answer: object, **more: object) -> Operation:
    path = f"/api/v1/admin{path}"
    return Operation(method, path, summary, "administration", answer, **more)  # type: ignore[arg-type]


OPERATIONS: Final = (
    _trading("post", "/orders", "Place an order", orders.Order, status=201, body=bodies.PLACE),
    _trading("get", "/orders", "List orders, newest first", orders.OrderPage, query=_ORDERS),
    _trading(
        "delete", "/orders", "Cancel all open orders", orders.Canceled, query=("symbol", "side")
    ),
    _trading("get", "/orders/by-client-id/{client_order_id:path}", "Read by your id", orders.Order),
    _trading("get", "/orders/{order_id}", "Read an order", orders.Order),
    _trading("patch", "/orders/{order_id}", "Amend an order", orders.Order, body=bodies.AMEND),
    _trading("delete", "/orders/{order_id}", "Cancel an order", orders.Order),
    _reading("/account", "Read the account and what it is worth", accounts.Account),
    _reading("/balances", "List what the account has of every asset", list[accounts.Balance]),
    _reading("/positions", "List positions", list[accounts.Position]),
    _reading("/positions/{symbol:path}", "Read one position", accounts.Position),
    _reading("/fills", "List fills, newest first", orders.FillPage, *_LIST),
    _reading("/postings", "List postings, newest first", accounts.PostingPage, *_LIST),
    Operation("get", "/api/v1/status", "Read how the venue stands", "venue", venue.Status),
    Operation("get", "/api/v1/clock", "Read the venue's time", "venue", venue.Clock),
    _admin(
        "post", "/accounts", "Open an account", accounts.Account,
        status=201, body=admin_bodies.ACCOUNT,
    ),
    _admin("get", "/accounts", "List accounts", accounts.AccountPage, query=_LIST),
    _admin("get", "/accounts/{account_id}", "Read an account", accounts.Account),
    _admin(
        "patch", "/accounts/{account_id}", "Change an account", accounts.Account,
        body=admin_bodies.ACCOUNT_CHANGE,
    ),
    _admin(
        "post", "/accounts/{account_id}/keys", "Make a key; its secret is shown once",
        accounts.NewKey, status=201, body=admin_bodies.KEY,
    ),
    _admin(
        "get", "/accounts/{account_id}/keys", "List keys without their secrets",
        accounts.KeyPage, query=_LIST,
    ),
    _admin(
        "post", "/accounts/{account_id}/deposits", "Deposit, or withdraw a negative quantity",
        accounts.Posting, status=201, body=admin_bodies.DEPOSIT,
    ),
    _admin("delete", "/keys/{key_id}", "Revoke a key", None, status=204),
    _admin(
        "post", "/instruments", "List an instrument", market.Instrument, status=201, body=_LISTED
    ),
    _admin(
        "put", "/instruments/{symbol:path}/phase", "Halt an instrument or let it trade",
        market.Instrument, body=admin_bodies.PHASE,
    ),
    _admin(
        "patch", "/instruments/{symbol:path}", "Change an instrument", market.Instrument,
        body=admin_bodies.INSTRUMENT,
    ),
)  # fmt: skip
