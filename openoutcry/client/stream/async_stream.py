"""The venue live, for an asynchronous program: one socket that is made again when it breaks.

    async with venue.stream() as stream:
        book = await stream.follow_book("AAPL")
        await stream.subscribe("executions")
        async for message in stream:
            ...

Theory of operation
-------------------
One task connects, tells the session that a connection is there, sends what it wants sent, and gives
it what comes. The venue has a heartbeat, so silence for `silence_s` means that the connection is
dead; the program has one, too, so that a venue that cancels on disconnect knows that it lives.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import Final, Literal, Self, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from openoutcry.client.calls import Awaited, OrderEntry
from openoutcry.client.errors import (
    NotConnected,
    Problem,
    Unanswered,
)
from openoutcry.client.exchange import Exchange, problem_of
from openoutcry.client.patience import AGAIN, Attempts, Patience, Waits
from openoutcry.client.request import Request
from openoutcry.client.stream.following import Following, Topic
from openoutcry.client.stream.inbox import MESSAGES_MAX, Inbox
from openoutcry.client.stream.kept_books import KeptBook, KeptQueue
from openoutcry.client.stream.messages import Mark, Message
from openoutcry.client.stream.session import Dropped, Session
from openoutcry.client.terms import Depth, Interval

T = TypeVar("T")
Channel = Literal[
    "ticker", "book", "orders", "trades", "candles", "status", "executions", "balances",
    "positions",
]  # fmt: skip
PATH: Final = "/api/v1/stream"
SILENCE_S: Final = 5.0
"""Heartbeats come every second; after so long without anything the connection is given up."""
PING_S: Final = 1.0
"""How often the program shows that it lives. The venue takes 5 s of silence for its end."""
FRAME_BYTES_MAX: Final = 64 * 1024 * 1024
"""Longest message that is taken: a snapshot of a book of a million orders fits."""


class AsyncStream(OrderEntry, Awaited):
    """What is followed, live. Its calls are those of `AsyncVenue` that a socket takes."""

    def __init__(
        self,
        exchange: Exchange,
        patience: Patience,
        *,
        silence_s: float = SILENCE_S,
        messages_max: int = MESSAGES_MAX,
    ) -> None:
        self._exchange = exchange
        self._patience = patience
        self._silence_s = silence_s
        self._inbox = Inbox(messages_max)
        self._session = Session(self._inbox.put)
        self._work = asyncio.Event()
        self._is_leaving = False
        self._last_fault: Exception | None = None
        self._task: asyncio.Task[None] | None = None
        self.connections = 0
        """How often a connection was made."""

    # What is followed.

    async def subscribe(
        self,
        channel: Channel,
        *symbols: str,
        depth: Depth = 10,
        interval: Interval | None = None,
        since: Mark | None = None,
        cancel_on_disconnect: bool = False,
    ) -> None:
        """Follow a channel, of some symbols where it is public; raises `Problem`.

        Its snapshot is there when this returns, but for `since`, which goes on where an earlier
        run was. With `cancel_on_disconnect` (of executions) all open orders of the account end when
        this connection does, however short the break.
        """
        followings = [
            Following(
                Topic(channel, symbol, interval or ""),
                depth=depth,
                since=since,
                cancels_on_disconnect=cancel_on_disconnect,
            )
            for symbol in symbols or ("",)
        ]
        asked = [self._session.follow(following) for following in followings]
        attempts = Attempts(self._patience, None)
        await asyncio.gather(*(self._asked(reply, attempts) for reply in asked))
        if since is None:
            for following in followings:
                await self._ready(following)

    async def unsubscribe(self, channel: Channel, *symbols: str) -> None:
        """Follow a channel no more, or some symbols of it."""
        chosen = [
            topic
            for topic in self._session.followings
            if topic.channel == channel and (not symbols or topic.symbol in symbols)
        ]
        asked = [self._session.leave(topic) for topic in chosen]
        self._work.set()
        await asyncio.gather(
            *(self._asked(reply, Attempts(self._patience, None)) for reply in asked)
        )

    async def follow_book(self, symbol: str, depth: Depth = 10) -> KeptBook:
        """Follow a book by levels, and return it once it is there; it stays right by itself."""
        await self.subscribe("book", symbol, depth=depth)
        following = self._session.followings[Topic("book", symbol)]
        assert following.book is not None, "a book is kept of what is followed"
        return following.book

    async def follow_queue(self, symbol: str) -> KeptQueue:
        """Follow a book order by order, and return it once it is there."""
        await self.subscribe("orders", symbol)
        following = self._session.followings[Topic("orders", symbol)]
        assert following.queue is not None, "a queue is kept of what is followed"
        return following.queue

    @property
    def resyncs(self) -> int:
        """How often something had to be fetched again while the connection stood."""
        return self._session.resyncs

    # What is told, and what is done.

    async def messages(self, seconds: float | None = None) -> AsyncIterator[Message]:
        """Yield messages as they come, for so many seconds or until the stream is closed."""
        clock = asyncio.get_running_loop().time
        until = None if seconds is None else clock() + seconds
        while True:
            try:
                async with asyncio.timeout_at(until):
                    message = await self._inbox.take()
            except TimeoutError:
                return
            if message is None:
                return
            yield message

    def __aiter__(self) -> AsyncIterator[Message]:
        return self.messages()

    async def take_all(self) -> list[Message]:
        """Return all messages that wait, one at least; none when the stream is closed."""
        return await self._inbox.take_all()

    async def send(self, request: Request[T]) -> T:
        """Make a call over the socket; raises `Problem` or `Unanswered`."""
        attempts = Attempts(self._patience, request.recognised_by)
        while True:
            try:
                return request.read(await self._asked(self._session.ask_for(request), attempts))
            except Problem as fault:
                await asyncio.sleep(attempts.wait_after(fault))
            except (TimeoutError, NotConnected) as fault:
                raise Unanswered("the stream did not answer", request.recognised_by) from fault

    async def logout(self) -> None:
        """Leave in order: open orders stay, also with cancel_on_disconnect."""
        self._is_leaving = True
        await self._asked(self._session.ask("logout", {}), Attempts(self._patience, None))

    async def _asked(self, reply: "asyncio.Future[bytes]", attempts: Attempts) -> bytes:
        if self._task is None or self._task.done():
            reply.cancel()
            raise NotConnected("the stream is closed")
        self._work.set()
        async with asyncio.timeout(attempts.left_s):
            content = await reply
        self._exchange.sequence = max(self._exchange.sequence, self._session.sequence)
        return content

    async def _ready(self, following: Following) -> None:
        try:
            async with asyncio.timeout(self._patience.seconds):
                await following.ready.wait()
        except TimeoutError:
            raise Unanswered(f"no snapshot of {following.topic.name} came") from None

    # The connection.

    async def open(self) -> None:
        """Connect; raises `Problem` where the venue says no, `NotConnected` where there is none."""
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(opened))
        try:
            async with asyncio.timeout(self._patience.seconds):
                await opened
        except TimeoutError:
            await self.close()
            raise NotConnected(f"no venue answers at {self._exchange.url}") from self._last_fault

    async def close(self) -> None:
        """Hang up. With cancel_on_disconnect that cancels; see `logout`."""
        task = self._task
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self, opened: "asyncio.Future[None]") -> None:
        """Connect again and again until the program leaves or the venue says no."""
        fault: Exception | None = None
        try:
            await self._stay_connected(opened)
        except Exception as final:  # noqa: BLE001  (whatever it is, the program is told of it)
            fault = final
            if not opened.done():
                opened.set_exception(final)
        finally:
            self._session.fail(fault or NotConnected("the stream is closed"))
            self._inbox.end(fault)

    async def _stay_connected(self, opened: "asyncio.Future[None]") -> None:
        clock = asyncio.get_running_loop().time
        waits = Waits(self._patience)
        while not self._is_leaving:
            began = clock()
            retry_after = None
            try:
                async with self._connect() as socket:
                    self.connections += 1
                    if not opened.done():
                        opened.set_result(None)
                    await self._converse(socket)
            except InvalidStatus as refused:
                response = refused.response
                problem = problem_of(
                    response.status_code, response.headers, bytes(response.body or b"")
                )
                if problem.status not in AGAIN:
                    raise problem from None
                self._last_fault, retry_after = problem, problem.retry_after
            except (OSError, TimeoutError, ConnectionClosed, InvalidHandshake, Dropped) as fault:
                self._last_fault = fault
            if clock() - began > self._patience.longest_wait_s:
                waits = Waits(self._patience)
            if not self._is_leaving:
                await asyncio.sleep(waits.next(retry_after))

    def _connect(self) -> connect:
        exchange = self._exchange
        return connect(
            "ws" + exchange.url.removeprefix("http") + PATH,
            additional_headers=exchange.identity.headers("GET", PATH, b""),
            ssl=exchange.trusted,
            proxy=None if exchange.is_local else True,
            compression=None,
            open_timeout=self._patience.attempt_s,
            # Heartbeats of the venue and pings of ours say more than those of the protocol.
            ping_interval=None,
            close_timeout=1,
            max_size=FRAME_BYTES_MAX,
        )

    async def _converse(self, socket: ClientConnection) -> None:
        session = self._session
        session.opened()
        self._work.set()
        sending = asyncio.create_task(self._send_on(socket))
        try:
            while True:
                async with asyncio.timeout(self._silence_s):
                    content = await socket.recv(decode=False)
                session.take(content)
                if session.to_send:
                    self._work.set()
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError, ConnectionClosed):
                await sending
            session.closed()

    async def _send_on(self, socket: ClientConnection) -> None:
        """Send what is to be sent, and a ping where there is nothing for a while."""
        to_send = self._session.to_send
        while True:
            while to_send:
                await socket.send(to_send.popleft(), text=True)
            self._work.clear()
            try:
                async with asyncio.timeout(PING_S):
                    await self._work.wait()
            except TimeoutError:
                self._session.ping()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
