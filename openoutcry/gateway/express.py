"""The express lane: the hot calls of the simple API, answered in front of the web framework.

    POST /orders[/]      DELETE /orders/{order_id}[/]

The guard admits a caller here exactly as everywhere, and the door is the routes' own. What the lane
leaves out is the framework's routing and wrapping, which would cost several times the order.
Everything else goes on to the application behind.
"""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from openoutcry.gateway.guard import Guard
from openoutcry.gateway.simple.door import SimpleDoor
from openoutcry.gateway.simple.hot import ORDERS, HotCalls

_COLLECTION: Final = (ORDERS, f"{ORDERS}/")
_WITHIN: Final = f"{ORDERS}/"


class ExpressLane:
    """An ASGI application around another: takes the hot calls, passes on the rest."""

    def __init__(self, app: ASGIApp, guard: Guard, door: SimpleDoor) -> None:
        self._app = app
        self._calls = HotCalls(guard, door)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a hot call, or pass it on."""
        if scope["type"] == "http":
            method = scope["method"]
            if method == "POST":
                path = scope["path"]
                if path in _COLLECTION:
                    await self._calls.place(scope, receive, send)
                    return
            elif method == "DELETE":
                text = _order_id(scope["path"])
                if text is not None:
                    await self._calls.cancel(scope, text, send)
                    return
        await self._app(scope, receive, send)


def _order_id(path: str) -> str | None:
    """Return what stands for the id in the path of one order, or None for another path."""
    if not path.startswith(_WITHIN):
        return None
    text = path[len(_WITHIN) :].removesuffix("/")
    return text if text and "/" not in text else None
