"""What one connection follows, and how each of it begins.

Rule: one thing at a time is caught up with, and no more of it waits for the client than one
snapshot or one page. So two hundred subscriptions of a client that reads slowly, or not at all,
cost no more memory than one.

What is live comes as it is told. Where a client resumes, it is held until the last page of the past
has left, because it comes after that.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from functools import partial
from typing import Protocol, cast

from openoutcry.gateway.native.stream.subscribing import SUBSCRIPTIONS_MAX, Subscribe
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.venue import Venue
from openoutcry.model.units import AccountId, Symbol
from openoutcry.streams.feeds.message import Message
from openoutcry.streams.feeds.topic import PRIVATE, Channel, Position, Topic
from openoutcry.streams.outbox import BYTES_MAX, MESSAGES_MAX, Excess, Outbox


class Teller(Protocol):
    """The connection that hears."""

    outbox: Outbox

    def tell(self, message: Message) -> None:
        """Tell a live message."""

    def tell_past(self, messages: list[Message]) -> None:
        """Tell a page of the past."""

    def drop(self, excess: Excess, sequence: int = 0) -> None:
        """End a client that does not read."""

    def fail(self, fault: BaseException) -> None:
        """End because of a fault that is ours."""


class Following:
    """One thing that is followed; what the feeds tell it goes on to the connection."""

    __slots__ = ("_held", "_size", "_teller", "is_over", "last", "since", "topic")

    def __init__(self, topic: Topic, since: Position | None, teller: Teller) -> None:
        self.topic = topic
        self.since = since
        self.last = 0
        """Up to where the client knows it: the last message that was told, or where it resumes."""
        self.is_over = False
        self._teller = teller
        self._held: list[Message] | None = None
        self._size = 0

    def hear(self, message: Message) -> None:
        """Tell a message, or hold it while the past is still on its way."""
        if self._held is None:
            self._tell(message)
            return
        self._held.append(message)
        self._size += len(message.json)
        if len(self._held) > MESSAGES_MAX:
            self._teller.drop(Excess.MESSAGES, self._held[0].sequence)
        elif self._size > BYTES_MAX:
            self._teller.drop(Excess.BYTES, self._held[0].sequence)

    def tell_page(self, page: list[Message]) -> None:
        """Tell some of the past."""
        self.last = page[-1].sequence
        self._teller.tell_past(page)

    def hold(self) -> None:
        """Hold what is heard."""
        self._held = []

    def release(self) -> None:
        """Tell what was held, and from now on what comes."""
        held, self._held = self._held, None
        for message in held or ():
            self._tell(message)

    def _tell(self, message: Message) -> None:
        self.last = message.sequence
        if message.is_snapshot:
            self._teller.tell_past([message])
        else:
            self._teller.tell(message)


class Subscriptions:
    """The followings of one connection, by the name that its heartbeat calls them."""

    def __init__(self, venue: Venue, teller: Teller) -> None:
        self._venue = venue
        self._teller = teller
        self._by_name: dict[str, Following] = {}
        self._waiting: deque[Following] = deque()
        self._starting: asyncio.Task[None] | None = None

    def add(self, wanted: Subscribe, account_id: AccountId) -> list[Following]:
        """Subscribe to all that is wanted, or raise why not; `begin` lets the messages come."""
        topics = self._topics(wanted, account_id)
        names = {topic.name for topic in topics}
        if len(self._by_name.keys() | names) > SUBSCRIPTIONS_MAX:
            detail = f"a connection has at most {SUBSCRIPTIONS_MAX} subscriptions"
            raise Problem(400, "too_many_subscriptions", detail)
        self._leave(names)
        added = [Following(topic, wanted.since, self._teller) for topic in topics]
        self._by_name |= {one.topic.name: one for one in added}
        return added

    def _topics(self, wanted: Subscribe, account_id: AccountId) -> list[Topic]:
        channel = wanted.channel
        if channel in PRIVATE:
            return [Topic(channel, account_id)]
        engine = self._venue.sequencer.engine
        for symbol in wanted.symbols:
            if engine.instrument(symbol) is None:
                raise Problem(404, "unknown_instrument", f"{symbol!r} is not listed here")
        return [Topic(channel, symbol, wanted.depth, wanted.interval) for symbol in wanted.symbols]

    def begin(self, added: Iterable[Following]) -> None:
        """Let the messages come, each thing's snapshot or past first."""
        for following in added:
            if (since := self._since(following)) is not None:
                following.last = since.sequence
            if self._starting is None and not self._teller.outbox.has_past and not following.since:
                self._venue.feeds.follow(following.topic, following)
            else:
                self._waiting.append(following)
        self._go_on()
        self.touch()

    def _go_on(self) -> None:
        if self._waiting and self._starting is None:
            self._starting = asyncio.create_task(self._start_all())
            self._starting.add_done_callback(self._end_starting)

    async def _start_all(self) -> None:
        while self._waiting:
            await self._room()
            following = self._waiting.popleft()
            if following.is_over:
                continue
            if (since := self._since(following)) is not None:
                await self._replay(following, since)
            else:
                following.last = 0
                self._venue.feeds.follow(following.topic, following)

    def _since(self, following: Following) -> Position | None:
        """Return where it goes on; None where a snapshot comes instead."""
        since = following.since
        if since is None or not self._venue.feeds.can_replay(following.topic, since):
            return None
        return since

    async def _replay(self, following: Following, since: Position) -> None:
        following.hold()
        pages = self._venue.feeds.replay(following.topic, since, following)
        async with aclosing(cast("AsyncGenerator[list[Message], None]", pages)):
            async for page in pages:
                if following.is_over:
                    return
                if page:
                    following.tell_page(page)
                    await self._room()
        if not following.is_over:
            following.release()

    async def _room(self) -> None:
        """Wait until no more of the past waits for the client."""
        outbox = self._teller.outbox
        if outbox.has_past:
            left: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            outbox.on_past_left = partial(_wake, left)
            await left

    def _end_starting(self, task: "asyncio.Task[None]") -> None:
        self._starting = None
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._teller.fail(fault)
        else:
            # What came after its last look, and before this call, found it still there.
            self._go_on()

    def remove(self, channel: Channel, symbols: tuple[Symbol, ...]) -> None:
        """End some subscriptions of a channel; all of them where no symbol is named."""
        self._leave(
            [
                name
                for name, one in self._by_name.items()
                if one.topic.channel is channel and (not symbols or one.topic.key in symbols)
            ]
        )

    def leave_all(self, *, only_private: bool) -> None:
        """End all subscriptions, or those of the account."""
        self._leave(
            [
                name
                for name, one in self._by_name.items()
                if not only_private or one.topic.channel in PRIVATE
            ]
        )
        if not self._by_name and self._starting is not None:
            self._waiting.clear()
            self._starting.cancel()

    def _leave(self, names: Iterable[str]) -> None:
        for name in names:
            following = self._by_name.pop(name, None)
            if following is not None:
                following.is_over = True
                self._venue.feeds.leave(following.topic, following)

    def marks(self) -> dict[str, int]:
        """Return the sequence of the last message of each."""
        return {name: one.last for name, one in self._by_name.items()}

    def touch(self) -> None:
        """Note that somebody looks at the symbols that are followed."""
        now = asyncio.get_running_loop().time()
        for following in self._by_name.values():
            if following.topic.channel not in PRIVATE:
                self._venue.attention.touch(Symbol(following.topic.key), now)


def _wake(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
