"""Uvicorn as `openoutcry serve` runs it: patient with work, impatient with silence.

Rule: the caller's address is the connection's, whatever a request claims, unless the operator
named the proxies that are believed.
"""

import asyncio
import resource
import socket
import sys
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple, Protocol

import uvicorn
from starlette.types import Receive, Scope, Send

from openoutcry.direct import DirectProtocol
from openoutcry.impatience import ImpatientProtocol
from openoutcry.one_loop import STOP_SECONDS_MAX

GRACE_SECONDS: Final = 10
"""How long a stop waits for calls under way before it cancels them."""
KEEP_ALIVE_SECONDS: Final = 75
"""How long a connection may rest between two requests; longer than most clients' own limit."""
FAREWELL_SECONDS: Final = 10
"""How long clients of the stream have to leave by themselves before a stop."""
MESSAGE_BYTES_MAX: Final = 256 * 1024
"""Largest WebSocket message that is read at all; the doors have their own, smaller limits."""
_LOOK_SECONDS: Final = 0.1
START_FAILED: Final = 3
"""Exit code of a venue that could not start, as uvicorn has it."""

assert GRACE_SECONDS >= STOP_SECONDS_MAX, "a stop is not cut short by the one around it"


class Served(Protocol):
    """An app that tells its clients when it is going to stop."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call."""

    def announce_stop(self, seconds: int) -> None:
        """Tell whoever listens that it stops so soon."""

    def audience_size(self) -> int:
        """Count those who were told and have not left."""


class _Server(uvicorn.Server):
    """Uvicorn, but a clean stop is announced, and a success by whatever signal it was asked for."""

    def __init__(self, config: uvicorn.Config, app: Served) -> None:
        super().__init__(config)
        self._served = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, after everybody who listens has left or had the time for it.

        Until then everything works, so that they can take their orders off. Whoever asks a second
        time to stop does not want to wait.
        """
        self._served.announce_stop(FAREWELL_SECONDS)
        loop = asyncio.get_running_loop()
        until = loop.time() + FAREWELL_SECONDS
        while (  # noqa: ASYNC110  (they leave without a word)
            self._served.audience_size() and not self.force_exit and loop.time() < until
        ):
            await asyncio.sleep(_LOOK_SECONDS)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop, and do not end by the same signal once that is done."""
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


class Way(NamedTuple):
    """How an app is served."""

    log_level: str
    proxies: str | None = None
    """Addresses, with commas between, whose X-Forwarded-For is believed."""
    tls: tuple[Path, Path] | None = None
    """Certificate and key; None is plain HTTP."""


def serve(app: Served, host: str, port: int, way: Way) -> None:
    """Serve an app until a signal ends it; end the process when the app cannot start."""
    raise_descriptor_limit()
    certificate, key = way.tls or (None, None)
    server = _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=ImpatientProtocol,
            ws=DirectProtocol,
            ws_max_size=MESSAGE_BYTES_MAX,
            # Small messages gain little, and every one of them would be packed for each client.
            ws_per_message_deflate=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
            proxy_headers=way.proxies is not None,
            forwarded_allow_ips=way.proxies or "",
            server_header=False,
            log_config=None,
            log_level=way.log_level,
            access_log=False,
            lifespan="on",
            ssl_certfile=certificate,
            ssl_keyfile=key,
        ),
        app,
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
