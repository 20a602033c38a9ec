"""The raw baseline of fan-out: an asyncio server that writes ready frames to sockets, no more.

`python -m benchmarks.raw_sockets PORT`. A client that asks for an upgrade is listened to no more; a
POST tells its body, framed once, to every such client.
"""

import asyncio
import base64
import hashlib
import re
import sys
from typing import Final, cast

import uvloop

from benchmarks.harness import HOST

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY: Final = re.compile(rb"sec-websocket-key: *(\S+)", re.IGNORECASE)
_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_sockets: Final[dict[asyncio.Transport, None]] = {}


class RawSocket(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._heard = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Tell nothing more."""
        if self._transport is not None:
            _sockets.pop(self._transport, None)

    def data_received(self, data: bytes) -> None:
        """Upgrade, or tell what was posted."""
        assert self._transport is not None
        if self._transport in _sockets:
            return
        self._heard += data
        while (end := self._heard.find(b"\r\n\r\n")) >= 0:
            head = self._heard[:end]
            if key := _KEY.search(head):
                accept = base64.b64encode(hashlib.sha1(key[1] + _GUID).digest()).decode()
                self._transport.write(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                    f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode()
                )
                _sockets[self._transport] = None
                return
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._heard) < whole:
                return
            body, self._heard = self._heard[end + 4 : whole], self._heard[whole:]
            if body:
                _tell(body)
            self._transport.write(_OK)


def _tell(body: bytes) -> None:
    size = len(body)
    head = bytes((0x81, size)) if size < 126 else bytes((0x81, 126)) + size.to_bytes(2, "big")
    frame = head + body
    for socket in _sockets:
        socket.write(frame)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(RawSocket, HOST, port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
