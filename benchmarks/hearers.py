"""Clients of the stream in a process of their own: they subscribe, and count what they hear.

A message is counted by its mark, not by its frame, so that joined messages count as many.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.connection import Connection as Pipe
from types import NoneType

from benchmarks.crowd import WAIT_S_MAX, Elsewhere
from benchmarks.listeners import (
    DEFLATE,
    Client,
    Listener,
    Reading,
    all_have,
    connect_all,
    hang_up,
)


class Hearer(Client):
    """One client; `messages` counts what bears the mark."""

    def __init__(self, path: str, says: bytes, mark: bytes) -> None:
        super().__init__(path)
        self._says = says
        self._mark = mark
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        """Count; of what is cut in two, the first part waits for the second."""
        self.latest = data
        if not self.opened.done():
            if self._says:
                self.say(self._says)
            self.opened.set_result(None)
        data = self._rest + data
        self.messages += data.count(self._mark)
        last = data.rfind(self._mark)
        kept = max(last + len(self._mark), len(data) - len(self._mark) + 1)
        self._rest = data[kept:]


class InflatingHearer(Listener):
    """One client that offered compression."""

    def __init__(self, path: str, says: bytes, mark: bytes) -> None:
        super().__init__(path, offers=DEFLATE)
        self._says = says
        self._mark = mark

    def data_received(self, data: bytes) -> None:
        """Say what is to be said as soon as that is possible."""
        is_new = not self.opened.done()
        super().data_received(data)
        if is_new and self.opened.done() and self._says:
            self.say(self._says)

    def take(self, text: bytes) -> None:
        """Count."""
        self.messages += text.count(self._mark)


class Hearers(Elsewhere):
    """The clients of one server."""

    def __init__(self, port: int) -> None:
        super().__init__(_obey, port)

    def open(
        self,
        count: int,
        path: str,
        says: str,
        mark: str,
        *,
        stalls: bool = False,
        inflates: bool = False,
    ) -> None:
        """Connect so many more, which say something first and count what bears a mark."""
        self._ask(("open", count, path, says, mark, stalls, inflates), NoneType)

    def wait(self, messages: int) -> float:
        """Wait until each of the last opening has so many messages; return when it was."""
        return self._ask(("wait", messages), float)


async def _obey(port: int, pipe: Pipe) -> None:
    hearers: Sequence[Client] = []
    everybody: list[Client] = []
    while True:
        try:
            call = await asyncio.to_thread(pipe.recv)
        except EOFError:
            hang_up(everybody)
            return
        answer: float | None = None
        if call[0] == "open":
            _, count, path, says, mark, stalls, inflates = call
            kind = InflatingHearer if inflates else Hearer
            make: Callable[[], Client] = partial(kind, path, says.encode(), mark.encode())
            reading = Reading.NOTHING if stalls else Reading.ALL
            hearers = await connect_all(port, [make] * count, reading)
            everybody += hearers
        else:
            await all_have(hearers, call[1], WAIT_S_MAX)
            answer = time.perf_counter()
        pipe.send(answer)
