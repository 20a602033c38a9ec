"""Reading a request's body: whole, within its size, within its time.

A timer for every body would cost a tenth of a hot call, and nearly every body is there when it is
asked for. So whoever has to wait is only noted, and one sweep a second looks for those that have
waited too long.
"""

import asyncio
from typing import Any, Final

from starlette.types import Message, Receive

from openoutcry.gateway.problems import Problem

BODY_BYTES_MAX: Final = 64 * 1024
"""Larger bodies are refused with 413, as soon as that much of one has arrived."""
BODY_SECONDS_MAX: Final = 10.0
"""A body that is not whole after this long, to the second, is refused with 408."""
_SWEEP_S: Final = 1.0


class Disconnected(Exception):
    """The caller went away before the body was whole; there is nobody to answer."""


class _Patience:
    """Who waits for the rest of a body on one loop, and since when."""

    def __init__(self) -> None:
        self._since: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._sweeping: asyncio.AbstractEventLoop | None = None

    def begin(self) -> asyncio.Task[Any]:
        """Note that the current task waits from now on."""
        task = asyncio.current_task()
        assert task is not None, "a body is read in a task"
        loop = task.get_loop()
        self._since[task] = loop.time()
        if self._sweeping is not loop:
            self._sweeping = loop
            loop.call_later(_SWEEP_S, self._sweep, loop)
        return task

    def end(self, task: asyncio.Task[Any]) -> bool:
        """Note that a task waits no longer, and say whether it was stopped for being late."""
        self._since.pop(task, None)
        if task in self._late:
            self._late.discard(task)
            return True
        return False

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        deadline = loop.time() - BODY_SECONDS_MAX
        for task, since in self._since.items():
            if since < deadline and task not in self._late:
                self._late.add(task)
                task.cancel()
        if self._since and self._sweeping is loop:
            loop.call_later(_SWEEP_S, self._sweep, loop)
        else:
            self._sweeping = None


_patience: Final = _Patience()


async def read_body(receive: Receive) -> bytes:
    """Return the whole body, or raise `Problem` 413 or 408, or `Disconnected`."""
    task = _patience.begin()
    try:
        message = await receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            body: bytes = message.get("body", b"")
            check_size(len(body))
        else:
            body = await _read_on(message, receive)
    except asyncio.CancelledError:
        if not _patience.end(task):
            raise
        task.uncancel()
        detail = f"the body did not end within {BODY_SECONDS_MAX:g} s"
        raise Problem(408, "body_incomplete", detail) from None
    except BaseException:
        _patience.end(task)
        raise
    _patience.end(task)
    return body


def handed_on(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read once more, and then whatever comes after it."""
    waiting = [body]

    async def receive_again() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return receive_again


def check_size(size: int) -> None:
    """Raise 413 for a body beyond the limit."""
    if size > BODY_BYTES_MAX:
        raise Problem(413, "body_too_large", f"a body has at most {BODY_BYTES_MAX} bytes")


async def _read_on(message: Message, receive: Receive) -> bytes:
    parts = bytearray()
    while message["type"] == "http.request":
        part = message.get("body", b"")
        assert isinstance(part, bytes), "ASGI delivers bytes"
        parts += part
        check_size(len(parts))
        if not message.get("more_body", False):
            return bytes(parts)
        message = await receive()
    raise Disconnected
