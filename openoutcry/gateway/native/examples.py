"""A body for every native call that takes one: what the description shows and the tests send."""

from typing import Final

from openoutcry.gateway.schemas import Schema

_ORDER: Final[Schema] = {
    "symbol": "AAPL",
    "side": "buy",
    "type": "limit",
    "quantity": "10",
    "price": "187.20",
    "client_order_id": "a-1",
}
_EXITS: Final[list[Schema]] = [
    {"symbol": "AAPL", "side": "sell", "type": "limit", "quantity": "10", "price": "195.00"},
    {"symbol": "AAPL", "side": "sell", "type": "stop", "quantity": "10", "stop_price": "180.00"},
]
BODIES: Final[dict[str, Schema]] = {
    "POST /orders": _ORDER,
    "POST /orders/preview": _ORDER,
    "POST /orders/batch": {"orders": [_ORDER, _ORDER | {"client_order_id": "a-2"}]},
    "POST /orders/group": {
        "kind": "bracket",
        "orders": [_ORDER | {"client_order_id": "a-3"}, *_EXITS],
    },
    "PATCH /orders/{order_id}": {"quantity": "12", "price": "187.25"},
    "PUT /cancel-after": {"timeout_s": 30},
    "POST /account/reset": {"cash": "1000000"},
    "POST /admin/accounts": {
        "name": "alice",
        "cash": "1000000",
        "margin": 1,
        "limits": {"open_orders": 1000},
    },
    "PATCH /admin/accounts/{account_id}": {"status": "active", "limits": {"open_orders": None}},
    "POST /admin/accounts/{account_id}/keys": {
        "permissions": ["read", "trade"],
        "expires_at": "2099-01-01T00:00:00Z",
        "allowed_ips": ["127.0.0.1", "10.0.0.0/8"],
    },
    "POST /admin/accounts/{account_id}/deposits": {"asset": "AAPL", "quantity": "100"},
    "POST /admin/accounts/{account_id}/reset": {"cash": "1000000"},
    "POST /admin/instruments": {
        "symbol": "XYZ",
        "price_increment": "0.01",
        "quantity_increment": "1",
        "reference_price": "50",
    },
    "PATCH /admin/instruments/{symbol}": {"taker_fee_bps": "2.5", "protection_bps": 400},
    "PUT /admin/instruments/{symbol}/phase": {"phase": "continuous", "reason": "news is out"},
    "POST /admin/trades/{trade_id}/bust": {"reason": "clearly erroneous"},
    "PUT /admin/kill-switch": {"account_id": "demo", "on": True, "reason": "runaway program"},
    "PUT /admin/tiers/{name}": {"maker_fee_bps": "-0.5", "taker_fee_bps": "1.5"},
}
"""By method and path under the prefix, as the description writes it."""
