"""How the simple API's calls read in OpenAPI: parameters, bodies, answers and every problem."""

from typing import Any, Final

from openoutcry.gateway.openapi import PROBLEMS, headers_of, problem
from openoutcry.gateway.schemas import IDEMPOTENCY_KEY
from openoutcry.gateway.simple.listing import LIMIT_MAX
from openoutcry.gateway.simple.order import SimpleStatus
from openoutcry.gateway.simple.parse import QUANTITY_MAX, SYMBOL_LENGTH_MAX

Description = dict[str, Any]

_TIME: Final = {"type": "string", "format": "date-time"}
_ORDER: Final = {
    "title": "SimpleOrder",
    "type": "object",
    "required": [
        "id",
        "order_id",
        "stocks",
        "quantity",
        "status",
        "filled_quantity",
        "average_price",
        "created_at",
        "updated_at",
    ],
    "properties": {
        "id": {"type": "integer", "minimum": 1, "description": "The same number as order_id."},
        "order_id": {"type": "integer", "minimum": 1},
        "stocks": {"type": "string"},
        "quantity": {"type": "integer"},
        "status": {"enum": [status.value for status in SimpleStatus]},
        "filled_quantity": {"type": "integer", "minimum": 0},
        "average_price": {
            "type": ["string", "null"],
            "description": "Decimal, rounded half to even at 8 places; null while nothing filled.",
        },
        "created_at": _TIME,
        "updated_at": _TIME,
    },
}
_BODY: Final = {
    "title": "SimpleOrderBody",
    "type": "object",
    "additionalProperties": False,
    "required": ["stocks", "quantity"],
    "properties": {
        "stocks": {"type": "string", "minLength": 1, "maxLength": SYMBOL_LENGTH_MAX},
        "quantity": {"type": "integer", "minimum": 1, "maximum": QUANTITY_MAX},
    },
    "example": {"stocks": "AAPL", "quantity": 10},
}
_ORDER_ID: Final = {
    "name": "order_id",
    "in": "path",
    "required": True,
    "description": "Anything that is not a positive integer names no order: 404.",
    "schema": {"type": "string"},
}
_SELECTION: Final = [
    {
        "name": "status",
        "in": "query",
        "required": False,
        "schema": {"enum": [status.value for status in SimpleStatus]},
    },
    {
        "name": "limit",
        "in": "query",
        "required": False,
        "description": "Without it: all of them.",
        "schema": {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX},
    },
    {
        "name": "after",
        "in": "query",
        "required": False,
        "description": "Orders with a greater order_id only.",
        "schema": {"type": "integer", "minimum": 1},
    },
]
_EVERYWHERE: Final = {status: PROBLEMS[status] for status in (401, 403, 429, 503)}


def _answer(words: str, schema: Description | None, status: int = 200, *more: str) -> Description:
    answer: Description = {"description": words, "headers": headers_of(status, *more)}
    if schema is not None:
        answer["content"] = {"application/json": {"schema": schema}}
    return answer


def _problems(own: dict[int, str]) -> Description:
    statuses = sorted({**own, **_EVERYWHERE}.items())
    return {str(status): problem(status, words) for status, words in statuses}


_UNKNOWN: Final = {404: "no simple order of the caller (`unknown_order`)"}
LIST: Final[Description] = {
    "parameters": _SELECTION,
    "responses": {
        "200": _answer("The orders, oldest first.", {"type": "array", "items": _ORDER}),
        **_problems({400: "an unknown, repeated or bad parameter"}),
    },
}
READ: Final[Description] = {
    "parameters": [_ORDER_ID],
    "responses": {"200": _answer("The order.", _ORDER), **_problems(_UNKNOWN)},
}
PLACE: Final[Description] = {
    "parameters": [IDEMPOTENCY_KEY],
    "responses": {
        "201": _answer(
            "The order as accepted: always PENDING.",
            _ORDER,
            201,
            "Location",
            "Idempotency-Replayed",
        ),
        **_problems(
            {
                400: "the first fault of: JSON, an object, a repeated, missing or unknown property,"
                " types, values; or the venue's refusal by its code (`unknown_instrument` …)",
                408: "the body did not end in time (`body_incomplete`)",
                409: "the Idempotency-Key was used with another body (`key_reused`)",
                413: "the body is too large (`body_too_large`)",
            }
        ),
    },
    "requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}},
}
CANCEL: Final[Description] = {
    "parameters": [_ORDER_ID],
    "responses": {
        "204": _answer("Canceled, by this call or an earlier one.", None, 204),
        **_problems({**_UNKNOWN, 409: "already executed (`too_late`)"}),
    },
}
