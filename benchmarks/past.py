"""A venue with a past: a data directory whose journal holds many executed orders.

The journal is written by `journals.write`, so that a long past takes seconds to make. History is
made from it by the venue itself.
"""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.harness import Server, say
from benchmarks.journals import write
from benchmarks.venue import events_in_journal, venue
from openoutcry.engine.engine import Engine
from openoutcry.journal.sqlite import SqliteJournal
from openoutcry.model.account import DEMO
from openoutcry.model.commands import Command, Deposit, EnterOrder, EnterSimpleOrder, OpenAccount
from openoutcry.model.order import Door, OrderType, Side
from openoutcry.model.record import Entry
from openoutcry.model.units import (
    UNIT,
    AccountId,
    Amount,
    Asset,
    Lots,
    Nanos,
    Symbol,
    Ticks,
)
from openoutcry.sequencer.recovery import recover

JOURNAL: Final = "journal.sqlite3"
SYMBOL: Final = Symbol("AAPL")
SELLER: Final = AccountId("seller")
SHARES: Final = 10
"""Of each order."""
ASK_ORDERS: Final = 100
"""Orders that one seller's order serves."""
PRICES: Final = 100
FIRST_PRICE: Final = 228_40
STEP: Final = 100_000
"""Nanoseconds between commands."""


class Past(NamedTuple):
    """A stopped venue."""

    directory: Path
    orders: int
    """Simple ones, all executed."""
    records: int
    """In its journal, written beside those of the first start."""


@cache
def past_of(orders: int) -> Past:
    """Return a venue with so many executed orders; it is made once and deleted at exit."""
    say(f"making a past of {orders:,} executed orders")
    directory = Path(tempfile.mkdtemp(prefix="openoutcry-bench-past-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    with venue(directory):
        pass  # Its first start lists the instruments and opens the accounts.
    forget_snapshots(directory)
    records = _write(directory, orders)
    with venue(directory):
        pass  # History catches up, and a clean stop leaves a snapshot.
    (executed,) = events_in_journal(directory, "order_executed")
    assert executed == orders, "the past is as long as was asked for"
    return Past(directory, orders, records)


def simple_order_id(number: int) -> int:
    """Return the id of a simple order of the past, counted from 0; sellers' ids lie between."""
    return number + number // ASK_ORDERS + 2


def start_without_snapshot(directory: Path) -> Server:
    """Start a venue that has to read its whole journal."""
    forget_snapshots(directory)
    return venue(directory)


def forget_snapshots(directory: Path) -> None:
    """Delete a stopped venue's snapshots."""
    for snapshot in directory.glob("snapshot-*"):
        snapshot.unlink()


def _write(directory: Path, orders: int) -> int:
    with closing(SqliteJournal(directory / JOURNAL)) as journal:
        engine = recover(journal).engine
        return write(journal, engine, (_entry(engine, command) for command in _commands(orders)))


def _commands(orders: int) -> Iterator[Command]:
    yield OpenAccount(name=SELLER, account_id=SELLER)
    shares = Amount(orders * SHARES * UNIT)
    yield Deposit(account_id=SELLER, asset=Asset(SYMBOL), amount=shares)
    bought = EnterSimpleOrder(account_id=DEMO, symbol=SYMBOL, quantity=SHARES, delay_ns=Nanos(0))
    for number in range(orders):
        if number % ASK_ORDERS == 0:
            yield EnterOrder(
                account_id=SELLER,
                symbol=SYMBOL,
                side=Side.SELL,
                type=OrderType.LIMIT,
                quantity=Lots(min(ASK_ORDERS, orders - number) * SHARES),
                price=Ticks(FIRST_PRICE + number // ASK_ORDERS % PRICES),
            )
        yield bought


def _entry(engine: Engine, command: Command) -> Entry:
    simple = isinstance(command, EnterSimpleOrder)
    return Entry(
        at=Nanos(engine.now + STEP),
        actor=DEMO if simple else "benchmark",
        door=Door.SIMPLE if simple else Door.NATIVE,
        command=command,
    )
