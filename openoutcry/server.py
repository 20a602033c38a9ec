"""Uvicorn as `openoutcry serve` runs it: patient with work, impatient with silence.

Rule: a connection is closed when the head of a request is not whole within `REQUEST_SECONDS_MAX`,
so nobody holds descriptors by connecting and saying nothing. Plain uvicorn cannot do that.
"""

import asyncio
import resource
import sys
from types import FrameType
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from openoutcry.one_loop import STOP_SECONDS_MAX

REQUEST_SECONDS_MAX: Final = 10.0
"""From the connection, or the first byte of a request, to the end of its head."""
GRACE_SECONDS: Final = 10
"""How long a stop waits for calls under way before it cancels them."""
KEEP_ALIVE_SECONDS: Final = 75
"""How long a connection may rest between two requests; longer than most clients' own limit."""
MESSAGE_BYTES_MAX: Final = 256 * 1024
"""Largest WebSocket message that is read at all; the doors have their own, smaller limits."""
START_FAILED: Final = 3
"""Exit code of a venue that could not start, as uvicorn has it."""

assert GRACE_SECONDS >= STOP_SECONDS_MAX, "a stop is not cut short by the one around it"


class ImpatientProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, with a time limit on the head of a request."""

    _limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._limit = self.loop.call_later(REQUEST_SECONDS_MAX, self.timeout_keep_alive_handler)

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a request's head."""
        super().on_message_begin()
        if self._limit is None:
            self._limit = self.loop.call_later(REQUEST_SECONDS_MAX, self.timeout_keep_alive_handler)

    def on_headers_complete(self) -> None:
        """Stop waiting: from here on the doors have limits of their own."""
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting: there is nobody."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _stop_waiting(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None


class _Server(uvicorn.Server):
    """Uvicorn, but a clean stop is a success, by whatever signal it was asked for."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop, and do not end by the same signal once that is done."""
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


def serve(app: ASGIApp, host: str, port: int, *, log_level: str) -> None:
    """Serve an app until a signal ends it; end the process when the app cannot start."""
    raise_descriptor_limit()
    server = _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=ImpatientProtocol,
            ws_max_size=MESSAGE_BYTES_MAX,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
            server_header=False,
            log_config=None,
            log_level=log_level,
            access_log=False,
            lifespan="on",
        )
    )
    server.run()
    if not server.started:
        sys.exit(START_FAILED)


def serve_reloading(place: str, host: str, port: int) -> None:
    """Serve the app made by a function, and start again whenever a source changes."""
    uvicorn.run(place, factory=True, host=host, port=port, reload=True)


def raise_descriptor_limit() -> None:
    """Allow as many open sockets as the system lets us."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
