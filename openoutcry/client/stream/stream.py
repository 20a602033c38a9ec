"""The venue live, for a program that waits: the asynchronous stream on a thread of its own.

    with venue.stream() as stream:
        book = stream.follow_book("AAPL")
        for message in stream.messages(seconds=60):
            ...

Kept books are read in the program's thread while messages change them in the other.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Coroutine, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

from openoutcry.client.calls import OrderEntry, Waiting
from openoutcry.client.request import Request
from openoutcry.client.stream.async_stream import AsyncStream, Channel
from openoutcry.client.stream.kept_books import KeptBook, KeptQueue
from openoutcry.client.stream.messages import Mark, Message
from openoutcry.client.terms import Depth, Interval

T = TypeVar("T")


class Stream(OrderEntry, Waiting):
    """What is followed, live. Its calls are those of `Venue` that a socket takes."""

    def __init__(self, stream: AsyncStream) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="venue-stream", daemon=True)
        self._stream = stream
        self._taken: deque[Message] = deque()

    def subscribe(
        self,
        channel: Channel,
        *symbols: str,
        depth: Depth = 10,
        interval: Interval | None = None,
        since: Mark | None = None,
        cancel_on_disconnect: bool = False,
    ) -> None:
        """Follow a channel; see `AsyncStream.subscribe`."""
        self._wait(
            self._stream.subscribe(
                channel,
                *symbols,
                depth=depth,
                interval=interval,
                since=since,
                cancel_on_disconnect=cancel_on_disconnect,
            )
        )

    def unsubscribe(self, channel: Channel, *symbols: str) -> None:
        """Follow a channel no more, or some symbols of it."""
        self._wait(self._stream.unsubscribe(channel, *symbols))

    def follow_book(self, symbol: str, depth: Depth = 10) -> KeptBook:
        """Follow a book by levels, and return it once it is there; it stays right by itself."""
        return self._wait(self._stream.follow_book(symbol, depth))

    def follow_queue(self, symbol: str) -> KeptQueue:
        """Follow a book order by order, and return it once it is there."""
        return self._wait(self._stream.follow_queue(symbol))

    def messages(self, seconds: float | None = None) -> Iterator[Message]:
        """Yield messages as they come, for so many seconds or until the stream is closed."""
        until = None if seconds is None else time.monotonic() + seconds
        while until is None or time.monotonic() < until:
            if not self._taken:
                left = None if until is None else until - time.monotonic()
                came = self._wait(self._take(left))
                if not came:
                    return
                self._taken.extend(came)
            yield self._taken.popleft()

    def __iter__(self) -> Iterator[Message]:
        return self.messages()

    @property
    def connections(self) -> int:
        """How often a connection was made."""
        return self._stream.connections

    @property
    def resyncs(self) -> int:
        """How often something had to be fetched again while the connection stood."""
        return self._stream.resyncs

    def send(self, request: Request[T]) -> T:
        """Make a call over the socket; raises `Problem` or `Unanswered`."""
        return self._wait(self._stream.send(request))

    def logout(self) -> None:
        """Leave in order: open orders stay, also with cancel_on_disconnect."""
        self._wait(self._stream.logout())

    def open(self) -> None:
        """Connect; raises `Problem` where the venue says no, `NotConnected` where there is none."""
        self._thread.start()
        try:
            self._wait(self._stream.open())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Hang up. With cancel_on_disconnect that cancels; see `logout`."""
        if self._thread.is_alive():
            self._wait(self._stream.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    async def _take(self, seconds: float | None) -> list[Message]:
        try:
            async with asyncio.timeout(seconds):
                return await self._stream.take_all()
        except TimeoutError:
            return []

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
