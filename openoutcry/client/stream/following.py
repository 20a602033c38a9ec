"""One thing that a client follows: where it is, and whether the next message fits.

awaiting   the subscribe is not answered yet: whatever comes belongs to what was before
resuming   `from` was sent: the next message may reach back behind it, or be a snapshot
live       each message names the one before it
"""

import asyncio
from typing import Final, NamedTuple

from openoutcry.client.stream.kept_books import Broken, KeptBook, KeptQueue
from openoutcry.client.stream.messages import (
    BookTold,
    Mark,
    Message,
    QueueChanged,
    QueueTold,
)

RESUMABLE: Final = frozenset({"orders", "trades", "executions", "balances", "positions"})
"""Channels that go on where a client was; the others begin with a snapshot."""
PRIVATE: Final = frozenset({"executions", "balances", "positions"})


class Topic(NamedTuple):
    """A channel, and of what."""

    channel: str
    symbol: str = ""
    interval: str = ""

    @property
    def name(self) -> str:
        """What heartbeats call it."""
        return ":".join(filter(None, self))


class Gap(Broken):
    """A message does not follow the one before it."""


class Following:
    """A topic with the state of a client in it."""

    def __init__(
        self,
        topic: Topic,
        *,
        depth: int = 10,
        since: Mark | None = None,
        cancels_on_disconnect: bool = False,
    ) -> None:
        self.topic = topic
        self.at = since
        """The last message that was good; None before the first."""
        self.awaiting: int | None = None
        """The request id of the subscribe that is not answered yet."""
        self.is_resuming = False
        self.is_live = False
        """Whether a message has come since the last subscribe."""
        self.restarts = 0
        """How often it had to be asked for again since a message was good."""
        self.ready = asyncio.Event()
        """Set by the first good message."""
        self.book = KeptBook(topic.symbol, depth) if topic.channel == "book" else None
        # Whoever goes on where they were has a queue of their own, which is not ours to know.
        keeps_queue = topic.channel == "orders" and since is None
        self.queue = KeptQueue(topic.symbol) if keeps_queue else None
        self._depth = depth
        self._cancels = cancels_on_disconnect

    def subscribe(self, request_id: int) -> dict[str, object]:
        """Return the parameters that ask for it, from where the client is."""
        self.awaiting = request_id
        self.is_live = False
        topic = self.topic
        params: dict[str, object] = {"channel": topic.channel, "batch": True}
        if topic.symbol:
            params["symbols"] = [topic.symbol]
        if topic.interval:
            params["interval"] = topic.interval
        if self.book is not None:
            params["depth"] = self._depth
        if self._cancels:
            params["cancel_on_disconnect"] = True
        self.is_resuming = topic.channel in RESUMABLE and self.at is not None
        if self.is_resuming and self.at is not None:
            params["from"] = {"epoch": self.at.epoch, "sequence": self.at.sequence}
        return params

    def forget(self) -> None:
        """Begin anew with a snapshot."""
        self.at = None

    def mark_old(self) -> None:
        """Say that a kept book may be behind from now on."""
        for kept in (self.book, self.queue):
            if kept is not None:
                kept.is_current = False

    def take(self, message: Message) -> None:
        """Check a message against the last one and keep what it says; raises `Gap`, `Broken`."""
        if not message.is_snapshot:
            self._check(message)
        # A book that is broken is fetched anew; where it broke is nowhere to go on from.
        before, self.at = self.at, None
        if self.book is not None and isinstance(message, BookTold):
            self.book.apply(message)
        elif self.queue is not None and isinstance(message, QueueTold | QueueChanged):
            self.queue.apply(message)
        self.at = message.mark
        self.is_resuming = False
        self.is_live = True
        self.ready.set()
        if before is not None:
            self.restarts = 0

    def _check(self, message: Message) -> None:
        at = self.at
        if at is None:
            raise Gap(f"{self.topic.name} begins with an update")
        if message.epoch != at.epoch:
            raise Gap(f"{self.topic.name} goes on in another history")
        previous = message.previous or 0
        if previous == at.sequence:
            return
        reaches_back = previous < at.sequence < message.sequence
        if not (self.is_resuming and reaches_back):
            raise Gap(
                f"{self.topic.name}: {message.sequence} follows {previous}, not {at.sequence}"
            )

    def check_sent(self, sequence: int) -> None:
        """Check the last message that the venue says it has sent; raises `Gap`."""
        if self.is_live and self.at is not None and sequence > self.at.sequence:
            raise Gap(f"{self.topic.name}: {sequence} was sent and did not arrive")
