"""A crowd of WebSocket clients in a process of its own.

So whoever places orders and looks at the clock is not late because a thousand messages came in.
The process is told by a pipe what to do, one call at a time. Its clock is the system's monotonic
one, so times of both processes can be compared.
"""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Callable, Coroutine
from multiprocessing.connection import Connection as Pipe
from types import NoneType
from typing import Final, Self, TypeVar

import uvloop

from benchmarks.harness import LOAD_CORES
from benchmarks.listeners import Heard, Listener, Reading, all_have, hang_up, open_listeners

WAIT_S_MAX: Final = 120.0
T = TypeVar("T")

Obey = Callable[[int, Pipe], Coroutine[object, object, None]]
"""What the process does with the port of the server and its end of the pipe."""


class Elsewhere:
    """A process that obeys; each call here is answered when it has been done there."""

    def __init__(self, obey: Obey, port: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_live, args=(obey, port, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()

    def _ask(self, call: tuple[object, ...], kind: type[T]) -> T:
        self._pipe.send(call)
        answer = self._pipe.recv()
        assert isinstance(answer, kind), "both ends know what is answered"
        return answer


def _live(obey: Obey, port: int, pipe: Pipe) -> None:
    os.sched_setaffinity(0, LOAD_CORES)
    uvloop.run(obey(port, pipe))


class Crowd(Elsewhere):
    """The clients of one server."""

    def __init__(self, port: int) -> None:
        super().__init__(_obey, port)

    def open(self, count: int, reading: Reading = Reading.ALL) -> None:
        """Connect so many more."""
        self._ask(("open", count, reading), NoneType)

    def wait(self, messages: int) -> float:
        """Wait until all clients of the last opening have so many messages; return when it was."""
        return self._ask(("wait", messages), float)

    def heard(self) -> list[float]:
        """Return when the last client of the last opening heard each of its messages."""
        return self._ask(("heard",), list)


def _times_into(heard: list[float]) -> Heard:
    return lambda _: heard.append(time.perf_counter())


async def _obey(port: int, pipe: Pipe) -> None:
    newest: list[Listener] = []
    everybody: list[Listener] = []
    heard: list[float] = []
    while True:
        try:
            call = await asyncio.to_thread(pipe.recv)
        except EOFError:
            hang_up(everybody)
            return
        answer: object = None
        match call:
            case "open", int(count), Reading() as reading:
                heard = []
                newest = await open_listeners(
                    port, count, heard=_times_into(heard), reading=reading
                )
                everybody += newest
            case "wait", int(messages):
                await all_have(newest, messages, WAIT_S_MAX)
                answer = time.perf_counter()
            case _:
                answer = heard
        pipe.send(answer)
