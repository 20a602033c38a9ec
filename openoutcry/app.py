"""The wiring: what a venue is made of, in the order in which it opens, and the app that serves it.

Rule: importing this and creating an app opens nothing. The data directory is locked when the app's
lifespan starts, or, where there is none, with the first call.

    doors ──► sequencer ──► engine          what a command passes
                  │
                  ├──► journal              then it is durable
                  └──► listeners            then it is told: tape, history, sockets, metrics, market
"""

import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import structlog
from fastapi import FastAPI
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from openoutcry.gateway import openapi
from openoutcry.gateway.asyncapi import asyncapi_of
from openoutcry.gateway.cors import Cors
from openoutcry.gateway.docs import docs_routes
from openoutcry.gateway.entrance import Admission, Entrance
from openoutcry.gateway.express import ExpressLane
from openoutcry.gateway.framework import TELLERS, nowhere
from openoutcry.gateway.guard import Guard
from openoutcry.gateway.health import health_routes
from openoutcry.gateway.metrics import metrics_routes
from openoutcry.gateway.native import description, examples, market
from openoutcry.gateway.native.market import market_routes
from openoutcry.gateway.native.routes import native_routes
from openoutcry.gateway.native.stream import spoken as stream_spoken
from openoutcry.gateway.one_write import Writes
from openoutcry.gateway.openapi import Described, described_at, openapi_of, openapi_routes
from openoutcry.gateway.page import page_routes
from openoutcry.gateway.simple import spoken as simple_spoken
from openoutcry.gateway.simple.door import SimpleDoor
from openoutcry.gateway.simple.routes import simple_routes
from openoutcry.gateway.simple.socket import SimpleSocket
from openoutcry.gateway.venue import Venue
from openoutcry.gateway.watch import Watch
from openoutcry.logs import set_up_logging
from openoutcry.one_loop import OneLoop, Process
from openoutcry.opening import Loss, Running, open_venue
from openoutcry.settings import Settings, unknown_names
from openoutcry.version import VERSION

TITLE: Final = "Open Outcry"

_log: Final = structlog.get_logger("openoutcry")


def create_app(settings: Settings, loss: Loss = Loss.REFUSED) -> "Application":
    """Return the app of a venue; it opens with the app's lifespan or with the first call."""
    if not __debug__:
        raise SystemExit("openoutcry does not run under python -O: its assertions guard the money")
    set_up_logging(settings.log_level, settings.log_format)
    for name in unknown_names():
        _log.warning("unknown_setting", name=name)
    return Application(settings, loss)


class Application(FastAPI):
    """FastAPI for everything that is not hot, with the venue's own way in around it."""

    def __init__(self, settings: Settings, loss: Loss) -> None:
        super().__init__(
            title=TITLE,
            version=VERSION,
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            exception_handlers=TELLERS,
        )
        self.router.default = nowhere
        self.settings = settings
        self.loss = loss
        self.one_loop = OneLoop(partial(_open, weakref.ref(self)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let every call run on the venue's loop."""
        await self.one_loop(scope, receive, send)

    def install_routes(self, running: Running, door: SimpleDoor, guard: Guard) -> None:
        """Put up the routes of every door, in place of those of an earlier opening."""
        venue = running.venue
        self.state.venue = venue

        def venue_of(_: object) -> Venue:
            return venue

        self.router.routes.clear()
        self.include_router(simple_routes(door, guard))
        self.router.routes += [
            WebSocketRoute("/ws", SimpleSocket(door, guard)),
            *native_routes(venue_of),
            *market_routes(venue_of),
            *health_routes(running.is_ready),
            *metrics_routes(venue, running.metrics),
            *openapi_routes(self.openapi),
            described_at("/asyncapi.json", self.asyncapi),
            *docs_routes(),
            *page_routes(),
        ]

    def announce_stop(self, seconds: int) -> None:
        """Tell the clients of the stream that the venue stops so soon."""
        venue: Venue | None = getattr(self.state, "venue", None)
        if venue is not None:
            venue.connections.announce(seconds)

    def audience_size(self) -> int:
        """Count the clients of the stream."""
        venue: Venue | None = getattr(self.state, "venue", None)
        return 0 if venue is None else len(venue.connections)

    async def call_framework(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the framework answer a call that has passed the venue's own doors."""
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """Return the description of every call."""
        operations = (*openapi.OPERATIONS, *market.OPERATIONS, *description.OPERATIONS)
        told = Described(operations, description.PARTS, examples.BODIES, self.settings.auth)
        return openapi_of(self, told)

    def asyncapi(self) -> dict[str, Any]:
        """Return the description of both sockets."""
        return asyncapi_of(TITLE, VERSION, (simple_spoken.SOCKET, stream_spoken.SOCKET))


@asynccontextmanager
async def _open(app_of: "weakref.ref[Application]", process: Process) -> AsyncIterator[ASGIApp]:
    """Open the venue and its doors; close them in mirror order.

    An open venue does not hold the app: where nobody else closes it, it ends when the app does.
    """
    settings, loss = _found(app_of).settings, _found(app_of).loss
    watch = Watch(process)
    async with open_venue(settings, watch, loss) as running:
        venue = running.venue
        guard = _guard_of(settings, running)
        door = SimpleDoor(venue)
        _found(app_of).install_routes(running, door, guard)

        writes = Writes()
        venue.sequencer.give_answers = writes.give

        async def framework(scope: Scope, receive: Receive, send: Send) -> None:
            await _found(app_of).call_framework(scope, receive, send)

        yield Entrance(
            ExpressLane(framework, guard, door),
            admission=Admission(guard, Cors(settings.allowed_origins), venue.limits),
            sequencer=venue.sequencer,
            metrics=running.metrics,
            watch=watch,
            writes=writes,
        )


def _found(app_of: "weakref.ref[Application]") -> Application:
    app = app_of()
    assert app is not None, "whoever calls an app has it"
    return app


def _guard_of(settings: Settings, running: Running) -> Guard:
    sequencer = running.venue.sequencer
    return Guard(
        auth=settings.auth,
        admin_key=running.admin_key,
        key_of=sequencer.engine.key,
        now=sequencer.clock.now,
        allowed_hosts=settings.allowed_hosts,
        allowed_origins=settings.allowed_origins,
    )
