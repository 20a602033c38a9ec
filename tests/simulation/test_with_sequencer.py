"""The simulated market on the real sequencer: a live book, a tape, and orders that execute."""

import asyncio
from contextlib import asynccontextmanager
from time import monotonic

import pytest

from openoutcry.engine.engine import Engine
from openoutcry.gateway.venue import Attention
from openoutcry.journal.memory import MemoryJournal
from openoutcry.model.account import DEMO, AccountKind
from openoutcry.model.commands import EnterOrder, EnterSimpleOrder, ListInstrument, OpenAccount
from openoutcry.model.errors import NotReady
from openoutcry.model.events import OrderExecuted
from openoutcry.model.order import Door, OrderStatus, OrderType, TimeInForce
from openoutcry.sequencer.clock import VenueClock
from openoutcry.sequencer.sequencer import Sequencer
from openoutcry.simulation.market import AGENTS, SimulatedMarket
from openoutcry.simulation.pace import COMMANDS_PER_SECOND_MAX
from tests.simulation.floor import listing

SECOND = 10**9
DELAY_NS = SECOND // 20
SERVED_WITHIN_NS = DELAY_NS + SECOND // 4


class Watcher:
    """A listener that lets a test wait for what it is about, instead of for time."""

    def __init__(self):
        self.records = []
        self.changed = asyncio.Event()

    def tell(self, records):
        self.records += records
        self.changed.set()

    def events(self, kind):
        return [e for record in self.records for e in record.events if isinstance(e, kind)]

    async def until(self, is_reached):
        async with asyncio.timeout(20):
            while not is_reached():
                self.changed.clear()
                await self.changed.wait()


class Venue:
    def __init__(self):
        self.watcher = Watcher()
        self.attention = Attention()
        self.faults = []
        self.has_stopped = False
        self.sequencer = Sequencer(
            Engine(), MemoryJournal(), VenueClock(0), on_fault=self.faults.append
        )
        self.engine = self.sequencer.engine
        self.market = SimulatedMarket(self.sequencer, self.attention, seed=1)
        self.sequencer.listeners += [self.market, self.watcher]

    async def place(self, symbol, quantity=10):
        self.attention.touch(symbol, monotonic())
        command = EnterSimpleOrder(
            account_id=DEMO, symbol=symbol, quantity=quantity, delay_ns=DELAY_NS
        )
        outcome = await self.sequencer.submit(command, actor="demo", door=Door.SIMPLE)
        return outcome.record.events[-1].order.terms.order_id

    def filled(self):
        """Return the journal's time of each simple order's end and of its acceptance."""
        times = {}
        for record in self.watcher.records:
            for event in record.events:
                if isinstance(event, OrderExecuted):
                    for report in (event.taker, event.maker):
                        if report.terms.door is Door.SIMPLE and not report.leaves_quantity:
                            assert report.status is OrderStatus.FILLED
                            created = report.terms.created_at
                            times[report.terms.order_id] = record.entry.at - created
        return times


def is_answer(command):
    return isinstance(command, EnterOrder) and (
        command.time_in_force is TimeInForce.IOC and command.type is OrderType.LIMIT
    )


@asynccontextmanager
async def open_venue(*listed):
    venue = Venue()
    await venue.sequencer.start()
    kinds = {**dict.fromkeys(AGENTS, AccountKind.AGENT), DEMO: AccountKind.DEMO}
    opened = [OpenAccount(name=name, account_id=name, kind=kind) for name, kind in kinds.items()]
    for command in (*opened, *(ListInstrument(instrument=one) for one in listed)):
        await venue.sequencer.submit(command, actor="venue", door=Door.VENUE)
    await venue.market.start()
    yield venue
    await venue.market.stop()
    if not venue.has_stopped:
        await venue.sequencer.stop()
    assert venue.faults == []
    venue.engine.check()


def test_a_symbol_that_somebody_looks_at_has_two_sides_and_trades():
    async def story():
        async with open_venue(listing("AAPL")) as venue:
            venue.attention.touch("AAPL", monotonic())
            await venue.watcher.until(lambda: all(map(len, venue.engine.depth("AAPL", 5))))
            await venue.watcher.until(lambda: len(venue.watcher.events(OrderExecuted)) >= 2)
            bids, asks = venue.engine.depth("AAPL", 5)
            assert len(bids) >= 4
            assert len(asks) >= 4

    asyncio.run(story())


@pytest.mark.slow
def test_a_hundred_orders_at_once_for_a_new_symbol_execute_right_after_their_delay():
    async def story():
        async with open_venue() as venue:
            ids = await asyncio.gather(*(venue.place("FRESH") for _ in range(100)))
            await venue.watcher.until(lambda: len(venue.filled()) == 100)
            assert sorted(venue.filled()) == sorted(ids)
            assert max(venue.filled().values()) <= SERVED_WITHIN_NS

    asyncio.run(story())


@pytest.mark.parametrize("quantity", [1, 1_000_000_000])
def test_any_size_executes_right_after_its_delay(quantity):
    async def story():
        async with open_venue(listing("AAPL")) as venue:
            order_id = await venue.place("AAPL", quantity)
            await venue.watcher.until(lambda: order_id in venue.filled())
            assert venue.filled()[order_id] <= SERVED_WITHIN_NS

    asyncio.run(story())


@pytest.mark.slow
def test_a_thousand_symbols_at_once_are_served_while_agents_keep_to_their_pace():
    async def story():
        async with open_venue() as venue:
            await asyncio.gather(*(venue.place(f"N{number}") for number in range(1_000)))
            await venue.watcher.until(lambda: len(venue.filled()) == 1_000)
            entries = [r.entry for r in venue.watcher.records if r.entry.door is Door.SIMULATION]
            paced = [entry for entry in entries if not is_answer(entry.command)]
            span = (paced[-1].at - paced[0].at) / SECOND
            assert len(paced) <= COMMANDS_PER_SECOND_MAX * (1 + span)
            assert len(entries) - len(paced) <= 1_000

    asyncio.run(story())


def test_a_venue_that_nobody_looks_at_journals_nothing():
    async def story():
        async with open_venue(listing("AAPL")) as venue:
            before = venue.sequencer.durable
            for _ in range(100):
                await asyncio.sleep(0)
            assert venue.market._wake.is_set() is False
            assert venue.sequencer.durable == before
            assert venue.market.submitted == 0

    asyncio.run(story())


def test_the_market_ends_quietly_when_the_sequencer_stops_first():
    async def story():
        async with open_venue(listing("AAPL")) as venue:
            await venue.sequencer.stop()
            venue.has_stopped = True
            with pytest.raises(NotReady):
                venue.sequencer.submit(None, actor="test", door=Door.NATIVE)
            venue.attention.touch("AAPL", monotonic())
            await asyncio.wait((venue.market._task,), timeout=5)
            assert venue.market._task.exception() is None

    asyncio.run(story())
