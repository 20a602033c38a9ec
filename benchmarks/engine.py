"""The engine alone: commands per second, and bytes per working order."""

import gc
import os
import statistics
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final, NamedTuple, TypeVar

from benchmarks.harness import SERVER_CORES, Effort, median_and_spread, resident, say
from benchmarks.mix import (
    BOOK,
    COMMANDS,
    MIDDLE,
    SYMBOL,
    TRADERS,
    WORDS,
    entry_of,
    mix,
    opened_engine,
)
from benchmarks.report import Answer
from openoutcry.engine.engine import Engine
from openoutcry.model.commands import CancelOrder, EnterOrder
from openoutcry.model.events import OrderAccepted
from openoutcry.model.order import OrderType, Side
from openoutcry.model.units import Lots, Ticks

QUESTION: Final = "How fast is the engine alone, and what does a working order cost in memory?"
ORDERS: Final = 1_000_000
"""That rest while memory is measured."""
SETTLING: Final = 1_000_000
"""Orders that come and go before what they leave behind is measured."""
CLOSED: Final = 500_000
"""Orders that come and go while it is."""
METHOD: Final = f"""\
In a process of its own, entries made beforehand are applied by `Engine.apply` with everything it
does: checks, holds, matching, postings, fees, positions, events; seconds are of processor time.
The mix is {WORDS}.
The baseline of the same run is Python itself: as many calls that put a tuple into an ordered
dictionary and take the oldest out. For memory, {ORDERS:,} limit orders come to rest, and
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
    entries, executions = mix()
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
