"""WebSocket clients by the thousand in one process: they count messages and hardly read them.

The protocol is spoken by hand, because a library's work for a thousand clients would be measured
instead of the server's. A client may stall: it stops reading, with a small buffer. One that offers
compression, as browsers and libraries do, takes what comes compressed apart, too.
"""

import asyncio
import base64
import os
import socket
import zlib
from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial
from typing import Final, TypeVar, cast

from benchmarks.harness import HOST
from benchmarks.pipelined import masked

STALLED_BUFFER: Final = 4096
"""Bytes that the system takes for a client that does not read, so that the server feels it soon."""
OPENING: Final = 50
"""Handshakes under way at once."""
OPENING_S_MAX: Final = 60.0
TEXT: Final = 0x81
COMPRESSED: Final = 0xC1
"""A text frame of permessage-deflate."""
CLOSE: Final = 0x88
PING: Final = 0x89
PONG: Final = 0x8A
DEFLATE: Final = "permessage-deflate; client_max_window_bits"
"""What browsers offer, and the library `websockets`."""
_BLOCK_END: Final = b"\x00\x00\xff\xff"
"""What permessage-deflate leaves out at the end of every message (RFC 7692, 7.2.1)."""

Heard = Callable[[bytes], None]


class Reading(Enum):
    """What a client takes off its socket."""

    ALL = "all"
    NOTHING = "nothing"


class Client(asyncio.Protocol):
    """One client: it asks for the upgrade; whoever takes frames counts `messages`."""

    def __init__(self, path: str, offers: str = "") -> None:
        self.messages = 0
        self.is_closed = False
        self.latest = b""
        """What came last: where the connection was closed, that says why."""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._path = path
        self._offers = f"Sec-WebSocket-Extensions: {offers}\r\n" if offers else ""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Version: 13\r\n{self._offers}\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember that it ended."""
        self.is_closed = True
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionError("the server hung up"))

    def say(self, text: bytes) -> None:
        """Send a message."""
        assert self._transport is not None
        self._transport.write(masked(text))

    def stall(self) -> None:
        """Read nothing more."""
        assert self._transport is not None
        self._transport.pause_reading()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()


C = TypeVar("C", bound=Client)


class Listener(Client):
    """Takes frames apart; `heard` is called with each text, if given."""

    def __init__(self, path: str, heard: Heard | None = None, offers: str = "") -> None:
        super().__init__(path, offers)
        self._heard = heard
        self._waiting = b""
        self._inflating = zlib.decompressobj(wbits=-zlib.MAX_WBITS)

    def data_received(self, data: bytes) -> None:
        """Take frames apart."""
        self.latest = data
        self._waiting += data
        if not self.opened.done():
            head, found, rest = self._waiting.partition(b"\r\n\r\n")
            if not found:
                return
            self._waiting = rest
            if b" 101 " not in head.partition(b"\r\n")[0]:
                self.opened.set_exception(ConnectionError(head.decode()))
                return
            self.opened.set_result(None)
        self._take_frames()

    def take(self, text: bytes) -> None:
        """Hear a message."""
        self.messages += 1
        if self._heard is not None:
            self._heard(text)

    def _take_frames(self) -> None:
        data, at, end = self._waiting, 0, len(self._waiting)
        while end - at >= 2:
            kind, length = data[at], data[at + 1]
            start = at + 2
            if length == 126:
                start = at + 4
                length = int.from_bytes(data[at + 2 : at + 4], "big")
            elif length == 127:
                start = at + 10
                length = int.from_bytes(data[at + 2 : at + 10], "big")
            if end < start + length:
                break
            if kind == TEXT:
                self.take(data[start : start + length])
            elif kind == COMPRESSED:
                compressed = data[start : start + length] + _BLOCK_END
                self.take(self._inflating.decompress(compressed))
            elif kind == PING:
                assert self._transport is not None
                self._transport.write(masked(data[start : start + length], PONG))
            elif kind == CLOSE:
                self.is_closed = True
            at = start + length
        self._waiting = data[at:]


async def connect_all(
    port: int, makers: Sequence[Callable[[], C]], reading: Reading = Reading.ALL
) -> list[C]:
    """Connect a client of each maker, some at a time."""
    loop = asyncio.get_running_loop()
    turns = asyncio.Semaphore(OPENING)

    async def connect(make: Callable[[], C]) -> C:
        async with turns:
            peer = socket.socket()
            if reading is Reading.NOTHING:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, STALLED_BUFFER)
            peer.setblocking(False)  # noqa: FBT003
            await loop.sock_connect(peer, (HOST, port))
            _, client = await loop.create_connection(make, sock=peer)
            await client.opened
            if reading is Reading.NOTHING:
                client.stall()
            return client

    async with asyncio.timeout(OPENING_S_MAX):
        return await asyncio.gather(*map(connect, makers))


async def open_listeners(
    port: int, count: int, *, heard: Heard | None = None, reading: Reading = Reading.ALL
) -> list[Listener]:
    """Connect clients; the last of them calls `heard` with what it hears."""
    makers = [partial(Listener, "/ws")] * count
    makers[-1:] = [partial(Listener, "/ws", heard)] * min(count, 1)
    return await connect_all(port, makers, reading)


def hang_up(clients: Sequence[Client]) -> None:
    """Let clients go."""
    for client in clients:
        client.close()


async def all_have(clients: Sequence[Client], messages: int, seconds: float) -> None:
    """Wait until each has heard so many messages; raise TimeoutError if that takes too long."""
    async with asyncio.timeout(seconds):
        for client in clients:
            while client.messages < messages:
                if client.is_closed:
                    raise ConnectionError(f"a client that reads was closed: {client.latest!r}")
                await asyncio.sleep(0.002)
