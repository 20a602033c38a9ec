"""Clients of the stream in a process of their own: they subscribe, and count what they hear.

A message is counted by its mark, not by its frame, so that joined messages count as many. The
process is told by a pipe what to do; its clock is the system's monotonic one.
"""

import asyncio
import base64
import multiprocessing
import os
import socket
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection as Pipe
from typing import Final, Self, cast

import uvloop

from benchmarks.harness import HOST, LOAD_CORES
from benchmarks.pipelined import masked

WAIT_S_MAX: Final = 120.0
_OPENING: Final = 50
"""Handshakes under way at once."""
_STALLED_BUFFER: Final = 4096
"""Bytes that the system takes for a client that does not read, so that the server feels it soon."""


class Hearer(asyncio.Protocol):
    """One client; `messages` counts what bears the mark."""

    def __init__(self, path: str, says: bytes, mark: bytes) -> None:
        self.messages = 0
        self.is_closed = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._path = path
        self._says = says
        self._mark = mark
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember that it ended."""
        self.is_closed = True
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        """Count; of what is cut in two, the first part waits for the second."""
        if not self.opened.done():
            assert self._transport is not None
            self._transport.write(masked(self._says) if self._says else b"")
            self.opened.set_result(None)
        data = self._rest + data
        self.messages += data.count(self._mark)
        last = data.rfind(self._mark)
        kept = max(last + len(self._mark), len(data) - len(self._mark) + 1)
        self._rest = data[kept:]

    def stall(self) -> None:
        """Read nothing more."""
        assert self._transport is not None
        self._transport.pause_reading()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()


class Hearers:
    """The clients of one server; each call here is answered when it has been done there."""

    def __init__(self, port: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_live, args=(port, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()

    def open(self, count: int, path: str, says: str, mark: str, *, stalls: bool = False) -> None:
        """Connect so many more, which say something first and count what bears a mark."""
        self._ask(("open", count, path, says, mark, stalls))

    def wait(self, messages: int) -> float:
        """Wait until each of the last opening has so many messages; return when it was."""
        return self._ask(("wait", messages))

    def _ask(self, call: tuple[object, ...]) -> float:
        self._pipe.send(call)
        answer: float = self._pipe.recv()
        return answer


def _live(port: int, pipe: Pipe) -> None:
    os.sched_setaffinity(0, LOAD_CORES)
    uvloop.run(_obey(port, pipe))


async def _obey(port: int, pipe: Pipe) -> None:
    hearers: list[Hearer] = []
    everybody: list[Hearer] = []
    while True:
        try:
            call = await asyncio.to_thread(pipe.recv)
        except EOFError:
            for hearer in everybody:
                hearer.close()
            return
        if call[0] == "open":
            _, count, path, says, mark, stalls = call
            make = partial(Hearer, path, says.encode(), mark.encode())
            hearers = await _open(port, count, make, stalls=stalls)
            everybody += hearers
        else:
            await _all_have(hearers, call[1])
        pipe.send(time.perf_counter())


async def _open(port: int, count: int, make: Callable[[], Hearer], *, stalls: bool) -> list[Hearer]:
    turns = asyncio.Semaphore(_OPENING)

    async def connect() -> Hearer:
        async with turns:
            loop = asyncio.get_running_loop()
            peer = socket.socket()
            if stalls:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _STALLED_BUFFER)
            peer.setblocking(False)  # noqa: FBT003
            await loop.sock_connect(peer, (HOST, port))
            _, hearer = await loop.create_connection(make, sock=peer)
            await hearer.opened
            if stalls:
                hearer.stall()
            return hearer

    return await asyncio.gather(*(connect() for _ in range(count)))


async def _all_have(hearers: list[Hearer], messages: int) -> None:
    async with asyncio.timeout(WAIT_S_MAX):
        for hearer in hearers:
            while hearer.messages < messages:
                if hearer.is_closed:
                    raise ConnectionError("a client that reads was closed")
                await asyncio.sleep(0.001)
