"""The description of both sockets at /asyncapi.json (AsyncAPI 3), made from the structs they send.

An operation is the venue's: it `receive`s what clients ask for, and `send`s what it tells.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from msgspec import Struct

from openoutcry.gateway.openapi import JSON, PROBLEM, Document, schemas_of
from openoutcry.gateway.schemas import Schema

EDITION: Final = "3.0.0"
_PLACE: Final = "#/components/schemas/{name}"
_ABOUT: Final = """What is said on the two WebSockets of the venue. `/ws` is that of the simple API:
connect and listen. `/api/v1/stream` is the native one: subscriptions, and order entry with exactly
REST's bodies.

A key is given in the handshake, as a bearer key or signed, or in a first message; never in the
URL."""


class Spoken(NamedTuple):
    """One kind of message."""

    name: str
    summary: str
    payload: type[Struct] | Schema
    reply: str | None = None
    """The name of the message that answers it."""
    example: Mapping[str, object] | None = None


class Socket(NamedTuple):
    """One WebSocket: where it is and what is said on it."""

    name: str
    path: str
    summary: str
    query: Mapping[str, Schema]
    heard: tuple[Spoken, ...]
    """What clients may say."""
    told: tuple[Spoken, ...]
    """What the venue says."""
    parts: tuple[type[Struct], ...] = ()
    """Structs that schemas written by hand refer to, by name."""


def asyncapi_of(title: str, version: str, sockets: tuple[Socket, ...]) -> Document:
    """Return the document that describes some sockets."""
    spoken = [one for socket in sockets for one in (*socket.heard, *socket.told)]
    structs = [one.payload for one in spoken if isinstance(one.payload, type)]
    structs += [part for socket in sockets for part in socket.parts]
    shown, schemas = schemas_of(structs, _PLACE)
    by_struct: dict[Any, Schema] = dict(zip(structs, shown, strict=True))
    return {
        "asyncapi": EDITION,
        "info": {
            "title": f"{title}: streams",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": JSON,
        "servers": {name: _server(name) for name in ("ws", "wss")},
        "channels": {socket.name: _channel(socket) for socket in sockets},
        "operations": {
            name: operation for socket in sockets for name, operation in _operations(socket)
        },
        "components": {
            "messages": {one.name: _message(one, by_struct) for one in spoken},
            "schemas": {"Problem": PROBLEM, **schemas},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "signature": {
                    "type": "httpApiKey",
                    "in": "header",
                    "name": "X-Signature",
                    "description": "With X-API-Key and X-Timestamp: the handshake, signed.",
                },
            },
        },
    }


def _server(protocol: str) -> Document:
    return {
        "host": "{host}",
        "protocol": protocol,
        "description": "This venue." if protocol == "ws" else "This venue, where it speaks TLS.",
        "variables": {
            "host": {"default": "127.0.0.1:8000", "description": "Name or address, and port."}
        },
        "security": [
            {"$ref": "#/components/securitySchemes/key"},
            {"$ref": "#/components/securitySchemes/signature"},
        ],
    }


def _channel(socket: Socket) -> Document:
    return {
        "address": socket.path,
        "title": socket.path,
        "summary": socket.summary,
        "messages": {
            one.name: {"$ref": f"#/components/messages/{one.name}"}
            for one in (*socket.heard, *socket.told)
        },
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {"type": "object", "properties": dict(socket.query)},
                "bindingVersion": "0.1.0",
            }
        },
    }


def _operations(socket: Socket) -> list[tuple[str, Document]]:
    channel = {"$ref": f"#/channels/{socket.name}"}
    found: list[tuple[str, Document]] = []
    replies = {one.reply for one in socket.heard}
    for one in socket.heard:
        asked: Document = {
            "action": "receive",
            "channel": channel,
            "summary": one.summary,
            "messages": [_of(socket, one.name)],
        }
        if one.reply is not None:
            asked["reply"] = {"channel": channel, "messages": [_of(socket, one.reply)]}
        found.append((one.name, asked))
    for one in socket.told:
        if one.name not in replies:
            told: Document = {
                "action": "send",
                "channel": channel,
                "summary": one.summary,
                "messages": [_of(socket, one.name)],
            }
            found.append((one.name, told))
    return found


def _of(socket: Socket, name: str) -> Document:
    return {"$ref": f"#/channels/{socket.name}/messages/{name}"}


def _message(one: Spoken, by_struct: Mapping[Any, Schema]) -> Document:
    payload = by_struct[one.payload] if isinstance(one.payload, type) else one.payload
    assert re.fullmatch(r"[A-Za-z0-9_]+", one.name), "a message's name is part of a reference"
    message: Document = {
        "name": one.name,
        "title": one.name,
        "summary": one.summary,
        "contentType": JSON,
        "payload": payload,
    }
    if one.example is not None:
        message["examples"] = [{"payload": dict(one.example)}]
    return message
