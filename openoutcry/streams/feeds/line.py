"""A line: one channel of one key, the mark of its last message, and everybody who hears it.

Rule 1: `previous` is the mark before, whoever listens; so the first thing is to find the mark.
Rule 2: nothing is told before it is durable. The engine is ahead of that; a picture of it is handed
out when the sequence that it was taken at has been told, and events up to there are in it.

    told         ... 41 42 43 | 44 45 46 47 |48 ...
    engine is at              |         47  |
    picture taken at 47       ^             ^ handed out, with the mark of then; next is 48
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from openoutcry.model.units import Nanos
from openoutcry.streams.feeds.message import Message
from openoutcry.streams.feeds.said import Said
from openoutcry.streams.feeds.teller import Heard, Teller
from openoutcry.streams.feeds.topic import Hearer

HELD_MAX: Final = 10_000
"""Messages that wait for a snapshot on its way; beyond it another one is taken."""


def _end(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)


class Line:
    """Who hears one channel of one key, and the sequence of the last message, once it is known."""

    def __init__(self, name: str, epoch: str) -> None:
        self.name = name
        self.epoch = epoch
        self.mark: int | None = None
        self.hearers: dict[Hearer, None] = {}

    def say(self, sequence: int, body: bytes) -> None:
        """Tell everybody."""
        message = Message(self.name, sequence, body)
        self.mark = sequence
        for hearer in tuple(self.hearers):  # One may leave meanwhile.
            hearer.hear(message)


class Arrival:
    """Hearers who wait for one snapshot; what is told after it is held for them."""

    def __init__(self, hearers: dict[Hearer, None], picture: object) -> None:
        self.hearers = hearers
        self.picture = picture
        self.past: Any = None
        self.has_past = False
        self.said: Said | None = None
        """Where the snapshot stands, once that has been told."""
        self._held: list[Message] = []

    def hear(self, message: Message) -> None:
        """Hold a message, or one too many: then all of them are of no use."""
        if len(self._held) <= HELD_MAX:
            self._held.append(message)

    def is_overfull(self) -> bool:
        """Say whether too much came."""
        return len(self._held) > HELD_MAX

    def join(self, line: Line, snapshot: Message) -> None:
        """Let everybody hear the snapshot, and what came after it, and from now on the line."""
        line.hearers.pop(self, None)
        for hearer in tuple(self.hearers):
            for message in (snapshot, *self._held):
                if hearer in self.hearers:
                    hearer.hear(message)
        line.hearers.update(self.hearers)


class EventLine(Line):
    """A line whose messages are one event each."""

    def __init__(self, name: str, epoch: str, teller: Teller) -> None:
        super().__init__(name, epoch)
        self.teller = teller
        self.arrivals: dict[Arrival, None] = {}
        self.waiting: dict[Hearer, None] = {}
        """Those who came before the line was ready."""
        self.is_ready = False
        """Whether the mark is known and the state, if there is one, is loaded."""
        self.on_ready: list[Callable[[], None]] = []
        self._held: deque[Heard] | None = deque()
        self._snapshot: Message | None = None

    # What is told.

    def hear(self, heard: Heard) -> None:
        """Take an event that may be told here."""
        if self._held is not None:
            self._held.append(heard)
        else:
            self._take(heard)

    def _take(self, heard: Heard) -> None:
        teller = self.teller
        if not self.hearers and not (teller.has_state and self.is_ready):
            if teller.speaks(heard):
                self.mark = heard.sequence
            return
        said = Said(self.epoch, heard.sequence, self.mark, heard.record.entry.at)
        body = teller.update(said, heard, is_heard=bool(self.hearers))
        if body:
            self.say(heard.sequence, body)
        elif body is not None:
            self.mark = heard.sequence

    # Getting ready.

    def found(self, mark: int, reached: int) -> None:
        """Learn the mark as of a sequence; what was heard after that is taken now."""
        self.mark = mark
        held, self._held = self._held or (), None
        for heard in held:
            if heard.sequence > reached:
                self._take(heard)

    def hold(self) -> None:
        """Hold what is heard from now on."""
        self._held = deque()

    def load(self, picture: object, past: object, reached: int, at: Nanos) -> None:
        """Take over a state as of a sequence; what was heard after that is taken now."""
        held, self._held = self._held or (), None
        for heard in held:
            if heard.sequence <= reached and self.teller.speaks(heard):
                self.mark = heard.sequence
        self.teller.load(picture, past)
        self.is_ready = True
        self._snapshot = None
        for hearer in tuple(self.hearers):  # It was loaded again: they have the old one.
            hearer.hear(self.snapshot_of_state(at))
        for heard in held:
            if heard.sequence > reached:
                self._take(heard)

    def get_ready(self) -> None:
        """Let those in who came before."""
        self.is_ready = True
        for call in self.on_ready:
            call()
        self.on_ready.clear()

    async def ready(self) -> None:
        """Wait until the mark is known and the state is loaded."""
        if not self.is_ready:
            ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.on_ready.append(partial(_end, ready))
            await ready

    # Snapshots.

    def snapshot_of_state(self, at: Nanos) -> Message:
        """Return a snapshot of a state that is loaded; the same one until something is told."""
        assert self.mark is not None, "a line that is ready has a mark"
        found = self._snapshot
        if found is None or found.sequence != self.mark:
            said = Said(self.epoch, self.mark, None, at)
            body = self.teller.snapshot(said, None, None)
            found = self._snapshot = Message(self.name, self.mark, body, is_snapshot=True)
        return found

    def snapshot_of(self, arrival: Arrival) -> Message:
        """Return the snapshot that an arrival waits for."""
        assert arrival.said is not None, "its moment has been told"
        body = self.teller.snapshot(arrival.said, arrival.picture, arrival.past)
        return Message(self.name, arrival.said.sequence, body, is_snapshot=True)

    def leave(self, hearer: Hearer) -> None:
        """Let a hearer go, wherever it is."""
        self.hearers.pop(hearer, None)
        self.waiting.pop(hearer, None)
        for arrival in tuple(self.arrivals):
            arrival.hearers.pop(hearer, None)

    def is_idle(self) -> bool:
        """Say whether nobody is here, or on the way."""
        return not (self.hearers or self.waiting or any(a.hearers for a in self.arrivals))
