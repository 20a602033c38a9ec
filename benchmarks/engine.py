"""The engine alone: commands per second, and bytes per working order."""

import gc
import os
import random
import statistics
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final, NamedTuple, TypeVar

from benchmarks.harness import SERVER_CORES, Effort, median_and_spread, resident, say
from benchmarks.report import Answer
from openoutcry.engine.engine import Engine
from openoutcry.gateway.native.calls import reports_of
from openoutcry.model.commands import (
    AmendOrder,
    CancelOrder,
    Command,
    Deposit,
    EnterOrder,
    ListInstrument,
    OpenAccount,
)
from openoutcry.model.events import OrderAccepted, OrderExecuted
from openoutcry.model.instrument import FeeRates, Grid, Instrument
from openoutcry.model.order import LIVE, Door, OrderReport, OrderType, Side, TimeInForce
from openoutcry.model.record import Entry
from openoutcry.model.units import (
    FEE_RATE_PER_BPS,
    UNIT,
    AccountId,
    Amount,
    Asset,
    FeeRate,
    Lots,
    Nanos,
    OrderId,
    Symbol,
    Ticks,
)

QUESTION: Final = "How fast is the engine alone, and what does a working order cost in memory?"
SEED: Final = 1
COMMANDS: Final = 200_000
"""Of the mix, per round."""
ORDERS: Final = 1_000_000
"""That rest while memory is measured."""
SETTLING: Final = 1_000_000
"""Orders that come and go before what they leave behind is measured."""
CLOSED: Final = 500_000
"""Orders that come and go while it is."""
TRADERS: Final = tuple(AccountId(f"trader-{number}") for number in range(20))
SYMBOL: Final = Symbol("XYZ")
MIDDLE: Final = 10_000
"""Ticks; orders are priced around it."""
SPREAD: Final = 50
BOOK: Final = 5_000
"""Working orders that the mix hovers around."""
METHOD: Final = f"""\
In a process of its own, entries made beforehand are applied by `Engine.apply` with everything it
does: checks, holds, matching, postings, fees, positions, events; seconds are of processor time.
The mix is seeded: {len(TRADERS)} accounts, one instrument with fees, prices within {SPREAD} ticks
of one middle, up to {BOOK:,} orders resting; limit orders of 1 to 100 shares (55 %; cancels in
their place while the book is full), immediate-or-cancel ones (5 %), amends of the quantity (10 %),
cancels (30 %). The baseline of the same run is Python itself: as many calls that put a tuple into
an ordered dictionary and take the oldest out. For memory, {ORDERS:,} limit orders come to rest, and
the growth of the process's resident memory is divided by their number, everything included. Then
{SETTLING:,} orders come and go one by one, which lets the dictionaries settle at their size, and
{CLOSED:,} more: what memory grew by during these is what closed orders cost."""


T = TypeVar("T")


class Speed(NamedTuple):
    """One round."""

    commands: float
    """Per second."""
    events: float
    counts: dict[str, int]
    """What was applied, and the executions it made."""
    plain: float
    """Calls of the baseline per second."""


class Memory(NamedTuple):
    """Bytes per order."""

    working: float
    closed: float


def measure(effort: Effort) -> Answer:
    """Measure both in processes of their own, each round and the memory in a fresh one."""
    speeds = []
    for _ in range(effort.rounds):
        speeds.append(apart(speed))
        say(f"{speeds[-1].commands:,.0f} commands/s, {speeds[-1].events:,.0f} events/s")
    memory = apart(memory_of_orders)
    ratio = statistics.median(one.plain / one.commands for one in speeds)
    rows = [
        ("figure", "measured", "target"),
        ("commands/s", median_and_spread([one.commands for one in speeds]), "≥ 100,000"),
        ("events/s", median_and_spread([one.events for one in speeds]), ""),
        ("baseline calls/s", median_and_spread([one.plain for one in speeds]), ""),
        ("a command costs as much as", f"{ratio:.0f} calls of the baseline", ""),
        ("bytes per working order", f"{memory.working:,.0f}", "≤ 1,200"),
        ("bytes per closed order", f"{memory.closed:,.1f}", "0"),
    ]
    remark = "The mix: " + ", ".join(
        f"{count:,} {name}" for name, count in speeds[0].counts.items()
    )
    return Answer(METHOD, rows, [remark])


def speed() -> Speed:
    """Apply the mix to a fresh engine."""
    entries, executions = _mix()
    engine = opened_engine()
    first = engine.sequence
    started = time.process_time()
    for entry in entries:
        engine.apply(entry)
    seconds = time.process_time() - started
    engine.check()
    counts = Counter(type(entry.command).__name__ for entry in entries)
    counts["executions"] = executions
    return Speed(COMMANDS / seconds, (engine.sequence - first) / seconds, counts, _plain_calls())


def memory_of_orders() -> Memory:
    """Let orders rest, then let as many come and go."""
    engine = opened_engine()
    gc.collect()
    empty = resident(os.getpid())
    for number in range(ORDERS):
        engine.apply(entry_of(engine, _resting(number)))
    gc.collect()
    full = resident(os.getpid())
    _come_and_go(engine, SETTLING)
    settled = resident(os.getpid())
    _come_and_go(engine, CLOSED)
    after = resident(os.getpid())
    assert engine.order_count() == ORDERS, "who came has gone"
    return Memory((full - empty) / ORDERS, (after - settled) / CLOSED)


def _come_and_go(engine: Engine, orders: int) -> None:
    for number in range(orders):
        accepted = engine.apply(entry_of(engine, _resting(number)))[0]
        assert isinstance(accepted, OrderAccepted)
        terms = accepted.order.terms
        cancel = CancelOrder(account_id=terms.account_id, order_id=terms.order_id)
        engine.apply(entry_of(engine, cancel))
    gc.collect()


def opened_engine() -> Engine:
    """Return an engine with an instrument and traders of means."""
    engine = Engine()
    grid = Grid(Asset(SYMBOL), Asset("USD"), Amount(UNIT // 100), Amount(UNIT))
    fees = FeeRates(FeeRate(FEE_RATE_PER_BPS), FeeRate(2 * FEE_RATE_PER_BPS))
    listed = Instrument(symbol=SYMBOL, grid=grid, reference_price=Ticks(MIDDLE), fees=fees)
    engine.apply(entry_of(engine, ListInstrument(instrument=listed)))
    for trader in TRADERS:
        cash = Amount(10**12 * UNIT)
        engine.apply(entry_of(engine, OpenAccount(name=trader, account_id=trader, cash=cash)))
        shares = Deposit(account_id=trader, asset=grid.asset, amount=Amount(10**9 * UNIT))
        engine.apply(entry_of(engine, shares))
    return engine


def entry_of(engine: Engine, command: Command) -> Entry:
    """Return a command in its place, a microsecond after the last."""
    at = Nanos(engine.now + 1_000)
    return Entry(at=at, actor="benchmark", door=Door.NATIVE, command=command)


def _resting(number: int) -> EnterOrder:
    """Return an order that meets nobody: bids below the middle, asks above it."""
    below = number % 2 == 0
    distance = 1 + number % 1_000
    return EnterOrder(
        account_id=TRADERS[number % len(TRADERS)],
        symbol=SYMBOL,
        side=Side.BUY if below else Side.SELL,
        type=OrderType.LIMIT,
        quantity=Lots(10),
        price=Ticks(MIDDLE - distance if below else MIDDLE + distance),
    )


def _mix() -> tuple[list[Entry], int]:
    """Return the mix and how many executions it leads to.

    It is made beside an engine of its own, so that cancels name orders that live.
    """
    dice = random.Random(SEED)
    engine = opened_engine()
    book = _Book(dice)
    entries = []
    executions = 0
    for number in range(COMMANDS):
        command = _chosen(dice, book, TRADERS[number % len(TRADERS)])
        entries.append(entry_of(engine, command))
        events = engine.apply(entries[-1])
        executions += sum(isinstance(event, OrderExecuted) for event in events)
        for report in reports_of(events):
            book.note(report)
    return entries, executions


class _Book:
    """The orders that live, one of which can be drawn by lot."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._live: dict[OrderId, AccountId] = {}
        self._drawn_from: list[OrderId] = []

    def __len__(self) -> int:
        return len(self._live)

    def note(self, report: OrderReport) -> None:
        order_id = report.terms.order_id
        if report.status not in LIVE:
            self._live.pop(order_id, None)
        elif order_id not in self._live:
            self._live[order_id] = report.terms.account_id
            self._drawn_from.append(order_id)

    def draw(self) -> tuple[AccountId, OrderId]:
        ids = self._drawn_from
        while True:
            place = self._dice.randrange(len(ids))
            if (account_id := self._live.get(ids[place])) is not None:
                return account_id, ids[place]
            ids[place] = ids[-1]
            ids.pop()


def _chosen(dice: random.Random, book: _Book, trader: AccountId) -> Command:
    chance = dice.random()
    if not len(book) or (chance < 0.55 and len(book) < BOOK):
        return _limit_order(dice, trader, TimeInForce.GTC)
    if chance > 0.95:
        return _limit_order(dice, trader, TimeInForce.IOC)
    account_id, order_id = book.draw()
    if chance > 0.85:
        quantity = Lots(dice.randint(1, 100))
        return AmendOrder(account_id=account_id, order_id=order_id, quantity=quantity)
    return CancelOrder(account_id=account_id, order_id=order_id)


def _limit_order(dice: random.Random, trader: AccountId, lasts: TimeInForce) -> EnterOrder:
    side = dice.choice((Side.BUY, Side.SELL))
    away = dice.randint(-5, SPREAD) * (-1 if side is Side.BUY else 1)
    return EnterOrder(
        account_id=trader,
        symbol=SYMBOL,
        side=side,
        type=OrderType.LIMIT,
        quantity=Lots(dice.randint(1, 100)),
        price=Ticks(MIDDLE + away),
        time_in_force=lasts,
    )


def _plain_calls() -> float:
    kept: OrderedDict[int, tuple[int, int]] = OrderedDict()

    def put(number: int) -> None:
        kept[number] = (number, number)
        if len(kept) > BOOK:
            kept.popitem(last=False)

    started = time.process_time()
    for number in range(COMMANDS):
        put(number)
    return COMMANDS / (time.process_time() - started)


def apart(work: Callable[[], T]) -> T:
    """Run work in a fresh process on the server's cores, and return what it returns."""
    context = get_context("spawn")
    with ProcessPoolExecutor(1, context, os.sched_setaffinity, (0, SERVER_CORES)) as pool:
        return pool.submit(work).result()
