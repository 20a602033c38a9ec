"""What a client of the stream sends, read as strictly as a body: a request, or the first fault.

JSON in text frames; on a connection that asked for it MessagePack in binary frames too, held to the
same: what JSON could not say, and a name that is there twice, is refused.
"""

from math import isfinite
from typing import Final, NamedTuple

import msgspec

from openoutcry.gateway.bodies import shown, shown_name
from openoutcry.gateway.native.stream.packed import names_in
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.retry_keys import idempotency_key_of
from openoutcry.gateway.strict_json import json_type, parse_object

MESSAGE_BYTES_MAX: Final = 256 * 1024
"""Longest message; beyond it the connection is closed with 1009."""
REQUEST_ID_MAX: Final = 64
"""Longest request_id, in characters."""
_INTEGERS: Final = range(-(2**63), 2**64)
_PROPERTIES: Final = frozenset({"method", "params", "request_id", "idempotency_key"})
_SUBJECT: Final = "a message has method, and may have params, request_id and idempotency_key"

RequestId = str | int | None
_unpack: Final = msgspec.msgpack.Decoder().decode


class Request(NamedTuple):
    """A message that makes sense as far as its frame."""

    method: str
    params: dict[str, object]
    request_id: RequestId
    idempotency_key: str | None


def object_of(message: bytes, *, is_binary: bool, takes_binary: bool) -> dict[str, object]:
    """Return the object in a message, or raise the problem that it is none."""
    if not is_binary:
        return parse_object(message)
    if not takes_binary:
        detail = "a message is JSON in a text frame; for MessagePack connect with ?format=msgpack"
        raise Problem(400, "invalid_json", detail)
    return _unpacked(message)


def request_id_of(content: dict[str, object]) -> RequestId:
    """Return what the reply is to be recognised by, or raise a problem."""
    request_id = content.get("request_id")
    if type(request_id) is int:
        if request_id not in _INTEGERS:
            raise Problem(400, "invalid_value", "request_id is an integer of at most 64 bits")
    elif type(request_id) is str:
        if len(request_id) > REQUEST_ID_MAX:
            detail = f"request_id has at most {REQUEST_ID_MAX} characters"
            raise Problem(400, "invalid_value", detail)
    elif request_id is not None:
        found = json_type(request_id)
        detail = f"request_id is a JSON string or an integer; found {found}"
        raise Problem(400, "invalid_type", detail)
    return request_id


def request_of(content: dict[str, object], request_id: RequestId) -> Request:
    """Return the request that an object is, or raise the first of its faults."""
    method = content.get("method")
    if method is None:
        raise Problem(400, "missing_property", f"missing property: method; {_SUBJECT}")
    unknown = content.keys() - _PROPERTIES
    if unknown:
        names = ", ".join(sorted(map(shown_name, unknown)))
        raise Problem(400, "unknown_property", f"unknown: {names}; {_SUBJECT}")
    if type(method) is not str:
        detail = f"method is a JSON string; found {json_type(method)}"
        raise Problem(400, "invalid_type", detail)
    params = content.get("params")
    if params is None:
        params = {}
    elif not isinstance(params, dict):
        detail = f"params is a JSON object; found {json_type(params)}"
        raise Problem(400, "invalid_type", detail)
    key = content.get("idempotency_key")
    return Request(method, params, request_id, None if key is None else _key(key))


def _key(key: object) -> str | None:
    if not isinstance(key, str):
        detail = f"idempotency_key is a JSON string; found {json_type(key)}"
        raise Problem(400, "invalid_type", detail)
    return idempotency_key_of(key.encode())


def _unpacked(message: bytes) -> dict[str, object]:
    try:
        content = _unpack(message)
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        detail = f"the message is not MessagePack: {fault}"
        raise Problem(400, "invalid_json", detail) from fault
    if not isinstance(content, dict):
        detail = f"the message is {json_type(content)}; expected a map"
        raise Problem(400, "not_an_object", detail)
    names = _checked(content)
    if names != names_in(message):
        raise Problem(400, "repeated_property", "a property is there twice")
    return content


def _checked(content: dict[object, object]) -> int:
    """Count the names in an object, or raise the problem that JSON could not say it."""
    names = 0
    left: list[object] = [content]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            for name in value:
                if not isinstance(name, str):
                    detail = f"a property's name is a string; found {shown(name)}"
                    raise Problem(400, "invalid_type", detail)
            names += len(value)
            left += value.values()
        elif isinstance(value, list):
            left += value
        elif not _is_plain(value):
            raise Problem(400, "invalid_type", f"JSON has no value like {shown(value)}")
    return names


def _is_plain(value: object) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    return value is None or isinstance(value, bool | int | str)
