"""What is said on `/ws`, for its description: the actions of clients and the venue's messages."""

from typing import Final

from openoutcry.gateway.asyncapi import Socket, Spoken
from openoutcry.gateway.schemas import Schema
from openoutcry.gateway.simple.actions import REQUEST_ID_MAX
from openoutcry.gateway.simple.listing import LIMIT_MAX
from openoutcry.gateway.simple.messages import OrderMessage
from openoutcry.gateway.simple.order import SimpleOrder, SimpleStatus
from openoutcry.gateway.simple.parse import QUANTITY_MAX, SYMBOL_LENGTH_MAX
from openoutcry.gateway.simple.socket import Reset

REPLY: Final = "simple_reply"
_REQUEST_ID: Final[Schema] = {
    "description": "Comes back with the reply.",
    "anyOf": [
        {"type": "string", "maxLength": REQUEST_ID_MAX},
        {"type": "integer"},
        {"type": "null"},
    ],
}

_REPLY: Final[Schema] = {
    "type": "object",
    "required": ["event", "request_id", "status"],
    "properties": {
        "event": {"const": "reply"},
        "request_id": _REQUEST_ID,
        "status": {"type": "integer", "description": "That of the same REST call; a ping's 200."},
        "order": {"$ref": "#/components/schemas/SimpleOrder"},
        "orders": {"type": "array", "items": {"$ref": "#/components/schemas/SimpleOrder"}},
        "more": {"const": True, "description": "There are more orders after these."},
        "problem": {"$ref": "#/components/schemas/Problem"},
    },
}


def _action(name: str, summary: str, properties: dict[str, Schema], *required: str) -> Spoken:
    payload: Schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["action", *required],
        "properties": {"action": {"const": name}, **properties, "request_id": _REQUEST_ID},
    }
    return Spoken(f"simple_{name}", summary, payload, REPLY)


SOCKET: Final = Socket(
    "simple",
    "/ws",
    "Every change of the account's simple orders; no subscription is needed",
    {
        "from_sequence": {
            "type": "integer",
            "minimum": 0,
            "description": "First every message after this sequence, then what comes.",
        }
    },
    heard=(
        _action(
            "authenticate",
            "Say who listens; needed where the handshake had no key and AUTH=keys",
            {"key": {"type": "string"}},
            "key",
        ),
        _action(
            "place",
            "Place an order, as POST /orders does",
            {
                "stocks": {"type": "string", "minLength": 1, "maxLength": SYMBOL_LENGTH_MAX},
                "quantity": {"type": "integer", "minimum": 1, "maximum": QUANTITY_MAX},
            },
            "stocks",
            "quantity",
        ),
        _action(
            "cancel",
            "Cancel an order, as DELETE /orders/{order_id} does",
            {"order_id": {"type": "integer"}},
            "order_id",
        ),
        _action(
            "orders",
            "List orders, as GET /orders does; a long list comes in part, with `more`",
            {
                "status": {"enum": [status.value for status in SimpleStatus]},
                "limit": {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX},
                "after": {"type": "integer", "minimum": 1},
            },
        ),
        _action("ping", "Ask whether the venue is there", {}),
    ),
    told=(
        Spoken("simple_order", "A change of one order; the first is its PENDING", OrderMessage),
        Spoken(REPLY, "The answer to one message: what the same REST call answers", _REPLY),
        Spoken("simple_reset", "Nothing is replayed: read GET /orders", Reset),
    ),
    parts=(SimpleOrder,),
)
