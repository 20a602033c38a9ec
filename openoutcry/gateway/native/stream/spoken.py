"""What is said on the stream, for its description: the methods, and every channel's messages."""

from typing import Final

from msgspec import Struct

from openoutcry.gateway.asyncapi import Socket, Spoken
from openoutcry.gateway.bodies import Field
from openoutcry.gateway.native import batch, bodies, cancel_after
from openoutcry.gateway.native.description import PARTS
from openoutcry.gateway.native.stream.announcements import (
    Heartbeat,
    ResyncRequired,
    ServerShutdown,
)
from openoutcry.gateway.native.stream.requests import REQUEST_ID_MAX
from openoutcry.gateway.native.stream.subscribing import FROM, SUBSCRIBE, UNSUBSCRIBE
from openoutcry.gateway.retry_keys import KEY_MAX
from openoutcry.gateway.schemas import PARAMETERS, Schema, body_schema
from openoutcry.wire import orders, stream, trading

REPLY: Final = "stream_reply"
_ORDER_ID: Final[Schema] = {"type": "integer", "minimum": 1}
_REQUEST_ID: Final[Schema] = {
    "description": "Comes back with the reply; null where there was none.",
    "anyOf": [
        {"type": "string", "maxLength": REQUEST_ID_MAX},
        {"type": "integer"},
        {"type": "null"},
    ],
}
_PARTS: Final[dict[str, Schema]] = {
    **PARTS,
    "symbols": {"items": PARAMETERS["symbol"], "description": "On public channels, at least one."},
    "from": body_schema(FROM, {}),
}
_RESULTS: Final[tuple[type[Struct], ...]] = (
    orders.Order,
    orders.Canceled,
    trading.Batch,
    trading.CancelAfter,
)
_NOTHING: Final[Schema] = {"type": "object", "maxProperties": 0}


def _ref(struct: type[Struct]) -> Schema:
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def _method(name: str, summary: str, params: Schema) -> Spoken:
    """Return a request; parameters that are all optional may be left out."""
    payload: Schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["method", *(["params"] if params.get("required") else [])],
        "properties": {
            "method": {"const": name},
            "params": params,
            "request_id": _REQUEST_ID,
            "idempotency_key": {
                "type": ["string", "null"],
                "pattern": f"^[!-~]{{1,{KEY_MAX}}}$",
                "description": "As REST's Idempotency-Key.",
            },
        },
    }
    return Spoken(f"stream_{name.replace('.', '_')}", summary, payload, REPLY)


def _read(fields: dict[str, Field], **more: Schema) -> Schema:
    """Return the schema of what a table reads, with some integers in front of it."""
    schema = body_schema(fields, _PARTS)
    if more:
        schema["properties"] = {**more, **schema["properties"]}
        schema["required"] = [*more, *schema.get("required", ())]
    return schema


def _told(name: str, summary: str, struct: type[Struct], **fixed: str) -> Spoken:
    """Return a message of a channel; `fixed` are the properties that tell it from others."""
    constants = {one: {"const": value} for one, value in fixed.items()}
    return Spoken(f"stream_{name}", summary, {"allOf": [_ref(struct), {"properties": constants}]})


_REPLIED: Final[Schema] = {
    "type": "object",
    "required": ["request_id", "time_in", "time_out", "sequence", "replayed"],
    "oneOf": [{"required": ["result"]}, {"required": ["problem"]}],
    "properties": {
        "request_id": _REQUEST_ID,
        "result": {
            "description": "What REST answers; of the stream's own methods, what they took.",
            "anyOf": [*map(_ref, _RESULTS), {"type": "object"}],
        },
        "problem": {"$ref": "#/components/schemas/Problem"},
        "time_in": {"type": "string", "format": "date-time"},
        "time_out": {"type": "string", "format": "date-time"},
        "sequence": {"type": "integer", "description": "As REST's X-Sequence."},
        "replayed": {"type": "boolean", "description": "As REST's Idempotency-Replayed."},
    },
}
HEARD: Final = (
    _method(
        "authenticate",
        "Say who listens, where the handshake did not",
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["key"],
            "properties": {"key": {"type": "string"}},
        },
    ),
    _method("subscribe", "Follow a channel; a snapshot comes first", _read(SUBSCRIBE)),
    _method("unsubscribe", "Follow it no longer", _read(UNSUBSCRIBE)),
    _method("ping", "Show that the client lives", _NOTHING),
    _method("logout", "Leave; a dead man's cancel does not fire", _NOTHING),
    _method("order.place", "Place an order", _read(bodies.PLACE)),
    _method("order.amend", "Amend an order", _read(bodies.AMEND, order_id=_ORDER_ID)),
    _method("order.cancel", "Cancel an order", _read({}, order_id=_ORDER_ID)),
    _method(
        "orders.cancel_all",
        "Cancel all open orders",
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "symbol": {"anyOf": [PARAMETERS["symbol"], {"type": "null"}]},
                "side": {"enum": [*PARAMETERS["side"]["enum"], None]},
            },
        },
    ),
    _method("order.batch", "Place orders, each on its own", _read(batch.BODY)),
    _method("cancel_after", "Cancel all unless asked again in time", _read(cancel_after.BODY)),
)
TOLD: Final = (
    Spoken(REPLY, "The answer to one request", _REPLIED),
    _told("book_snapshot", "The best levels", stream.BookSnapshot, channel="book", type="snapshot"),
    _told("book", "Levels that changed", stream.BookUpdate, channel="book", type="update"),
    _told(
        "orders_snapshot", "Every public order, in queue order", stream.QueueSnapshot,
        channel="orders", type="snapshot",
    ),
    _told("orders", "One order's change", stream.QueueUpdate, channel="orders", type="update"),
    _told(
        "trades_snapshot", "The last trades", stream.TradesSnapshot,
        channel="trades", type="snapshot",
    ),
    _told("trades", "One trade", stream.TradeUpdate, channel="trades", type="update"),
    _told(
        "trades_bust", "A trade was undone", stream.TradeBust,
        channel="trades", type="update", action="bust",
    ),
    _told("ticker", "Best quotes, last trade, the day", stream.TickerMessage, channel="ticker"),
    _told(
        "candles_snapshot", "The last candles", stream.CandlesSnapshot,
        channel="candles", type="snapshot",
    ),
    _told("candles", "One candle", stream.CandleUpdate, channel="candles", type="update"),
    _told("status", "Phase, auction, bands", stream.StatusMessage, channel="status"),
    _told(
        "executions_snapshot", "Open orders and the last fills", stream.ExecutionsSnapshot,
        channel="executions", type="snapshot",
    ),
    _told(
        "executions", "One change of an own order", stream.ExecutionUpdate,
        channel="executions", type="update",
    ),
    _told(
        "executions_rejected", "An own order was refused", stream.RejectUpdate,
        channel="executions", type="update", event="rejected",
    ),
    _told("balances", "What the account has", stream.BalancesMessage, channel="balances"),
    _told("positions", "The account's positions", stream.PositionsMessage, channel="positions"),
    _told("heartbeat", "Every second: how far each channel is", Heartbeat, channel="heartbeat"),
    _told(
        "server_shutdown", "The venue stops soon", ServerShutdown, type="server_shutdown",
    ),
    _told(
        "resync_required", "The client was too slow: the last message", ResyncRequired,
        type="resync_required",
    ),
)  # fmt: skip
SOCKET: Final = Socket(
    "stream",
    "/api/v1/stream",
    "Channels to follow, and order entry",
    {"format": {"enum": ["json", "msgpack"], "default": "json"}},
    HEARD,
    TOLD,
    parts=(
        *_RESULTS,
        stream.BookSnapshot, stream.BookUpdate, stream.QueueSnapshot, stream.QueueUpdate,
        stream.TradesSnapshot, stream.TradeUpdate, stream.TradeBust, stream.TickerMessage,
        stream.CandlesSnapshot, stream.CandleUpdate, stream.StatusMessage,
        stream.ExecutionsSnapshot, stream.ExecutionUpdate, stream.RejectUpdate,
        stream.BalancesMessage, stream.PositionsMessage,
        Heartbeat, ServerShutdown, ResyncRequired,
    ),
)  # fmt: skip
