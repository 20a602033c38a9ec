"""The venue's stream as the live commands use it: one socket, one channel, message after message.

Rule: whatever goes wrong becomes one sentence. A venue without a stream raises `NoStream`, and the
command may ask again and again instead.

The library's client for threads reads and writes one TLS connection from two threads, and now and
then something is lost between them (one handshake in 300, measured). So the one for an event loop
is used here, whose loop runs only while something is waited for.
"""

import asyncio
import json
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeVar
from urllib.parse import urlsplit

from openoutcry.cli.api import LOCAL, Row
from openoutcry.cli.failed import Failed

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

PATH: Final = "/api/v1/stream"
SILENCE_S_MAX: Final = 15.0
"""The venue says something every second; a socket without a word for so long is dead."""
_NOT_FOUND: Final = 404
T = TypeVar("T")


class NoStream(Exception):
    """What answers has no stream."""


class Place(NamedTuple):
    """Where the stream is, and who listens."""

    url: str
    key: str


@contextmanager
def subscribed(place: Place, asked: Row) -> Iterator[Iterator[Row]]:
    """Open the stream, subscribe to one channel, and give its messages as they come."""
    with asyncio.Runner() as loop:
        connection = _run(loop, _connected(place))
        try:
            subscribe = {"method": "subscribe", "params": asked, "request_id": 1}
            _run(loop, connection.send(json.dumps(subscribe)))
            yield _messages(loop, connection, place, str(asked["channel"]))
        finally:
            _run(loop, connection.close())


def _run(loop: asyncio.Runner, work: Coroutine[Any, Any, T]) -> T:
    """Run work to its end; Ctrl+C ends it with KeyboardInterrupt.

    A runner that is interrupted right before its work begins forgets why it was (CPython 3.11).
    """
    try:
        return loop.run(work)
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _next(connection: "ClientConnection") -> str | bytes:
    async with asyncio.timeout(SILENCE_S_MAX):
        return await connection.recv()


async def _connected(place: Place) -> "ClientConnection":
    # Here, because the other commands have no use for it.
    from websockets.asyncio.client import connect  # noqa: PLC0415
    from websockets.exceptions import InvalidHandshake, InvalidStatus  # noqa: PLC0415

    parts = urlsplit(place.url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    headers = {"Authorization": f"Bearer {place.key}"} if place.key else {}
    proxy: Literal[True] | None = None if parts.hostname in LOCAL else True
    url = f"{scheme}://{parts.netloc}{PATH}"
    try:
        return await connect(url, additional_headers=headers, proxy=proxy, max_size=None)
    except InvalidStatus as refused:
        status = refused.response.status_code
        if status == _NOT_FOUND:
            raise NoStream from None
        raise Failed(_words_of(bytes(refused.response.body or b""), status)) from None
    except (InvalidHandshake, OSError, TimeoutError) as fault:
        raise Failed(
            f"no venue answers at {place.url} ({fault}); "
            "start one with `openoutcry serve` or name another with --url"
        ) from None


def _words_of(body: bytes, status: int) -> str:
    try:
        problem = json.loads(body)
        return f"{problem['detail']} ({status} {problem['code']})"
    except (ValueError, KeyError, TypeError):
        return f"the stream was refused with {status}"


def _messages(
    loop: asyncio.Runner, connection: "ClientConnection", place: Place, channel: str
) -> Iterator[Row]:
    from websockets.exceptions import ConnectionClosed  # noqa: PLC0415

    while True:
        try:
            message = json.loads(_run(loop, _next(connection)))
        except TimeoutError:
            raise Failed(f"{place.url} has been silent for {SILENCE_S_MAX:g} s") from None
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd is not None else "no code"
            raise Failed(f"the venue ended the stream ({code}); start the command again") from None
        except ValueError:
            raise Failed(f"what answers at {place.url} is no stream of a venue") from None
        problem = message.get("problem")
        if problem is not None:
            raise Failed(f"{problem['detail']} ({problem['status']} {problem['code']})")
        if message.get("type") == "resync_required":
            raise Failed("this terminal is too slow for the stream; start the command again")
        if message.get("channel") == channel:
            yield message
