"""The venue lives on one event loop, whoever calls.

Rule: nothing else in the project knows about other loops or threads of callers.

Theory of operation
-------------------
Under a server, and inside the `with` block of a test client, there is a lifespan: the venue opens
on its loop, every call comes on the same loop, and this file costs a comparison. Other callers (a
`TestClient` without `with`, httpx's `ASGITransport`) bring no lifespan, and their loops end with
the call, where the venue's timers and agents could not live. For those the first call opens the
venue on a loop of its own in a daemon thread, and each call runs there, its `receive` and `send`
carried across. A lifespan that comes later closes that one and opens the venue at home.

Without a lifespan nobody says when it is over. So the thread ends when the app is collected, which
the thread must not prevent: what `Opening` yields may not hold the app, only know where it was.
"""

import asyncio
import threading
import weakref
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, suppress
from enum import Enum
from functools import partial
from typing import Any, Final, TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

STOP_SECONDS_MAX: Final = 10.0
"""How long closing the venue in its thread is waited for before another one opens."""
HANG_UP_SECONDS_MAX: Final = 1.0
"""How long a caller that was canceled waits for its call to end."""


class Process(Enum):
    """Whose process the venue runs in, and so whether it may end it."""

    OURS = "ours"
    """A server's."""
    BORROWED = "borrowed"
    """A test's, or whoever's that calls the app directly."""


Opening = Callable[[Process], AbstractAsyncContextManager[ASGIApp]]
"""Opens the venue on the running loop, and closes it at the end of the block."""
_Message = MutableMapping[str, Any]
_Carried = TypeVar("_Carried")


class OneLoop:
    """An ASGI app that runs every call on the loop on which the venue was opened."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._home: asyncio.AbstractEventLoop | None = None
        self._app: ASGIApp | None = None
        self._tenant: _Tenant | None = None
        self._farewell: weakref.finalize[[], OneLoop] | None = None
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or live through one lifespan."""
        if self._home is asyncio.get_running_loop():
            assert self._app is not None, "who has a home has an app"
            await self._app(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            await self._call_across(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if self._home is not None:
            # Another lifespan is on: its venue answers, and this one has nothing to open or close.
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        phase = "startup"
        try:
            await asyncio.to_thread(self.close)
            async with self._opening(_process_of(scope)) as self._app:
                self._home = asyncio.get_running_loop()
                await send({"type": "lifespan.startup.complete"})
                await receive()
                phase = "shutdown"
                self._home = None
        except Exception as fault:
            await send({"type": f"lifespan.{phase}.failed", "message": str(fault) or repr(fault)})
            raise
        finally:
            self._home = self._app = None
        await send({"type": "lifespan.shutdown.complete"})

    async def _call_across(self, scope: Scope, receive: Receive, send: Send) -> None:
        home, app = await asyncio.wrap_future(self._foreign_home())
        call = _Crossing(asyncio.get_running_loop(), receive, send)
        at_home = asyncio.run_coroutine_threadsafe(call.run(app, scope), home)
        try:
            await asyncio.wrap_future(at_home)
        except asyncio.CancelledError:
            # The caller's loop may end with this call, so the call must not outlive it.
            call.hang_up()
            raise

    def _foreign_home(self) -> "Future[tuple[asyncio.AbstractEventLoop, ASGIApp]]":
        with self._lock:
            if self._home is not None and self._app is not None:
                found: Future[tuple[asyncio.AbstractEventLoop, ASGIApp]] = Future()
                found.set_result((self._home, self._app))
                return found
            if self._tenant is None or self._tenant.has_failed():
                self._tenant = _Tenant(self._opening)
                self._part_with(self._tenant)
            return self._tenant.opened

    def close(self) -> None:
        """Close the venue if it lives in a thread of its own; blocks until it is closed."""
        with self._lock:
            tenant, self._tenant = self._tenant, None
            self._part_with(None)
        if tenant is not None:
            tenant.close()

    def _part_with(self, tenant: "_Tenant | None") -> None:
        """Let this tenant, and no earlier one, leave when nobody has the app any more."""
        if self._farewell is not None:
            self._farewell.detach()
            self._farewell = None
        if tenant is not None:
            self._farewell = weakref.finalize(self, tenant.leave)
            # The interpreter's end is too late: a closing venue needs threads.
            self._farewell.atexit = False


def _process_of(lifespan: Scope) -> Process:
    """Judge a lifespan: a server has it on the main thread and, unlike test clients, names ASGI."""
    is_main = threading.current_thread() is threading.main_thread()
    return Process.OURS if "asgi" in lifespan and is_main else Process.BORROWED


class _Tenant:
    """A thread with a loop on which the venue lives when nobody else has one for it."""

    def __init__(self, opening: Opening) -> None:
        self.opened: Future[tuple[asyncio.AbstractEventLoop, ASGIApp]] = Future()
        """Resolved when the venue takes calls; a failure to open is its exception."""
        self._opening = opening
        self._leave: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="openoutcry", daemon=True)
        self._thread.start()

    def has_failed(self) -> bool:
        """Say whether the venue could not be opened, so that another attempt is due."""
        return self.opened.done() and self.opened.exception() is not None

    def close(self) -> None:
        """Close the venue, from another thread."""
        if self.has_failed():
            return
        self.opened.result(STOP_SECONDS_MAX)
        self.leave()
        self._thread.join(STOP_SECONDS_MAX)

    def leave(self) -> None:
        """Close the venue soon, or once it is open; from any thread, and without waiting."""
        self.opened.add_done_callback(self._let_go)

    def _let_go(self, opened: "Future[tuple[asyncio.AbstractEventLoop, ASGIApp]]") -> None:
        if opened.exception() is None:
            assert self._leave is not None, "an opened venue can be left"
            home, _ = opened.result()
            with suppress(RuntimeError):  # The loop is closed: it has left already.
                home.call_soon_threadsafe(self._leave.set)

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as fault:
            if self.opened.done():
                raise
            self.opened.set_exception(fault)

    async def _live(self) -> None:
        self._leave = asyncio.Event()
        async with self._opening(Process.BORROWED) as app:
            self.opened.set_result((asyncio.get_running_loop(), app))
            await self._leave.wait()


class _Crossing:
    """One call whose ends are on two loops."""

    def __init__(self, here: asyncio.AbstractEventLoop, receive: Receive, send: Send) -> None:
        self._here = here
        self._receive = receive
        self._send = send
        self._is_gone = False
        self._ended = threading.Event()

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Run the call, at home."""
        kind = scope["type"]

        async def receive() -> _Message:
            if self._is_gone:
                return {"type": f"{kind}.disconnect"}
            return await self._across(self._receive)

        async def send(message: _Message) -> None:
            if not self._is_gone:
                await self._across(partial(self._send, message))

        try:
            await app(scope, receive, send)
        finally:
            self._ended.set()

    def hang_up(self) -> None:
        """Carry nothing any more and wait, on the caller's side, until the canceled call ended."""
        self._is_gone = True
        self._ended.wait(HANG_UP_SECONDS_MAX)

    async def _across(self, carried: Callable[[], Awaitable[_Carried]]) -> _Carried:
        waiting = _wait_for(carried)
        try:
            there = asyncio.run_coroutine_threadsafe(waiting, self._here)
        except RuntimeError:  # The caller's loop is closed.
            waiting.close()
            self._is_gone = True
            raise
        return await asyncio.wrap_future(there)


async def _wait_for(carried: Callable[[], Awaitable[_Carried]]) -> _Carried:
    """Call and wait on the loop that runs this."""
    return await carried()
