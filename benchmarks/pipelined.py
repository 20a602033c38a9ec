"""One client that keeps many requests under way on one WebSocket, and times each of them.

The protocol is spoken by hand, with a mask of zeros, which is as good as any: a library's work
would be measured instead of the server's.
"""

import asyncio
import base64
import os
import time
from collections import deque
from typing import Final, cast

import uvloop

from benchmarks.harness import HOST, WARM_UP_S, Load, Server, percentile

WINDOW: Final = 256
"""Requests under way."""
_REPLY: Final = b'{"request_id":'
_TEXT: Final = 0x81


def masked(payload: bytes, kind: int = _TEXT) -> bytes:
    """Return a client's frame."""
    size = len(payload)
    if size < 126:
        head = bytes((kind, 0x80 | size))
    else:
        head = bytes((kind, 0x80 | 126)) + size.to_bytes(2, "big")
    return head + bytes(4) + payload


class Client(asyncio.Protocol):
    """Sends one request again and again, so that as many as the window are under way."""

    def __init__(self, path: str, key: str, request: str) -> None:
        self._path = path
        self._key = key
        self._frame = masked(request.encode())
        self._sent: deque[float] = deque()
        self._rest = b""
        self._is_open = False
        self._transport: asyncio.Transport | None = None
        self.times: list[float] = []
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        who = f"Authorization: Bearer {self._key}\r\n" if self._key else ""
        self._transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: {HOST}\r\n{who}Upgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that it ended."""
        if not self.ended.done():
            self.ended.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        """Count replies, and send as many requests."""
        self._rest += data
        if not self._is_open:
            head, found, self._rest = self._rest.partition(b"\r\n\r\n")
            assert found, head
            assert b" 101 " in head, head
            self._is_open = True
            self._ask(WINDOW)
        replies = self._take_frames()
        if replies:
            self._ask(replies)

    def close(self) -> None:
        """Hang up."""
        assert self._transport is not None
        self.ended.cancel()
        self._transport.abort()

    def _ask(self, count: int) -> None:
        assert self._transport is not None
        self._sent.extend([time.perf_counter()] * count)
        self._transport.write(self._frame * count)

    def _take_frames(self) -> int:
        """Count the replies that are whole; an order that is refused is an error."""
        data, at, end, now = self._rest, 0, len(self._rest), time.perf_counter()
        replies = 0
        while end - at >= 4:
            size, start = data[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            assert size != 127, "no reply to an order is so long"
            if end < start + size:
                break
            if data.startswith(_REPLY, start):
                if data.find(b'"problem":', start, start + 64) >= 0:
                    raise RuntimeError(data[start : start + size].decode())
                replies += 1
                self.times.append(now - self._sent.popleft())
            at = start + size
        self._rest = data[at:]
        return replies


async def _run(server: Server, path: str, key: str, request: str, seconds: float) -> Load:
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(lambda: Client(path, key, request), HOST, server.port)
    await asyncio.wait((client.ended,), timeout=WARM_UP_S)
    client.times.clear()
    used, started = server.processor_s(), time.perf_counter()
    await asyncio.wait((client.ended,), timeout=seconds)
    took, used = time.perf_counter() - started, server.processor_s() - used
    times = client.times
    if client.ended.done():
        client.ended.result()
    client.close()
    return Load(
        len(times),
        took,
        len(times) / took,
        percentile(times, 0.50) * 1e3,
        percentile(times, 0.99) * 1e3,
        used / len(times) * 1e6,
    )


def pipelined(server: Server, path: str, key: str, request: str, *, seconds: float) -> Load:
    """Send a request over one connection for some seconds, and say how it went."""
    return uvloop.run(_run(server, path, key, request, seconds))
