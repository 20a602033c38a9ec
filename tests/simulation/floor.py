"""A trading floor without threads and clocks: the real engine, told when the test says so."""

import asyncio

from openoutcry.engine.engine import Engine
from openoutcry.gateway.venue import Attention
from openoutcry.model.account import DEMO, AccountKind
from openoutcry.model.commands import EnterOrder, EnterSimpleOrder, ListInstrument, OpenAccount
from openoutcry.model.errors import Overloaded
from openoutcry.model.instrument import Grid, Instrument
from openoutcry.model.order import Door, OrderType, Side
from openoutcry.model.record import FORMAT, Entry, Record
from openoutcry.model.units import UNIT, AccountId, Amount, Asset, Lots, Nanos, Sequence, Ticks
from openoutcry.simulation.market import AGENTS, SimulatedMarket

CENT = UNIT // 100


def listing(symbol, *, price_increment=CENT, quantity_increment=UNIT, reference=20_000, **fields):
    grid = Grid(Asset(symbol), Asset("USD"), Amount(price_increment), Amount(quantity_increment))
    return Instrument(symbol=symbol, grid=grid, reference_price=Ticks(reference), **fields)


class Outcome:
    def __init__(self, record):
        self.record = record


class Floor:
    """Stands for the sequencer; what is submitted is applied at once and told by `flush`."""

    def __init__(self, *listed, seed=1):
        self.engine = Engine()
        self.at = 0
        self.now = 1_000.0
        self.capacity = 1_000_000
        self.fault = None
        self.records = []
        self._untold = []
        for account_id in (*AGENTS, AccountId("alice")):
            self.apply(OpenAccount(name=account_id, account_id=account_id, kind=AccountKind.AGENT))
        self.apply(OpenAccount(name="Paper", account_id=DEMO, kind=AccountKind.DEMO))
        for instrument in listed:
            self.apply(ListInstrument(instrument=instrument))
        self.attention = Attention()
        self.market = SimulatedMarket(self, self.attention, seed, now=lambda: self.now)

    def apply(self, command, door=Door.NATIVE):
        self.at += 1_000
        first = self.engine.sequence + 1
        entry = Entry(at=Nanos(self.at), actor="test", door=door, command=command)
        events = self.engine.apply(entry)
        record = Record(
            format=FORMAT,
            first=Sequence(first),
            last=self.engine.sequence,
            entry=entry,
            events=events,
        )
        self.records.append(record)
        return record

    def submit(self, command, *, actor, door):
        assert actor == command.account_id
        if self.fault is not None:
            raise self.fault
        if len(self._untold) >= self.capacity:
            raise Overloaded
        future = asyncio.get_running_loop().create_future()
        self._untold.append((self.apply(command, door), future))
        return future

    async def flush(self):
        """Tell what was submitted until nothing more follows from it at this moment."""
        while self._untold:
            told, self._untold = self._untold, []
            self.market.tell([record for record, _ in told])
            for record, future in told:
                future.set_result(Outcome(record))
            await asyncio.sleep(0)
            self.market.step()
        self.engine.check()

    async def trade(self, command, door=Door.NATIVE):
        """Let somebody else act, and the agents answer."""
        record = self.apply(command, door)
        self.market.tell([record])
        self.market.step()
        await self.flush()
        return record

    async def pass_time(self, seconds, step=0.1):
        """Let the market take its turns."""
        for _ in range(round(seconds / step)):
            self.now += step
            self.market.step()
            await self.flush()

    def commands(self):
        """What agents have submitted, in order."""
        entries = (record.entry for record in self.records)
        return [entry.command for entry in entries if entry.door is Door.SIMULATION]

    def depth(self, symbol, levels=10):
        return self.engine.depth(symbol, levels)

    def orders(self, account_id, symbol=None):
        reports = self.engine.orders_of(account_id)
        return [r for r in reports if symbol in (None, r.terms.symbol)]


def simple(symbol, quantity=10, delay_ns=0):
    return EnterSimpleOrder(account_id=DEMO, symbol=symbol, quantity=quantity, delay_ns=delay_ns)


def limit(account_id, symbol, side, quantity, price):
    return EnterOrder(
        account_id=account_id,
        symbol=symbol,
        side=Side(side),
        type=OrderType.LIMIT,
        quantity=Lots(quantity),
        price=Ticks(price),
    )
