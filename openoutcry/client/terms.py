"""What a program says of an order: the terms of SHAPES as typed arguments.

Rule: numbers go out exactly as they are meant. A `Decimal`, an integer and a string are exact; a
float is not, so it is refused before it can become a price.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, Required, TypedDict

Number = Decimal | int | str

Side = Literal["buy", "sell"]
OrderType = Literal[
    "limit", "market", "market_to_limit", "stop", "stop_limit", "trailing_stop", "pegged"
]
TimeInForce = Literal["gtc", "day", "gtd", "ioc", "fok", "opg", "cls"]
SelfTrade = Literal["cancel_newest", "cancel_oldest", "cancel_both", "decrement"]
Phase = Literal["pre_open", "auction", "continuous", "halted", "closed"]
Permission = Literal["read", "trade", "admin"]
Interval = Literal["1s", "1m", "5m", "15m", "1h", "1d"]
Depth = Literal[10, 25, 100, 1000]


class Amendable(TypedDict, total=False):
    """Terms that may be changed while an order is open."""

    price: Number
    client_order_id: str
    expires_at: datetime
    display_quantity: Number
    stop_price: Number
    trail: Number
    trail_bps: int
    peg_offset: Number


class Terms(Amendable, total=False):
    """Terms of an order beside its symbol, side and quantity; `type` is "limit" if not named."""

    type: OrderType
    time_in_force: TimeInForce
    post_only: Literal["reject", "slide"]
    reduce_only: bool
    minimum_quantity: Number
    trigger: Literal["last", "quote"]
    activation_price: Number
    peg: Literal["bid", "ask", "mid"]
    stp: SelfTrade


class NewOrder(Terms, total=False):
    """A whole order, as one of a batch or a group."""

    symbol: Required[str]
    side: Required[Side]
    quantity: Required[Number]


def said(value: object) -> object:
    """Return a value as the API takes it: numbers and times as text, within anything."""
    match value:
        case float():
            raise TypeError(f"a float is not exact: give Decimal({str(value)!r}) or a string")
        case Decimal():
            return number(value)
        case datetime():
            return moment(value)
        case dict():
            return {name: said(one) for name, one in value.items() if one is not None}
        case list() | tuple():
            return [said(one) for one in value]
        case _:
            return value


def number(value: Number) -> str:
    """Return a number as digits, never with an exponent."""
    match value:
        case Decimal():
            if not value.is_finite():
                raise ValueError(f"{value} is no number that can be traded")
            return format(value, "f")
        case bool() | float():
            raise TypeError(f"expected a Decimal, an integer or a string; found {value!r}")
        case _:
            return str(value)


def moment(value: datetime) -> str:
    """Return a time as the API takes it; one without a zone could mean anything."""
    if value.tzinfo is None:
        raise ValueError("a time has a zone: datetime.now(UTC), not datetime.now()")
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
