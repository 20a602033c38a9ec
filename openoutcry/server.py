"""Uvicorn as `openoutcry serve` runs it: patient with work, impatient with silence.

Rule: the caller's address is the connection's, whatever a request claims, unless the operator
named the proxies that are believed.
"""

import resource
import sys
from types import FrameType
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from openoutcry.impatience import ImpatientProtocol
from openoutcry.one_loop import STOP_SECONDS_MAX

GRACE_SECONDS: Final = 10
"""How long a stop waits for calls under way before it cancels them."""
KEEP_ALIVE_SECONDS: Final = 75
"""How long a connection may rest between two requests; longer than most clients' own limit."""
MESSAGE_BYTES_MAX: Final = 256 * 1024
"""Largest WebSocket message that is read at all; the doors have their own, smaller limits."""
START_FAILED: Final = 3
"""Exit code of a venue that could not start, as uvicorn has it."""

assert GRACE_SECONDS >= STOP_SECONDS_MAX, "a stop is not cut short by the one around it"


class _Server(uvicorn.Server):
    """Uvicorn, but a clean stop is a success, by whatever signal it was asked for."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop, and do not end by the same signal once that is done."""
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


def serve(
    app: ASGIApp, host: str, port: int, *, log_level: str, proxies: str | None = None
) -> None:
    """Serve an app until a signal ends it; end the process when the app cannot start.

    `proxies` are the addresses, with commas between, whose X-Forwarded-For is believed.
    """
    raise_descriptor_limit()
    server = _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=ImpatientProtocol,
            ws=WebSocketsSansIOProtocol,
            ws_max_size=MESSAGE_BYTES_MAX,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
            proxy_headers=proxies is not None,
            forwarded_allow_ips=proxies or "",
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
    uvicorn.run(place, factory=True, host=host, port=port, reload=True, proxy_headers=False)


def raise_descriptor_limit() -> None:
    """Allow as many open sockets as the system lets us."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
