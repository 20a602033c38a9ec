"""Whole answers in one go: status, headers and a body that is already bytes."""

from typing import Final

from starlette.types import Send

from openoutcry.gateway.problems import MEDIA_TYPE, Problem

JSON: Final = (b"content-type", b"application/json")
_PROBLEM: Final = (b"content-type", MEDIA_TYPE)
Header = tuple[bytes, bytes]


async def reply(send: Send, status: int, body: bytes, *headers: Header) -> None:
    """Send a whole answer; the length is added, the rest of the headers is the caller's."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-length", b"%d" % len(body)), *headers],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def reply_problem(send: Send, problem: Problem) -> None:
    """Send a problem document."""
    await reply(send, problem.status, problem.body(), _PROBLEM, *problem.headers)


async def deny_socket(send: Send, problem: Problem) -> None:
    """Answer a WebSocket's handshake with a problem instead of an upgrade."""
    body = problem.body()
    await send(
        {
            "type": "websocket.http.response.start",
            "status": problem.status,
            "headers": [(b"content-length", b"%d" % len(body)), _PROBLEM, *problem.headers],
        }
    )
    await send({"type": "websocket.http.response.body", "body": body})
