"""FastAPI as this venue uses it: for routing and for its schema, with our own way of saying no.

Rule: an error of the framework looks like every other error of the venue.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from openoutcry.gateway.body import Disconnected
from openoutcry.gateway.problems import MEDIA_TYPE, Problem
from openoutcry.gateway.troubles import method_not_allowed, not_found, problem_of
from openoutcry.model.errors import VenueError

_METHOD_NOT_ALLOWED: Final = 405
_GONE: Final = 499
Teller = Callable[[Any, Any], Coroutine[Any, Any, Response]]


async def tell(connection: Request | WebSocket, fault: Exception) -> Response:
    """Return the problem that a fault is told as; what goes wrong on a socket goes further up."""
    if isinstance(connection, WebSocket):
        raise fault
    if isinstance(fault, Disconnected):
        return Response(status_code=_GONE)
    path = connection.scope["path"]
    if isinstance(fault, HTTPException) and fault.status_code == _METHOD_NOT_ALLOWED:
        allowed = ", ".join(sorted((fault.headers or {}).get("Allow", "").split(", ")))
        return response_of(method_not_allowed(connection.method, path, allowed))
    if isinstance(fault, RequestValidationError):
        return response_of(Problem(400, "invalid_value", str(fault)))
    problem = problem_of(fault)
    return response_of(problem if problem is not None else _ours())


TELLERS: Final[dict[int | type[Exception], Teller]] = {
    Problem: tell,
    VenueError: tell,
    Disconnected: tell,
    HTTPException: tell,
    RequestValidationError: tell,
    Exception: tell,
}
"""For the framework, which answers what is in no other line with the last one and raises it on."""


def response_of(problem: Problem) -> Response:
    """Return a problem as the framework's response."""
    response = Response(problem.body(), problem.status, media_type=MEDIA_TYPE.decode())
    response.raw_headers += problem.headers
    return response


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Answer what no route matches."""
    raise not_found(scope["path"])


def _ours() -> Problem:
    return Problem(500, "internal_error", "this is a fault of the venue; its log says more")
