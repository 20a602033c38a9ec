"""The one reading of a JSON object that every door agrees on.

Rule: what another parser could read differently is refused: a repeated name, NaN, a surrogate
without its partner, bytes that are not UTF-8. Faults are reported in the order that the code shows.

The fast decoder keeps the last of repeated names without a word, so they are looked for apart. A
body with as many colons as names can hide none, which spares nearly every body a second reading.
"""

import json
from typing import Final

import msgspec

from openoutcry.gateway.problems import Problem

DIGITS_MAX: Final = 1_000
"""A longer whole number is read as this many digits: beyond every range, and cheap to convert."""

_decode: Final = msgspec.json.Decoder().decode


def parse_object(body: bytes) -> dict[str, object]:
    """Return the JSON object in `body`, or raise the problem that says why it is none."""
    try:
        parsed = _decode(body)
    except UnicodeDecodeError as fault:
        raise _not_json("it is not UTF-8") from fault
    except msgspec.ValidationError:
        parsed = _parse_beyond_range(body)
    except (msgspec.DecodeError, RecursionError) as fault:
        raise _not_json(_reason(body, fault)) from fault
    if not isinstance(parsed, dict):
        raise Problem(
            400, "not_an_object", f"the body is {json_type(parsed)}; expected a JSON object"
        )
    colons = body.count(b":")
    if colons != len(parsed) and colons != _names_in(parsed):
        _refuse_repeated(body)
    return parsed


def _names_in(parsed: object) -> int:
    """Count the names of all objects in a parsed value."""
    names = 0
    left = [parsed]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            names += len(value)
            left += value.values()
        elif isinstance(value, list):
            left += value
    return names


def _not_json(reason: str) -> Problem:
    return Problem(400, "invalid_json", f"the body is not a JSON object: {reason}")


def _reason(body: bytes, fault: Exception) -> str:
    if not body.strip():
        return "it is empty"
    try:
        body.decode()
    except UnicodeDecodeError:
        return "it is not UTF-8"
    if isinstance(fault, RecursionError):
        return "it is nested too deeply"
    if b"\\ud" in body.lower() and "truncated" in str(fault):
        return "a string escapes half of a surrogate pair, or ends too early"
    return str(fault).removeprefix("JSON is malformed: ").removeprefix("Input data was ")


def json_type(value: object) -> str:
    """Return what JSON calls the type of a parsed value."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


def _parse_beyond_range(body: bytes) -> object:
    """Read JSON whose numbers are larger than the fast decoder takes."""
    try:
        parsed = json.loads(body, parse_int=_whole, parse_constant=_refuse_constant)
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError as fault:
        raise _not_json("a string escapes half of a surrogate pair") from fault
    except (ValueError, RecursionError) as fault:
        raise _not_json(_reason(body, fault)) from fault
    return parsed


def _whole(text: str) -> int:
    return int(text[:DIGITS_MAX])


def _refuse_constant(name: str) -> object:
    raise _not_json(f"{name} is not a JSON number")


def _refuse_repeated(body: bytes) -> None:
    try:
        json.loads(body, object_pairs_hook=_refuse_repeated_names, parse_int=_whole)
    except RecursionError as fault:
        raise _not_json(_reason(body, fault)) from fault


def _refuse_repeated_names(pairs: list[tuple[str, object]]) -> None:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            raise Problem(400, "repeated_property", f"the property {name!r} is there twice")
        names.add(name)
