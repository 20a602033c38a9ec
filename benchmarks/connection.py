"""Keep-alive connections of the benchmarks' own, cheap enough to keep a steady rate.

wrk can only load as fast as it goes; here calls start on the clock, whether or not earlier ones
have been answered, so a server that pauses is charged for everybody who had to wait meanwhile.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple, Self, cast

import uvloop

from benchmarks.harness import HOST, Server

_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
CONNECTIONS: Final = 32
"""That calls are dealt out to; one that waits for an answer holds up those behind it."""


class Connection(asyncio.Protocol):
    """One keep-alive connection; calls are answered in order. Every answer must be 2xx."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[asyncio.Future[bytes]] = deque()
        self._heard = b""

    @classmethod
    async def open(cls, port: int) -> Self:
        """Connect to a server under test."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, HOST, port)
        return connection

    def call(self, request: bytes) -> "asyncio.Future[bytes]":
        """Send a request and return what will hold the body of its answer."""
        assert self._transport is not None, "a connection is opened first"
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._transport.write(request)
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave nobody waiting."""
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        """Take answers apart; only whole ones count."""
        self._heard += data
        while (end := self._heard.find(b"\r\n\r\n")) >= 0:
            head = self._heard[:end]
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._heard) < whole:
                return
            body, self._heard = self._heard[end + 4 : whole], self._heard[whole:]
            answer = self._waiting.popleft()
            if head[9:10] == b"2":
                answer.set_result(body)
            else:
                answer.set_exception(RuntimeError(f"{head.decode()}\n{body.decode()}"))


def request_of(method: str, path: str, body: str = "", key: str = "") -> bytes:
    """Return the bytes of a request."""
    who = f"Authorization: Bearer {key}\r\n" if key else ""
    return (
        f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n{who}Content-Type: application/json\r\n"
        f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
    ).encode()


def post_all(server: Server, path: str, bodies: Sequence[str], key: str = "") -> None:
    """Post bodies, many at a time, and wait for all answers."""
    uvloop.run(post_all_on(server, [request_of("POST", path, body, key) for body in bodies]))


async def post_all_on(server: Server, requests: Sequence[bytes]) -> None:
    """Make calls, many at a time, and wait for all answers."""
    connections = [await Connection.open(server.port) for _ in range(CONNECTIONS)]
    waiting = deque(requests)

    async def work(connection: Connection) -> None:
        while waiting:
            await connection.call(waiting.popleft())

    await asyncio.gather(*(work(connection) for connection in connections))
    for connection in connections:
        connection.close()


class Timed(NamedTuple):
    """A call at a fixed rate."""

    due: float
    """On the clock of `time.perf_counter`."""
    seconds: float
    """From when it was due to its answer."""


async def steady(
    server: Server, request: bytes, *, rate: float, seconds: float, connections: int = CONNECTIONS
) -> list[Timed]:
    """Make a call at a fixed rate, on connections in turn, and time each from when it was due."""
    opened = [await Connection.open(server.port) for _ in range(connections)]
    started = time.perf_counter() + 0.01
    calls = []
    for number in range(int(rate * seconds)):
        due = started + number / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        calls.append(asyncio.ensure_future(_timed(opened[number % connections], request, due)))
    timed = await asyncio.gather(*calls)
    for connection in opened:
        connection.close()
    return timed


async def _timed(connection: Connection, request: bytes, due: float) -> Timed:
    await connection.call(request)
    return Timed(due, time.perf_counter() - due)
