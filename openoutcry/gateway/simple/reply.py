"""An answer of the simple API before it is HTTP, as express lane, routes and `/ws` share it."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final, NamedTuple

from starlette.types import Send

from openoutcry.gateway.problems import MEDIA_TYPE, Problem
from openoutcry.gateway.replies import JSON, Header

SEQUENCE: Final = b"x-sequence"
_PROBLEM: Final[Header] = (b"content-type", MEDIA_TYPE)


class Reply(NamedTuple):
    """Status, headers without the length, and the body: whole, or the start of one in `pages`."""

    status: int
    headers: list[Header]
    body: bytes
    pages: AsyncIterator[bytes] | None = None


def json_reply(status: int, body: bytes, sequence: int, *headers: Header) -> Reply:
    """Return an answer in JSON that reflects `sequence`."""
    return Reply(status, [JSON, sequence_header(sequence), *headers], body)


def problem_reply(problem: Problem, sequence: int) -> Reply:
    """Return a problem as an answer that reflects `sequence`, if it does not say another."""
    headers = [_PROBLEM, *problem.headers]
    if not any(name == SEQUENCE for name, _ in headers):
        headers.append(sequence_header(sequence))
    return Reply(problem.status, headers, problem.body())


def sequence_header(sequence: int) -> Header:
    """Return the header that says which moment of the venue an answer reflects."""
    return (SEQUENCE, b"%d" % sequence)


async def send_reply(reply: Reply, send: Send) -> None:
    """Send an answer; a client that has gone away meanwhile is nobody's trouble."""
    status, headers, body, pages = reply
    assert pages is None, "a long list is sent by the routes, which watch for a disconnect"
    try:
        if status != HTTPStatus.NO_CONTENT:
            headers = [*headers, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
    except OSError:
        # ASGI 2.4: what `send` raises on a closed connection. There is nobody left to tell.
        return
