"""A sequencer under test: a journal that waits for permission, a clock that tests move, an ear."""

import asyncio
from functools import wraps
from threading import Semaphore
from threading import enumerate as enumerate_threads

from openoutcry.engine.engine import Engine
from openoutcry.journal.memory import MemoryJournal
from openoutcry.model.account import AccountKind
from openoutcry.model.commands import CancelOrder, EnterSimpleOrder, OpenAccount
from openoutcry.model.order import Door
from openoutcry.model.record import Retry
from openoutcry.sequencer.clock import VenueClock
from openoutcry.sequencer.sequencer import Sequencer

SECOND = 10**9
START = 1_800_000_000 * SECOND
PATIENCE_S = 30


def on_a_loop(test):
    """Run an async test; one that waits for ever fails instead."""

    @wraps(test)
    def run(*args, **kwargs):
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), PATIENCE_S))

    return run


class GatedJournal(MemoryJournal):
    """A disk whose every write waits until the test lets it happen, or lets it fail."""

    def __init__(self):
        super().__init__()
        self.blocks = []
        self.fault = None
        self._entered = Semaphore(0)
        self._gate = Semaphore(0)

    def append(self, block):
        self._entered.release()
        assert self._gate.acquire(timeout=PATIENCE_S)
        if self.fault is not None:
            raise self.fault
        self.blocks.append([record.body for record in block.records])
        super().append(block)

    async def written_to(self):
        """Wait until a write has begun."""
        assert await asyncio.to_thread(self._entered.acquire, timeout=PATIENCE_S)

    def let(self, writes=1):
        self._gate.release(writes)

    def fail(self, fault):
        self.fault = fault
        self._gate.release(1000)


class Ear:
    """A listener that remembers, and says what was durable when it was told."""

    def __init__(self, journal):
        self.records = []
        self.calls = 0
        self.on_disk_first = True
        self.heard = asyncio.Event()
        self._journal = journal

    def tell(self, records):
        self.calls += 1
        self.records += records
        self.heard.set()
        self.on_disk_first &= records[-1].last <= self._journal.last


class Hands:
    """The wall and the monotonic clock, moved by hand."""

    def __init__(self):
        self.wall = START
        self.monotonic = 0

    def pass_(self, span):
        """Let time pass."""
        self.wall += span
        self.monotonic += span

    def clock(self, last=0):
        return VenueClock(last, wall=lambda: self.wall, monotonic=lambda: self.monotonic)


class Rig:
    """A sequencer on a memory journal, its ear, its faults."""

    def __init__(self, journal=None, engine=None, clock=None, snapshots=None):
        self.journal = journal or MemoryJournal()
        self.ear = Ear(self.journal)
        self.faults = []
        self.engine = engine or Engine()
        self.sequencer = Sequencer(
            self.engine,
            self.journal,
            clock or VenueClock(self.engine.now),
            on_fault=self.faults.append,
            listeners=[self.ear],
            snapshots=snapshots,
        )

    def submit(self, command, retry=None):
        return self.sequencer.submit(command, actor="test", door=Door.SIMPLE, retry=retry)

    async def until(self, is_so):
        """Let the loop run until something is so."""
        while not is_so():  # noqa: ASYNC110  (what it waits for has no event)
            await asyncio.sleep(0)

    async def __aenter__(self):
        await self.sequencer.start()
        return self

    async def __aexit__(self, *_):
        if isinstance(self.journal, GatedJournal):
            self.journal.let(1000)
        await self.sequencer.stop()
        assert "journal" not in [thread.name for thread in enumerate_threads()]
        assert self.ear.on_disk_first
        self.engine.check()


def account(name):
    return OpenAccount(name=name, account_id=name, kind=AccountKind.DEMO, cash=10**18)


def order(delay_ns=SECOND, quantity=1):
    return EnterSimpleOrder(account_id="demo", symbol="ACME", quantity=quantity, delay_ns=delay_ns)


def cancel(order_id):
    return CancelOrder(account_id="demo", order_id=order_id)


def keyed(*numbers, body="body"):
    return Retry(keys=tuple(f"{number:032x}" for number in numbers), body=body)


def kinds(records):
    """Name the events of records."""
    return [type(event).__name__ for record in records for event in record.events]
