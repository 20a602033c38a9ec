"""What clients of the simple API may send, checked in the order in which faults are reported.

UTF-8, JSON, an object, no repeated key; then a missing property, unknown ones (all named),
types, ranges. The first fault is the answer, so programs can rely on it.
"""

import re
import unicodedata
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from openoutcry.gateway.problems import Problem
from openoutcry.gateway.strict_json import parse_object
from openoutcry.model.units import OrderId, Symbol

SYMBOL_LENGTH_MAX: Final = 64
QUANTITY_MAX: Final = 1_000_000_000
_SHOWN_MAX: Final = 64
_ORDER_ID: Final = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_PROPERTIES: Final = ("stocks", "quantity")


class OrderBody(Struct, forbid_unknown_fields=True, gc=False):
    """The body of an order in its plain form."""

    stocks: str
    quantity: int


class Asked(NamedTuple):
    """An order that may be submitted."""

    stocks: Symbol
    quantity: int


_decode: Final = msgspec.json.Decoder(OrderBody).decode
# Six quotes are two names and one value: a repeated or an escaped name would need more of them.
_QUOTES: Final = 6


def order_of_body(body: bytes) -> Asked:
    """Return the order in a request's body, or raise the first of its faults."""
    if body.count(b'"') == _QUOTES and b"\\" not in body:
        try:
            plain = _decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            pass  # Found again below, by the reader that knows how to name it.
        else:
            return Asked(_stocks(plain.stocks), _quantity(plain.quantity))
    return order_of(parse_object(body))


def order_of(members: dict[str, object]) -> Asked:
    """Return the order in a JSON object, or raise the first of its faults."""
    if missing := [name for name in _PROPERTIES if name not in members]:
        raise Problem(
            400,
            "missing_property",
            f"missing {_plural(missing)}: {', '.join(missing)}; an order has stocks and quantity",
        )
    refuse_unknown(members, _PROPERTIES, "an order has stocks and quantity")
    stocks, quantity = members["stocks"], members["quantity"]
    if not isinstance(stocks, str):
        raise _invalid_type("stocks must be a string", stocks)
    # A bool is an int to Python, not to a market.
    if not isinstance(quantity, int) or isinstance(quantity, bool):
        raise _invalid_type("quantity must be an integer", quantity)
    return Asked(_stocks(stocks), _quantity(quantity))


def refuse_unknown(members: dict[str, object], known: tuple[str, ...], expected: str) -> None:
    """Raise a problem that names every property that is not `known`."""
    unknown = [name for name in members if name not in known]
    if not unknown:
        return
    named = ", ".join(shown(name) for name in unknown)
    raise Problem(400, "unknown_property", f"unknown {_plural(unknown)}: {named}; {expected}")


def order_id_of(text: str) -> OrderId | None:
    """Return the id that a path names, or None if no order can have it."""
    return OrderId(int(text)) if _ORDER_ID.fullmatch(text) else None


def shown(text: str) -> str:
    """Return text from a client as it may stand in a sentence: short."""
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 1] + "…"


def _stocks(stocks: str) -> Symbol:
    if not 1 <= len(stocks) <= SYMBOL_LENGTH_MAX:
        raise _invalid_value(
            f"stocks must have 1 to {SYMBOL_LENGTH_MAX} characters, this has {len(stocks)}"
        )
    if stocks != stocks.strip():
        blank = not stocks.strip()
        found = "must not be blank" if blank else "must not begin or end with a space"
        raise _invalid_value(f"stocks {found}")
    if not stocks.isprintable() and any(unicodedata.category(c) == "Cc" for c in stocks):
        raise _invalid_value("stocks must not hold control characters")
    return Symbol(stocks)


def _quantity(quantity: int) -> int:
    if not 1 <= quantity <= QUANTITY_MAX:
        raise _invalid_value(f"quantity must be from 1 to {QUANTITY_MAX}")
    return quantity


def _invalid_value(detail: str) -> Problem:
    return Problem(400, "invalid_value", detail)


def _invalid_type(expected: str, found: object) -> Problem:
    return Problem(400, "invalid_type", f"{expected}; found {json_text(found)}")


def json_text(value: object) -> str:
    """Return a parsed value as JSON, short enough for a sentence."""
    return shown(msgspec.json.encode(value).decode())


def _plural(names: list[str]) -> str:
    return "property" if len(names) == 1 else "properties"
