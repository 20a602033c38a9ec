"""What a client of the stream may subscribe to: the parameters of `subscribe` and `unsubscribe`."""

from typing import Any, Final, NamedTuple

from openoutcry.gateway.bodies import Field, choice_of, read_object, symbol
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.strict_json import json_type
from openoutcry.model.units import Symbol
from openoutcry.streams.feeds.topic import DEPTHS, PRIVATE, Channel, Position

INTERVALS: Final = ("1s", "1m", "5m", "15m", "1h", "1d")
SUBSCRIPTIONS_MAX: Final = 200
"""Of one connection: channels times symbols."""
EPOCH_LENGTH_MAX: Final = 64
_SEQUENCE_MAX: Final = 2**63 - 1
"""What is ahead of every venue."""


class Subscribe(NamedTuple):
    """What a client wants to hear."""

    channel: Channel
    symbols: tuple[Symbol, ...]
    """None on a private channel."""
    depth: int
    """Of a book, else 0."""
    interval: str
    """Of candles, else empty."""
    since: Position | None
    joins: bool
    """Whether messages are to come in joined frames."""
    cancels_on_disconnect: bool


def subscribe_of(params: dict[str, object]) -> Subscribe:
    """Return what parameters of `subscribe` ask for, or raise the first of their faults."""
    sent = read_object(params, SUBSCRIBE, _SUBJECT)
    channel: Channel = sent["channel"]
    for name, of_channel in _OF_ONE_CHANNEL:
        if name in sent and channel is not of_channel:
            raise Problem(400, "unknown_property", f"{name} is for the channel {of_channel.value}")
    if channel is Channel.CANDLES and "interval" not in sent:
        raise Problem(400, "missing_property", "missing property: interval; candles have one")
    return Subscribe(
        channel,
        _symbols(channel, sent, required=True),
        sent.get("depth", DEPTHS[0]) if channel is Channel.BOOK else 0,
        sent.get("interval", ""),
        sent.get("from"),
        sent.get("batch", False),
        sent.get("cancel_on_disconnect", False),
    )


def unsubscribe_of(params: dict[str, object]) -> tuple[Channel, tuple[Symbol, ...]]:
    """Return the channel and the symbols that parameters of `unsubscribe` name; none are all."""
    sent = read_object(params, UNSUBSCRIBE, "unsubscribe takes channel and symbols")
    channel: Channel = sent["channel"]
    return channel, _symbols(channel, sent, required=False)


def _symbols(channel: Channel, sent: dict[str, Any], *, required: bool) -> tuple[Symbol, ...]:
    symbols: tuple[Symbol, ...] = sent.get("symbols", ())
    name = channel.value
    if channel in PRIVATE:
        if symbols:
            raise Problem(400, "unknown_property", f"{name} is of the account and has no symbols")
    elif required and not symbols:
        if "symbols" in sent:
            raise Problem(400, "invalid_value", "symbols is a list of at least one symbol")
        raise Problem(400, "missing_property", f"missing property: symbols; {name} is by symbol")
    return symbols


def _symbol_list(sent: list[object]) -> tuple[Symbol, ...]:
    for one in sent:
        if not isinstance(one, str):
            detail = f"symbols is a list of JSON strings; found {json_type(one)} in it"
            raise Problem(400, "invalid_type", detail)
    return tuple(dict.fromkeys(Symbol(symbol(str(one))) for one in sent))


def _depth(depth: int) -> int:
    if depth not in DEPTHS:
        raise ValueError(f"is one of {', '.join(map(str, DEPTHS))}")
    return depth


def _interval(text: str) -> str:
    if text not in INTERVALS:
        raise ValueError(f"is one of {', '.join(INTERVALS)}")
    return text


def _from(sent: dict[str, object]) -> Position:
    read = read_object(sent, FROM, "from has epoch and sequence")
    return Position(read["epoch"], read["sequence"])


def _epoch(text: str) -> str:
    if len(text) > EPOCH_LENGTH_MAX:
        raise ValueError(f"has at most {EPOCH_LENGTH_MAX} characters")
    return text


def _sequence(number: int) -> int:
    if number < 0:
        raise ValueError("is a sequence number")
    return min(number, _SEQUENCE_MAX)


def _flag(value: bool) -> bool:  # noqa: FBT001  (it is the value that was sent)
    return value


FROM: Final = {
    "epoch": Field("string", _epoch, required=True),
    "sequence": Field("integer", _sequence, required=True),
}
UNSUBSCRIBE: Final = {
    "channel": Field("string", choice_of(*Channel), required=True),
    "symbols": Field("array", _symbol_list),
}
SUBSCRIBE: Final = {
    **UNSUBSCRIBE,
    "depth": Field("integer", _depth),
    "interval": Field("string", _interval),
    "from": Field("object", _from),
    "batch": Field("boolean", _flag),
    "cancel_on_disconnect": Field("boolean", _flag),
}
_OF_ONE_CHANNEL: Final = (
    ("depth", Channel.BOOK),
    ("interval", Channel.CANDLES),
    ("cancel_on_disconnect", Channel.EXECUTIONS),
)
_SUBJECT: Final = (
    "subscribe takes channel, symbols, depth, interval, from, batch and cancel_on_disconnect"
)
