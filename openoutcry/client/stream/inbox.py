"""Messages that wait for the program: up to a maximum; what is lost beyond it is said so."""

import asyncio
from collections import deque
from typing import Final

from openoutcry.client.errors import Overrun
from openoutcry.client.stream.messages import Message

MESSAGES_MAX: Final = 100_000
"""Messages that wait for the program. When one more comes all of them are dropped, and the program
is told by `Overrun`: a program that does not read at all must not fill the memory."""


class Inbox:
    """A queue of one loop; it ends with a fault or with nothing."""

    def __init__(self, messages_max: int = MESSAGES_MAX) -> None:
        self._max = messages_max
        self._waiting: deque[Message] = deque()
        self._lost = 0
        self._is_over = False
        self._fault: Exception | None = None
        self._something = asyncio.Event()

    def put(self, message: Message) -> None:
        """Let a message wait."""
        if len(self._waiting) >= self._max:
            self._lost += len(self._waiting)
            self._waiting.clear()
        self._waiting.append(message)
        self._something.set()

    def end(self, fault: Exception | None = None) -> None:
        """Say that nothing more comes, and why."""
        if not self._is_over:
            self._is_over, self._fault = True, fault
        self._something.set()

    async def take(self) -> Message | None:
        """Return the next message; None after the last. Raises `Overrun`, or why it is over."""
        while not self._lost and not self._waiting and not self._is_over:
            self._something.clear()
            await self._something.wait()
        return self._next()

    async def take_all(self) -> list[Message]:
        """Return all that waits, at least one message; none after the last."""
        first = await self.take()
        if first is None:
            return []
        rest = list(self._waiting)
        self._waiting.clear()
        return [first, *rest]

    def _next(self) -> Message | None:
        if self._lost:
            lost, self._lost = self._lost, 0
            raise Overrun(lost)
        if self._waiting:
            return self._waiting.popleft()
        if self._fault is not None:
            raise self._fault
        return None
