"""The express lane: the hot calls of every door, answered in front of the web framework.

    POST /orders[/]          DELETE /orders/{order_id}[/]
    POST /api/v1/orders      DELETE /api/v1/orders/{order_id}
    WebSocket /api/v1/stream

The guard admits a caller here exactly as everywhere, and the doors are the routes' own. What the
lane leaves out is the framework's routing and wrapping, which would cost several times the order.
Everything else goes on to the application behind.
"""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from openoutcry.gateway.guard import Guard
from openoutcry.gateway.native.hot import NativeHotCalls
from openoutcry.gateway.native.stream.door import PATH, NativeStream
from openoutcry.gateway.simple.door import SimpleDoor
from openoutcry.gateway.simple.hot import HotCalls

SIMPLE: Final = "/orders/"
NATIVE: Final = "/api/v1/orders/"


class ExpressLane:
    """An ASGI application around another: takes the hot calls, passes on the rest."""

    def __init__(self, app: ASGIApp, guard: Guard, door: SimpleDoor) -> None:
        self._app = app
        simple, native = HotCalls(guard, door), NativeHotCalls(door.venue)
        self._place = {
            "/orders": simple.place,
            "/orders/": simple.place,
            "/api/v1/orders": native.place,
        }
        self._cancel = simple.cancel
        self._cancel_native = native.cancel
        self._stream = NativeStream(door.venue, guard)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a hot call, or pass it on."""
        if scope["type"] == "http":
            method, path = scope["method"], scope["path"]
            if method == "POST":
                place = self._place.get(path)
                # A query is no part of a hot call; the routes behind know what to say to one.
                if place is not None and (path != "/api/v1/orders" or not scope["query_string"]):
                    await place(scope, receive, send)
                    return
            elif method == "DELETE":
                if (text := _order_id(path, SIMPLE)) is not None:
                    await self._cancel(scope, text, send)
                    return
                text = _order_id(path, NATIVE)
                if text is not None and not path.endswith("/") and not scope["query_string"]:
                    await self._cancel_native(scope, text, send)
                    return
        elif scope["path"] == PATH:
            await self._stream(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _order_id(path: str, within: str) -> str | None:
    """Return what stands for the id in the path of one order, or None for another path."""
    if not path.startswith(within):
        return None
    text = path[len(within) :].removesuffix("/")
    return text if text and "/" not in text else None
