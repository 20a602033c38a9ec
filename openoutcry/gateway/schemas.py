"""JSON schemas of what may be sent: properties by the tables that read them, parameters by name.

Rule: a schema says no more than the readers demand. What breaks it is refused; what a market rule
refuses may still fit it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from openoutcry.gateway.bodies import (
    TEXT_MAX,
    Field,
    decimal,
    positive_decimal,
    symbol,
    visible,
)
from openoutcry.gateway.retry_keys import KEY_MAX
from openoutcry.wire.times import nanos_of

Schema = dict[str, Any]

DECIMAL: Final = r"^-?[0-9]+(\.[0-9]+)?$"
_BY_READER: Final[dict[Callable[..., Any], Schema]] = {
    symbol: {"minLength": 1, "maxLength": TEXT_MAX},
    visible: {"pattern": f"^[!-~]{{1,{TEXT_MAX}}}$"},
    positive_decimal: {"pattern": DECIMAL, "examples": ["187.20"]},
    decimal: {"pattern": DECIMAL, "examples": ["-187.20"]},
    nanos_of: {"format": "date-time"},
}
_LIMIT: Final = {
    "type": "integer",
    "minimum": 1,
    "maximum": 500,
    "default": 100,
    "description": "Items of a page.",
}
_NAME: Final = {"type": "string", "minLength": 1, "maxLength": TEXT_MAX}
_SIDE: Final = {"enum": ["buy", "sell"]}
_TIME: Final = {"type": "string", "format": "date-time"}
PARAMETERS: Final[dict[str, Schema]] = {
    "limit": _LIMIT,
    "cursor": {"type": "string", "description": "The `next` of the page before."},
    "status": {"enum": ["open", "closed", "all"], "default": "open"},
    "symbol": _NAME,
    "symbols": {"type": "string", "description": "With commas between; without it, all."},
    "side": _SIDE,
    "after": _TIME | {"description": "Created at this time or later."},
    "until": _TIME | {"description": "Created at this time or earlier."},
    "start": _TIME | {"description": "From this time on."},
    "end": _TIME | {"description": "Before this time."},
    "interval": {"enum": ["1s", "1m", "5m", "15m", "1h", "1d"]},
    "level": {"enum": ["1", "2", "3"], "default": "2"},
    "depth": {"type": "integer", "minimum": 1, "maximum": 1_000, "default": 100},
    "as_of": {
        "type": "integer",
        "minimum": 0,
        "description": "The state after the event with this sequence.",
    },
    "min_sequence": {
        "type": "integer",
        "minimum": 0,
        "description": "Wait until the answer reflects this sequence: read your own writes.",
    },
}
"""What may stand in a query, by name."""
PATH_PARAMETERS: Final[dict[str, Schema]] = {
    "order_id": {
        "type": "string",
        "description": "Anything that is not a positive integer names no order: 404.",
        "examples": ["41"],
    },
    "symbol": {
        "type": "string",
        "description": "A slash in it may be sent as it is or percent-encoded.",
        "examples": ["AAPL"],
    },
    "trade_id": {"type": "string", "examples": ["7"]},
    "sequence": {"type": "string", "examples": ["1207"]},
    "account_id": {"type": "string", "examples": ["demo"]},
    "key_id": {"type": "string"},
    "client_order_id": {"type": "string"},
    "name": {"type": "string"},
}
IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request returns the first answer again, for ever.",
    "schema": {"type": "string", "pattern": f"^[!-~]{{1,{KEY_MAX}}}$"},
}
REQUEST_ID: Final = {
    "name": "X-Request-Id",
    "in": "header",
    "required": False,
    "description": "Up to 64 visible ASCII characters; kept in the journal, else ignored.",
    "schema": {"type": "string"},
}


def path_parameter(name: str) -> Schema:
    """Return the description of a part of a path."""
    return {"name": name, "in": "path", "required": True, "schema": PATH_PARAMETERS[name]}


def query_parameter(name: str, more: Mapping[str, Schema]) -> Schema:
    """Return the description of a parameter of a query; `more` are those of one call alone."""
    schema = dict(more.get(name) or PARAMETERS[name])
    words = schema.pop("description", None)
    described: Schema = {"name": name, "in": "query", "required": False, "schema": schema}
    return described | {"description": words} if words else described


def body_schema(fields: Mapping[str, Field], parts: Mapping[str, Schema]) -> Schema:
    """Return the schema of a body that a table reads; `parts` are those of objects and arrays."""
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _property(name, field, parts) for name, field in fields.items()},
    }
    required = [name for name, field in fields.items() if field.required]
    return schema | {"required": required} if required else schema


def _property(name: str, field: Field, parts: Mapping[str, Schema]) -> Schema:
    """Return the schema of one property; what may be absent may be null as well."""
    schema: Schema = {"type": field.kind if field.required else [field.kind, "null"]}
    allowed = getattr(field.read, "allowed", None)
    if allowed is not None:
        choices = list(allowed) if field.required else [*allowed, None]
        return {"enum": choices}
    if field.kind in ("object", "array"):
        return schema | parts.get(name, {})
    return schema | _BY_READER.get(field.read, {})
