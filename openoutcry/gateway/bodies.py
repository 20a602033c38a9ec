"""Reading the properties of a JSON object by a table, with one order of faults for every call.

Faults are reported in this order, the first one only: missing property, unknown properties (all of
them named), wrong type, value out of range.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, NamedTuple
from unicodedata import category

from openoutcry.gateway.problems import Problem
from openoutcry.gateway.strict_json import json_type
from openoutcry.model.decimals import units_of

TEXT_MAX: Final = 64
"""Longest symbol, name and client order id, in characters."""


class Field(NamedTuple):
    """A property of a body: its JSON type in words, and how its value is read."""

    kind: str
    read: Callable[[Any], Any]
    """Returns the value for the door; raises ValueError with what was expected."""
    required: bool = False


_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "object": (dict,),
    "array": (list,),
    "boolean": (bool,),
}


def read_object(
    content: Mapping[str, object], fields: Mapping[str, Field], subject: str
) -> dict[str, Any]:
    """Return the read values of the properties that were sent and are not null."""
    missing = [name for name, field in fields.items() if field.required and name not in content]
    if missing:
        raise Problem(400, "missing_property", f"missing {_names(missing)}; {subject}")
    unknown = [name for name in content if name not in fields]
    if unknown:
        raise Problem(400, "unknown_property", f"unknown {_names(unknown)}; {subject}")
    sent = {
        name: value for name, value in content.items() if value is not None or fields[name].required
    }
    for name, value in sent.items():
        kind = fields[name].kind
        # A boolean is a whole number to Python, but not to JSON.
        if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
            found = json_type(value)
            raise Problem(400, "invalid_type", f"{name} is a JSON {kind}; found {found}")
    return {name: _value(name, fields[name], value) for name, value in sent.items()}


def _value(name: str, field: Field, value: object) -> object:
    try:
        return field.read(value)
    except ValueError as expected:
        raise Problem(400, "invalid_value", f"{name} {expected}; found {shown(value)}") from None


def _names(names: list[str]) -> str:
    word = "property" if len(names) == 1 else "properties"
    return f"{word}: {', '.join(shown_name(name) for name in names)}"


def shown_name(name: str) -> str:
    """Return a property's name, cut so that a message stays readable."""
    return name if len(name) <= TEXT_MAX else f"{name[:TEXT_MAX]}…"


def shown(value: object) -> str:
    """Return a value as a message may show it."""
    text = repr(value)
    return text if len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]}…"


def symbol(text: str) -> str:
    """Read a symbol: 1 to 64 printable characters without space around them."""
    controls = any(category(c) == "Cc" for c in text)
    if not 1 <= len(text) <= TEXT_MAX or text != text.strip() or controls:
        message = "has 1 to 64 characters, no control characters and no space at either end"
        raise ValueError(message)
    return text


def visible(text: str) -> str:
    """Read 1 to 64 visible ASCII characters, as identifiers of clients have."""
    if not 1 <= len(text) <= TEXT_MAX or not all("!" <= c <= "~" for c in text):
        message = "has 1 to 64 visible ASCII characters"
        raise ValueError(message)
    return text


def positive_decimal(text: str) -> int:
    """Read a positive decimal as units of 10**-12."""
    units = units_of(text)
    if units is None or units <= 0:
        message = 'is a positive decimal such as "187.20", of at most 12 places'
        raise ValueError(message)
    return units


def decimal(text: str) -> int:
    """Read a decimal as units of 10**-12."""
    units = units_of(text)
    if units is None:
        message = 'is a decimal such as "-187.20", of at most 12 places'
        raise ValueError(message)
    return units


def choice_of(*allowed: Enum) -> Callable[[str], Enum]:
    """Return a reader of one of some members of an enumeration, by value."""
    by_value = {member.value: member for member in allowed}
    words = f"is one of {', '.join(by_value)}"

    def read(text: str) -> Enum:
        found = by_value.get(text)
        if found is None:
            raise ValueError(words)
        return found

    read.allowed = tuple(by_value)  # type: ignore[attr-defined]  # Descriptions show them.
    return read
