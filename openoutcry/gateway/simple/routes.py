"""The routes of the simple API inside the web framework, and their description in OpenAPI.

The hot calls are described here and answered by the express lane; called here all the same, they
are handed to it. Both spellings of each path answer, without a redirect.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from openoutcry.gateway.guard import Guard
from openoutcry.gateway.simple.description import CANCEL, LIST, PLACE, READ, Description
from openoutcry.gateway.simple.door import SimpleDoor
from openoutcry.gateway.simple.hot import ORDER, ORDERS, HotCalls
from openoutcry.gateway.simple.listing import listed, selection_of
from openoutcry.gateway.simple.reply import Reply, problem_reply, send_reply, sequence_header
from openoutcry.gateway.troubles import method_not_allowed

_ALLOWED: Final = {ORDERS: "GET, HEAD, OPTIONS, POST", ORDER: "DELETE, GET, HEAD, OPTIONS"}

Endpoint = Callable[[Request], Awaitable[Response]]


class SimpleCall(NamedTuple):
    """One call of the API as the framework is told of it."""

    path: str
    method: str
    endpoint: Endpoint
    summary: str
    description: Description


def simple_routes(door: SimpleDoor, guard: Guard) -> APIRouter:
    """Return the routes of `/orders` and `/orders/{order_id}`."""
    router = APIRouter(tags=["simple"])
    for call in _calls(door, guard):
        for path in (call.path, f"{call.path}/"):
            router.add_api_route(
                path,
                call.endpoint,
                methods=[call.method],
                summary=call.summary,
                operation_id=call.endpoint.__name__,
                status_code=int(min(call.description["responses"])),
                include_in_schema=path == call.path,
                response_class=Response,
                openapi_extra=call.description,
            )
            if call.method == "GET":
                # Apart, because the description would show one operation twice.
                head = Route(path, call.endpoint, methods=["HEAD"], include_in_schema=False)
                router.routes.append(head)
    for path, allowed in _ALLOWED.items():
        for spelling in (path, f"{path}/"):
            refused = Route(spelling, _Refused(door, allowed), include_in_schema=False)
            router.routes.append(refused)
    return router


def _calls(door: SimpleDoor, guard: Guard) -> list[SimpleCall]:
    hot = HotCalls(guard, door)

    async def list_orders(request: Request) -> Response:
        async def call() -> Reply:
            caller = guard.admit(request.scope)
            return await listed(door.venue, caller, selection_of(request.scope["query_string"]))

        return _sent(await door.answer(call()), request)

    async def read_order(request: Request) -> Response:
        async def call() -> Reply:
            caller = guard.admit(request.scope)
            return await door.read(caller, request.path_params["order_id"])

        return _sent(await door.answer(call()), request)

    async def place_order(_: Request) -> Response:
        return _Handed(hot.place)

    async def cancel_order(request: Request) -> Response:
        order_id = request.path_params["order_id"]
        return _Handed(lambda scope, _, send: hot.cancel(scope, order_id, send))

    return [
        SimpleCall(ORDERS, "GET", list_orders, "List the caller's orders", LIST),
        SimpleCall(ORDERS, "POST", place_order, "Place an order", PLACE),
        SimpleCall(ORDER, "GET", read_order, "Read one order", READ),
        SimpleCall(ORDER, "DELETE", cancel_order, "Cancel an order", CANCEL),
    ]


class _Handed(Response):
    """An answer that the called application sends itself."""

    def __init__(self, call: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        super().__init__()
        self._call = call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it answer."""
        await self._call(scope, receive, send)


class _Refused:
    """Answers the methods that a path does not have. An object, so it is asked for any method."""

    def __init__(self, door: SimpleDoor, allowed: str) -> None:
        self._door = door
        self._allowed = allowed

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Answer OPTIONS with what is allowed, and anything else with 405."""
        if scope["method"] == "OPTIONS":
            headers = [(b"allow", self._allowed.encode()), sequence_header(self._door.sequence)]
            await send_reply(Reply(204, headers, b""), send)
            return
        problem = method_not_allowed(scope["method"], scope["path"], self._allowed)
        await send_reply(problem_reply(problem, self._door.sequence), send)


def _sent(reply: Reply, request: Request) -> Response:
    """Return the framework's response for an answer; HEAD gets its headers only."""
    status, headers, body, pages = reply
    response = Response(status_code=status)
    if pages is None:
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    if request.method != "HEAD":
        if pages is None:
            response.body = body
        else:
            response = StreamingResponse(_joined(body, pages), status)
    response.raw_headers = headers
    return response


async def _joined(start: bytes, pages: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield start
    async for page in pages:
        yield page
