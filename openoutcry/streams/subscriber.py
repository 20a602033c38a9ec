"""What waits for one socket, and how it is written.

Rule: telling never waits and never fails: it appends, or it ends the subscription. A socket that
does not read costs `MESSAGES_MAX` messages of memory and nobody's time.

When the queue is full the subscriber is closing: what is in it still goes out, as far as the client
takes it, and then the close code. `CLOSE_WITHIN_S` after that began, the connection is given up.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

import structlog

from openoutcry.model.units import KeyId

MESSAGES_MAX: Final = 1_000
"""Messages that wait for one socket; the next one closes it with `TOO_SLOW`."""
CLOSE_WITHIN_S: Final = 30.0
"""How long a closing socket has to take what is left, the close frame included."""
TURN: Final = 32
"""Messages written in a row before the loop serves others."""

NOT_PERMITTED: Final = 1008
"""Close code when the key that the socket was opened with is revoked or expires."""
TOO_LARGE: Final = 1009
"""Close code after a message beyond the limit."""
FAULT: Final = 1011
"""Close code when a fault stops the venue."""
RESTART: Final = 1012
"""Close code when the venue stops; come back."""
TOO_SLOW: Final = 4008
"""Close code of a socket that did not read; it can resume by sequence."""

_log: Final = structlog.get_logger("openoutcry")

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class SocketClosed(Exception):
    """There is no socket any more to write to."""


class Subscriber:
    """The bounded queue of one socket. `close_code` is set once, by whoever ends it first."""

    __slots__ = ("_closing", "_send", "_waiting", "_wakened", "close_code", "key_id")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: deque[str] = deque()
        self._wakened = asyncio.Event()
        self._closing = asyncio.Event()
        self.close_code: int | None = None
        self.key_id: KeyId | None = None
        """The key by which it listens; None: it needs none, or is nobody yet."""

    def tell(self, text: str) -> None:
        """Let a message wait for the socket."""
        if self.close_code is not None:
            return
        if len(self._waiting) >= MESSAGES_MAX:
            self.close(TOO_SLOW)
            _log.warning("client_too_slow", key_id=self.key_id, waiting=len(self._waiting))
            return
        self._waiting.append(text)
        self._wakened.set()

    def close(self, code: int) -> None:
        """End the subscription, after what waits already."""
        if self.close_code is None:
            self.close_code = code
            self._closing.set()
            self._wakened.set()

    def wake(self) -> None:
        """Let `pump` look again whether it is over."""
        self._wakened.set()

    async def wait_closing(self) -> None:
        """Wait until the subscription is to end."""
        await self._closing.wait()

    async def pump(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """Write what waits and what comes, until it is over or the subscription is to end."""
        while True:
            await self.flush()
            if self.close_code is not None or is_over():
                return
            self._wakened.clear()
            await self._wakened.wait()

    async def flush(self) -> None:
        """Write what waits now."""
        written = 0
        while self._waiting:
            await self._write({"type": "websocket.send", "text": self._waiting.popleft()})
            written += 1
            if written % TURN == 0:
                # A socket that takes everything at once never suspends; others want their turn.
                await asyncio.sleep(0)

    async def write(self, texts: Iterable[str]) -> None:
        """Write messages that do not wait in the queue, at the client's pace."""
        for written, text in enumerate(texts, 1):
            await self._write({"type": "websocket.send", "text": text})
            if written % TURN == 0:
                await asyncio.sleep(0)

    async def write_close(self) -> None:
        """Write the close frame."""
        assert self.close_code is not None, "only an ended subscription closes its socket"
        await self._write({"type": "websocket.close", "code": self.close_code})

    async def _write(self, message: MutableMapping[str, Any]) -> None:
        try:
            await self._send(message)
        except (OSError, RuntimeError) as gone:
            # Servers say it either way when the connection ended before they told us.
            raise SocketClosed from gone
