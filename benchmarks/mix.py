"""A seeded flow of limit orders, amends and cancels, and the engine that it comes to."""

import random
from collections.abc import Iterator
from typing import Final

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
from openoutcry.model.events import OrderExecuted
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

SEED: Final = 1
COMMANDS: Final = 200_000
TRADERS: Final = tuple(AccountId(f"trader-{number}") for number in range(20))
SYMBOL: Final = Symbol("XYZ")
MIDDLE: Final = 10_000
"""Ticks; orders are priced around it."""
SPREAD: Final = 50
BOOK: Final = 5_000
"""Working orders that the mix hovers around."""
WORDS: Final = f"""\
seeded: {len(TRADERS)} accounts, one instrument with fees, prices within {SPREAD} ticks of one
middle, up to {BOOK:,} orders resting; limit orders of 1 to 100 shares (55 %; cancels in their place
while the book is full), immediate-or-cancel ones (5 %), amends of the quantity (10 %), cancels
(30 %)"""
"""What a benchmark says of it."""


def opened_engine() -> Engine:
    """Return an engine with an instrument and traders of means."""
    engine = Engine()
    for command in opening():
        engine.apply(entry_of(engine, command))
    return engine


def opening() -> Iterator[Command]:
    """Yield the commands that open that engine."""
    grid = Grid(Asset(SYMBOL), Asset("USD"), Amount(UNIT // 100), Amount(UNIT))
    fees = FeeRates(FeeRate(FEE_RATE_PER_BPS), FeeRate(2 * FEE_RATE_PER_BPS))
    listed = Instrument(symbol=SYMBOL, grid=grid, reference_price=Ticks(MIDDLE), fees=fees)
    yield ListInstrument(instrument=listed)
    for trader in TRADERS:
        cash = Amount(10**12 * UNIT)
        yield OpenAccount(name=trader, account_id=trader, cash=cash)
        yield Deposit(account_id=trader, asset=grid.asset, amount=Amount(10**9 * UNIT))


def entry_of(engine: Engine, command: Command) -> Entry:
    """Return a command in its place, a microsecond after the last."""
    at = Nanos(engine.now + 1_000)
    return Entry(at=at, actor="benchmark", door=Door.NATIVE, command=command)


def mix() -> tuple[list[Entry], int]:
    """Return the flow and how many executions it leads to.

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
