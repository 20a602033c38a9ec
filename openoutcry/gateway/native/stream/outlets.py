"""How what waits for a connection gets onto its socket, the short way or by plain ASGI.

Rule: writing never waits in anybody's way. The short way writes when the socket takes it; by ASGI a
task of the connection's own waits for the server, which waits for the client.

The short way writes in rounds: whoever has something is noted, and one callback of the loop serves
`CONNECTIONS_A_ROUND` of them, each with all its messages in one write. The rest come in the next
round, so that orders get their turn while a thousand clients are told.
"""

import asyncio
import time
from collections import deque
from typing import Any, Final, Protocol

from starlette.types import Scope, Send

from openoutcry.gateway.native.stream.framing import framed, joined
from openoutcry.streams.outbox import Joined, Outbox
from openoutcry.streams.subscriber import CLOSE_WITHIN_S

DIRECT: Final = "openoutcry.direct"
"""The extension of a server that lets whole frames be written; see `openoutcry/direct.py`."""
CONNECTIONS_A_ROUND: Final = 64
WRITE_BYTES: Final = 64 * 1024
"""Of what waits, before the socket is asked again whether it takes more."""


class Outlet(Protocol):
    """The way out of one connection."""

    def wake(self) -> None:
        """Learn that something waits."""

    def is_held_up(self) -> bool:
        """Say whether the client is what is waited for."""

    def finish(self, code: int) -> None:
        """Write what waits and the close frame, or give the client up."""


class DirectSocket(Protocol):
    """What the extension offers."""

    is_full: bool

    def take_over(self, receiver: object) -> None:
        """Give every message from now on to a receiver."""

    def write(self, frames: bytes) -> None:
        """Write whole frames."""

    def close(self, code: int, last_words: bytes) -> None:
        """Write last frames and the close frame."""

    def stop_reading(self) -> None:
        """Let the client wait with what it sends."""

    def start_reading(self) -> None:
        """Take messages again."""


def direct_socket(scope: Scope) -> DirectSocket | None:
    """Return the short way, if the server has it."""
    found: DirectSocket | None = (scope.get("extensions") or {}).get(DIRECT)
    return found


class Rounds:
    """Who has something to write the short way, on one loop."""

    def __init__(self) -> None:
        self._due: deque[DirectOutlet] = deque()
        self._is_planned = False

    def note(self, outlet: "DirectOutlet") -> None:
        """Let an outlet write in one of the next rounds."""
        self._due.append(outlet)
        self._plan()

    def _plan(self) -> None:
        if not self._is_planned:
            self._is_planned = True
            asyncio.get_running_loop().call_soon(self._serve)

    def _serve(self) -> None:
        self._is_planned = False
        now = time.monotonic()
        due = self._due
        for _ in range(min(CONNECTIONS_A_ROUND, len(due))):
            due.popleft().write(now)
        if due:
            self._plan()


class DirectOutlet:
    """Frames of our own, written in rounds."""

    def __init__(
        self, socket: DirectSocket, outbox: Outbox, rounds: Rounds, *, is_binary: bool
    ) -> None:
        self._socket = socket
        self._outbox = outbox
        self._rounds = rounds
        self._is_binary = is_binary
        self._is_due = False

    def wake(self) -> None:
        """Write in the next round, unless the socket is full: then it says when it is not."""
        if not (self._is_due or self._socket.is_full):
            self._is_due = True
            self._rounds.note(self)

    def is_held_up(self) -> bool:
        """Say whether the socket is full."""
        return self._socket.is_full

    def write(self, now: float) -> None:
        """Write what waits, as far as the socket takes it."""
        self._is_due = False
        outbox, socket = self._outbox, self._socket
        while outbox and not socket.is_full:
            socket.write(framed(outbox.take(WRITE_BYTES, now), is_binary=self._is_binary))

    def finish(self, code: int) -> None:
        """Write the rest and the close frame, for a stalled client behind what it did not take."""
        rest = []
        while self._outbox:
            taken = self._outbox.take(WRITE_BYTES, 0.0)
            rest.append(framed(taken, is_binary=self._is_binary))
        self._socket.close(code, b"".join(rest))


class AsgiOutlet:
    """One message after the other, by a task of the connection's own."""

    def __init__(self, send: Send, outbox: Outbox, *, is_binary: bool) -> None:
        self._send = send
        self._outbox = outbox
        self._is_binary = is_binary
        self._wakened = asyncio.Event()
        self._code: int | None = None
        self._is_sending = False
        self.closing = asyncio.Event()

    def wake(self) -> None:
        """Let the task look again."""
        self._wakened.set()

    def is_held_up(self) -> bool:
        """Say whether the server waits for the client, which it does while it sends."""
        return self._is_sending

    def finish(self, code: int) -> None:
        """Let the task write the rest and the close frame, and be given up when it cannot."""
        if self._code is None:
            self._code = code
            self._wakened.set()
            self.closing.set()

    async def run(self) -> None:
        """Write what waits and what comes, until the close frame."""
        while True:
            while self._outbox:
                taken = self._outbox.take(WRITE_BYTES, time.monotonic())
                if isinstance(taken, Joined):
                    taken = [joined(taken, is_binary=self._is_binary)]
                self._is_sending = True
                for message in taken:
                    await self._send(self._event(message))
                self._is_sending = False
                # A socket that takes everything at once never suspends; others want their turn.
                await asyncio.sleep(0)
            if self._code is not None:
                await self._send({"type": "websocket.close", "code": self._code})
                return
            self._wakened.clear()
            await self._wakened.wait()

    def _event(self, message: bytes) -> dict[str, Any]:
        if self._is_binary:
            return {"type": "websocket.send", "bytes": message}
        return {"type": "websocket.send", "text": message.decode()}


async def run_by_asgi(outlet: AsgiOutlet, reading: "asyncio.Task[int]") -> None:
    """Run reader and writer until the client has left, or its close was written or gave up."""
    writing = asyncio.create_task(outlet.run())
    closing = asyncio.create_task(outlet.closing.wait())
    tasks: set[asyncio.Task[Any]] = {reading, writing, closing}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if closing.done() and not reading.done() and not writing.done():
            await asyncio.wait(
                {reading, writing}, timeout=CLOSE_WITHIN_S, return_when=asyncio.FIRST_COMPLETED
            )
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
