"""A venue in process: journal, history and feeds on disk, driven by a drawn workload."""

import asyncio
import functools
from contextlib import asynccontextmanager

from openoutcry.gateway.native.streamed import RENDERING
from openoutcry.history.history import History
from openoutcry.journal.directory import HISTORY_NAME, DataDirectory
from openoutcry.sequencer.recovery import recover
from openoutcry.sequencer.sequencer import Sequencer
from openoutcry.streams.feeds.feeds import Feeds
from openoutcry.streams.feeds.topic import Channel, Position, Topic
from tests.sequencer.rig import Hands
from tests.workload import TRADERS, Workload

WITHIN_S = 60.0
SYMBOLS = ("ACME", "FINE", "BULK")
CLOSED = 1 << 62


def on_a_loop(test):
    """Run an async test; one that waits for ever fails instead."""

    @functools.wraps(test)
    def run(*args, **kwargs):
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), WITHIN_S))

    return run


class Ear:
    """A hearer that keeps the bytes of what it hears, and gives them to a client."""

    def __init__(self, client=None):
        self.messages = []
        self.client = client
        self.complaint = None

    def hear(self, message):
        self.messages.append(message)
        if self.client is not None and self.complaint is None:
            try:
                self.client.hear(message.json)
            except Exception as complaint:  # noqa: BLE001  (a hearer never raises)
                complaint.add_note(f"{message.name} {message.sequence}: {message.json!r}")
                self.complaint = complaint

    @property
    def heard(self):
        return [message.json for message in self.messages]

    def updates(self):
        return [message.json for message in self.messages if not message.is_snapshot]


class Venue:
    """One life of a venue."""

    def __init__(self, sequencer, history, feeds, hands):
        self.sequencer = sequencer
        self.history = history
        self.feeds = feeds
        self.hands = hands
        self.engine = sequencer.engine
        self.records = []
        self.ears = []
        self.faults = []

    def tell(self, records):
        self.records += records

    async def submit(self, command, door):
        if self.faults:
            raise self.faults[0]
        outcome = await self.sequencer.submit(command, actor="test", door=door)
        return outcome.record

    def raise_complaints(self):
        """Fail for what a client found wrong."""
        for ear in self.ears:
            if ear.complaint is not None:
                raise ear.complaint

    async def settle(self):
        """Wait until everything that the engine has done is told."""
        await self.sequencer.settled(self.engine.sequence)

    async def follow(self, topic, client=None):
        """Follow a topic; return when the snapshot is there."""
        ear = Ear(client)
        self.ears.append(ear)
        self.feeds.follow(topic, ear)
        await until(lambda: ear.messages)
        return ear

    async def replay(self, topic, since):
        """Hear everything after a sequence, until the hearer has joined."""
        ear = Ear()
        found = []
        position = Position(self.sequencer.epoch, since)
        assert self.feeds.can_replay(topic, position)
        async for page in self.feeds.replay(topic, position, ear):
            found += page
        ear.messages[:0] = found
        return ear


async def until(condition):
    """Let the loop run until something is so."""
    while not condition():  # noqa: ASYNC110  (what it waits for has no event)
        await asyncio.sleep(0.001)


@asynccontextmanager
async def open_floor(folder, journal=None):
    """Open a venue on a directory, or on a journal of its own, and close it cleanly."""
    directory = DataDirectory(folder)
    journal = journal or directory.open_journal()
    faults = []
    url = f"sqlite:///{folder.absolute() / HISTORY_NAME}"
    engine = recover(journal, directory.snapshots).engine
    hands = Hands()
    hands.wall = max(hands.wall, engine.now)
    sequencer = Sequencer(
        engine,
        journal,
        hands.clock(engine.now),
        on_fault=faults.append,
        snapshots=directory.snapshots,
    )
    history = History(url, journal.epoch, faults.append)
    history.catch_up(sequencer.read, journal.last, lambda _reached, _last: None)
    history.start()
    feeds = Feeds(sequencer, history, RENDERING)
    venue = Venue(sequencer, history, feeds, hands)
    venue.faults = faults
    sequencer.listeners += [venue, history, feeds]
    await sequencer.start()
    try:
        yield venue
    finally:
        await sequencer.stop()
        feeds.close()
        await asyncio.to_thread(history.close)
        directory.close()
    assert faults == []


class Crowd:
    """Those who trade: a drawn workload, each command when the one before is told."""

    def __init__(self, seed):
        self.workload = Workload(seed)

    async def open(self, venue):
        for entry in self.workload.opening():
            await self._send(venue, entry)

    async def trade(self, venue, commands, after_each=lambda: None):
        for _ in range(commands):
            before = self.workload.at
            entry = self.workload.draw()
            venue.hands.pass_(self.workload.at - before)
            await self._send(venue, entry)
            await venue.settle()
            venue.raise_complaints()
            after_each()

    async def _send(self, venue, entry):
        record = await venue.submit(entry.command, entry.door)
        self.workload.heard(record.events)


def topics():
    """Everything that can be replayed, of the workload's symbols and accounts."""
    public = [Topic(channel, s) for channel in (Channel.ORDERS, Channel.TRADES) for s in SYMBOLS]
    private = [
        Topic(channel, name)
        for channel in (Channel.EXECUTIONS, Channel.BALANCES, Channel.POSITIONS)
        for name in TRADERS
    ]
    return [*public, *private]
