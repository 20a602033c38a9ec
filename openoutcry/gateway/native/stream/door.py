"""`/api/v1/stream`: the handshake, and one connection from there to its end.

Whoever may not come in is told so by a problem before the upgrade; every connection that is
accepted has a reader, and ends when the client leaves or is to leave, whichever is first.
"""

import asyncio
from collections.abc import MutableMapping
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from openoutcry.gateway.bodies import shown
from openoutcry.gateway.guard import NOBODY, Guard
from openoutcry.gateway.native.stream.connection import Connection
from openoutcry.gateway.native.stream.identity import Identity
from openoutcry.gateway.native.stream.outlets import (
    AsgiOutlet,
    DirectOutlet,
    Rounds,
    direct_socket,
    run_by_asgi,
)
from openoutcry.gateway.native.stream.own_methods import refuse_too_many
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission
from openoutcry.streams.connections import Holder
from openoutcry.streams.subscriber import RESTART

PATH: Final = "/api/v1/stream"
MESSAGES_A_TURN: Final = 32
"""Of one client, before the loop serves others."""
_FORMATS: Final = ("json", "msgpack")


class NativeStream:
    """The ASGI application behind the stream."""

    def __init__(self, venue: Venue, guard: Guard) -> None:
        self._venue = venue
        self._guard = guard
        self._rounds = Rounds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; raises the problem for which it is not accepted."""
        await receive()
        caller = self._guard.admit(scope)
        if caller is not NOBODY:
            caller.demand(Permission.READ)
        is_packed = is_packed_of(scope["query_string"])
        client = scope.get("client")
        address = client[0] if client else ""
        refuse_too_many(self._venue, Holder(caller.account_id, address))
        identity = Identity(self._venue, self._guard, address)
        connection = Connection(self._venue, identity, is_packed=is_packed)
        identity.on_expiry = connection.expire
        by_venue = False
        try:
            await send({"type": "websocket.accept"})
            direct = direct_socket(scope)
            if direct is not None:
                direct.take_over(receiver := _Receiver(connection))
                connection.inlet = direct
                outlet = DirectOutlet(direct, connection.outbox, self._rounds, is_binary=is_packed)
                connection.outlet = receiver.outlet = outlet
                connection.begin(caller)
                by_venue = await _read(receive, connection)
            else:
                plain = AsgiOutlet(send, connection.outbox, is_binary=is_packed)
                connection.outlet = plain
                connection.inlet = inlet = _Inlet()
                connection.begin(caller)
                reading = asyncio.create_task(_read(receive, connection, inlet))
                await run_by_asgi(plain, reading)
                by_venue = reading.done() and not reading.cancelled() and reading.result()
        except OSError:
            pass  # It went away.
        finally:
            connection.end(by_venue=by_venue)


def is_packed_of(query: bytes) -> bool:
    """Say whether a query asks for MessagePack, or raise what is wrong with it."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    for name, _ in pairs:
        if name != "format":
            detail = f"unknown parameter: {shown(name)}; the stream takes format"
            raise Problem(400, "unknown_property", detail)
    asked = [value for _, value in pairs] or ["json"]
    if len(asked) > 1 or asked[0] not in _FORMATS:
        raise Problem(400, "invalid_value", "format is json or msgpack")
    return asked[0] == "msgpack"


class _Receiver:
    """A connection as the server's short way knows it."""

    outlet: DirectOutlet

    def __init__(self, connection: Connection) -> None:
        self.take = connection.take

    def go_on(self) -> None:
        """Learn that the socket takes more."""
        self.outlet.wake()


class _Inlet:
    """The way in by plain ASGI: whoever reads waits while it is shut."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()

    def stop_reading(self) -> None:
        """Let the client wait with what it sends."""
        self.open.clear()

    def start_reading(self) -> None:
        """Take messages again."""
        self.open.set()


async def _read(receive: Receive, connection: Connection, inlet: _Inlet | None = None) -> bool:
    """Take what comes until the client has gone; say whether that was the venue's own doing."""
    read = 0
    while True:
        message: MutableMapping[str, Any] = await receive()
        if message["type"] == "websocket.disconnect":
            # A client that closes with this code gives a reason, if an empty one.
            return message.get("code") == RESTART and "reason" not in message
        text = message.get("text")
        if text is None:
            connection.take(message.get("bytes") or b"", is_binary=True)
        else:
            connection.take(text.encode(errors="surrogatepass"), is_binary=False)
        read += 1
        if inlet is not None:
            await inlet.open.wait()
        if read % MESSAGES_A_TURN == 0:
            await asyncio.sleep(0)
