"""How single values of administration's bodies are read: names, rates, limits, reasons."""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any, Final

from openoutcry.gateway.bodies import (
    Field,
    choice_of,
    decimal,
    positive_decimal,
    read_object,
    symbol,
)
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.strict_json import json_type
from openoutcry.model.account import Permission, QuoteLimit
from openoutcry.model.decimals import units_of
from openoutcry.model.units import (
    BPS_SCALE,
    FEE_RATE_PER_BPS,
    UNIT,
    Amount,
    Bps,
    FeeRate,
    Nanos,
    Symbol,
)

NAME_MAX: Final = 64
ALLOWED_IPS_MAX: Final = 32
POSITION_LIMITS_MAX: Final = 1_000
"""Symbols with a cap of their own, of one account."""
WINDOW_S_MAX: Final = 86_400
REASON_MAX: Final = 200
"""Longest reason for the record, in characters."""
MARGINS: Final = (1, 2, 4)
_SECOND: Final = 10**9


def name(text: str) -> str:
    """Read what people call something."""
    if not 1 <= len(text) <= NAME_MAX or not text.isprintable() or text != text.strip():
        message = f"has 1 to {NAME_MAX} printable characters and no space at either end"
        raise ValueError(message)
    return text


def reason(text: str) -> str:
    """Read why something is done, for the record."""
    if len(text) > REASON_MAX:
        message = f"has at most {REASON_MAX} characters"
        raise ValueError(message)
    return text


def not_negative(text: str) -> Amount:
    """Read a decimal that is zero or more."""
    units = decimal(text)
    if units < 0:
        message = "is not negative"
        raise ValueError(message)
    return Amount(units)


def fee_bps(text: str) -> FeeRate:
    """Read a fee, or a rebate, in basis points."""
    units = units_of(text)
    if units is None or units % (UNIT // FEE_RATE_PER_BPS) or abs(units) >= BPS_SCALE * UNIT:
        message = "is a decimal of basis points, of at most 8 places, below 10000"
        raise ValueError(message)
    return FeeRate(units // (UNIT // FEE_RATE_PER_BPS))


def protection(bps: int) -> Bps:
    """Read how far through the opposite best something may go."""
    if not 0 <= bps < BPS_SCALE:
        message = f"is a whole number of basis points from 0 to {BPS_SCALE - 1}"
        raise ValueError(message)
    return Bps(bps)


def width(bps: int) -> Bps:
    """Read how far from a price something may lie."""
    if not 1 <= bps < BPS_SCALE:
        message = f"is a whole number of basis points from 1 to {BPS_SCALE - 1}, or null for none"
        raise ValueError(message)
    return Bps(bps)


def margin(times: int) -> int:
    """Read how many times its equity an account may be exposed."""
    if times not in MARGINS:
        message = "is 1 (a cash account), 2 or 4"
        raise ValueError(message)
    return times


def permissions(names: list[object]) -> tuple[Permission, ...]:
    """Read what a key may do."""
    read = choice_of(*Permission)
    chosen = {}
    for one in names:
        chosen[Permission(read(str(one)))] = True
    if not chosen:
        message = "has at least one of read, trade, admin"
        raise ValueError(message)
    return tuple(chosen)


def networks(texts: list[object]) -> tuple[str, ...]:
    """Read addresses and networks."""
    if len(texts) > ALLOWED_IPS_MAX:
        message = f"has at most {ALLOWED_IPS_MAX} entries"
        raise ValueError(message)
    found = tuple(str(text) for text in texts)
    for network in found:
        ip_network(network, strict=False)
    return found


def limits(sent: dict[str, object]) -> dict[str, Any]:
    """Read an account's limits; what was sent as null is there as None."""
    read = read_object(sent, LIMITS, f"limits has {', '.join(LIMITS)}")
    return {one: read.get(one) for one in LIMITS if one in sent}


def _count(number: int) -> int:
    if number < 0:
        message = "is not negative"
        raise ValueError(message)
    return number


def _positions(sent: dict[str, object]) -> dict[Symbol, Amount]:
    if len(sent) > POSITION_LIMITS_MAX:
        message = f"has at most {POSITION_LIMITS_MAX} symbols"
        raise ValueError(message)
    return {Symbol(symbol(of)): _most(of, quantity) for of, quantity in sent.items()}


def _most(of: str, quantity: object) -> Amount:
    if not isinstance(quantity, str):
        found = json_type(quantity)
        raise Problem(400, "invalid_type", f"positions: {of!r} is a JSON string; found {found}")
    return not_negative(quantity)


def _quote_limit(sent: Mapping[str, object]) -> QuoteLimit:
    read = read_object(sent, MASS_QUOTE, f"mass_quote has {', '.join(MASS_QUOTE)}")
    return QuoteLimit(quantity=Amount(read["quantity"]), window=read["window_s"])


def _window(seconds: int) -> Nanos:
    if not 1 <= seconds <= WINDOW_S_MAX:
        message = f"is a whole number of seconds from 1 to {WINDOW_S_MAX}"
        raise ValueError(message)
    return Nanos(seconds * _SECOND)


MASS_QUOTE: Final = {
    "quantity": Field("string", positive_decimal, required=True),
    "window_s": Field("integer", _window, required=True),
}
LIMITS: Final = {
    "open_orders": Field("integer", _count),
    "positions": Field("object", _positions),
    "mass_quote": Field("object", _quote_limit),
}
