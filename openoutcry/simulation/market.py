"""The simulated market: wakes the agents of symbols that somebody looks at, and paces them.

Rule 1: agents submit through the sequencer like everybody, and learn what happened like everybody.
Rule 2: nobody looks, nothing runs: no timer, no command, until a symbol is touched again or a
simple order rests unserved.
Rule 3: a refusal never stops it, a full queue makes it skip the rest of a turn, and a venue that
does not take commands any more ends it quietly.

Theory of operation
-------------------
One task runs `step`, then waits to be woken: by its own timer while somebody looks, by the venue's
attention when it sleeps, by told records that leave a simple order waiting. `step` is a plain
function of what was told and of `now`, so tests call it without the task. A turn visits the
symbols in use, the latest first, until the pace allows no more; a symbol whose last commands are
still on their way is passed over, so an agent never acts on a stale picture of its own orders.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Final, Protocol

from openoutcry.model.commands import CancelOrder, EnterOrder
from openoutcry.model.errors import NotReady, Overloaded
from openoutcry.model.events import (
    AccountChanged,
    Event,
    FundsMoved,
    InstrumentChanged,
    InstrumentListed,
    MatchPrevented,
    OrderAccepted,
    OrderCanceled,
    OrderExecuted,
    OrderExpired,
    OrderPended,
    OrderRejected,
    OrderReplaced,
    PhaseChanged,
)
from openoutcry.model.instrument import Instrument, Phase
from openoutcry.model.order import Door, OrderReport
from openoutcry.model.record import Record
from openoutcry.model.units import OrderId, Symbol
from openoutcry.sequencer.batch import Outcome
from openoutcry.sequencer.sequencer import Sequencer
from openoutcry.simulation.maker import MAKER, MarketMaker
from openoutcry.simulation.noise import ARRIVALS_PER_SECOND, NOISE, NoiseTrader
from openoutcry.simulation.pace import Pace
from openoutcry.simulation.remainders import Remainders
from openoutcry.simulation.working import WorkingOrders

AGENTS: Final = (MAKER, NOISE)
"""The accounts that the agents trade for; the venue opens them before it starts the market."""
TURN_S: Final = 0.1
AWAKE_S: Final = 60.0
"""How long agents go on in a symbol after somebody looked at it."""
RETRY_S: Final = 5.0
"""Before something that the venue refused is tried again, and only while anybody looks."""
SYMBOLS_QUOTED_MAX: Final = 2_000
"""Symbols with orders of agents in the book; beyond it those of sleeping ones are withdrawn."""

_Move = CancelOrder | EnterOrder


class Attention(Protocol):
    """Which symbols somebody looked at, and when."""

    waken: Callable[[], None] | None
    """Called at the next touch; set only while the market sleeps."""

    def touch(self, symbol: Symbol, now: float) -> None:
        """Note that somebody uses `symbol`."""

    def since(self, moment: float) -> list[Symbol]:
        """Return the symbols touched after `moment`, the most recent first."""


class Desk:
    """The agents of one symbol."""

    __slots__ = ("arrivals", "in_flight", "maker", "noise", "rests_until")

    def __init__(self, symbol: Symbol, seed: int) -> None:
        dice = Random(f"{seed}:{symbol}")
        self.maker = MarketMaker(symbol, dice)
        self.noise = NoiseTrader(symbol, dice)
        self.arrivals = dice
        self.in_flight = 0
        """Commands submitted and not heard of yet."""
        self.rests_until = 0.0
        """After a refusal, so that a venue that takes none of our orders is not flooded."""


class SimulatedMarket:
    """Agents for every symbol that somebody looks at. A listener of the sequencer."""

    def __init__(
        self,
        sequencer: Sequencer,
        attention: Attention,
        seed: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sequencer: Final = sequencer
        self._attention: Final = attention
        self._seed: Final = seed
        self._now: Final = now
        self._pace = Pace(now())
        self._quotes = WorkingOrders(MAKER)
        self._offers = WorkingOrders(NOISE)
        self._remainders = Remainders(self._quotes)
        self._desks: dict[Symbol, Desk] = {}
        self._bare: dict[Symbol, None] = {}
        """Just listed by use, or just sold out: quoted at once, so that the next order finds
        sellers near the price, not one protection above the last trade."""
        self._next_turn = now()
        self._next_retry = now()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ended = False
        self.submitted = 0
        """Commands submitted since start-up, answers included."""

    # The life of the task.

    async def start(self) -> None:
        """Take up what is in the books, and run until stopped."""
        assert self._task is None, "a market is started once"
        self.take_up()
        self._task = asyncio.create_task(self._run(), name="simulated market")
        self._task.add_done_callback(_report_fault)

    async def stop(self) -> None:
        """End the task; what the agents have in the books stays there."""
        self._attention.waken = None
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))

    def take_up(self) -> None:
        """Start from the engine's live orders: nothing is left behind by an earlier run."""
        engine = self._sequencer.engine
        self._quotes.load(engine.orders_of(MAKER))
        self._offers.load(engine.orders_of(NOISE))
        for account in engine.accounts():
            if account.account_id not in AGENTS:
                for report in engine.orders_of(account.account_id):
                    if report.terms.door is Door.SIMPLE:
                        self._remainders.note(report)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            try:
                pause = self.step()
            except NotReady:
                return
            if self._ended:
                return
            timer = None if pause is None else loop.call_later(pause, self._wake.set)
            await self._wake.wait()
            if timer is not None:
                timer.cancel()

    # What it hears.

    def tell(self, records: list[Record]) -> None:
        """Take in durable records."""
        for record in records:
            for event in record.events:
                self._hear(event)
        if self._bare or self._remainders.are_due():
            self._wake.set()

    def _hear(self, event: Event) -> None:
        match event:
            case OrderPended() | FundsMoved():
                pass  # The most frequent of those that concern no agent.
            case OrderExecuted():
                self._note(event.taker)
                self._note(event.maker)
            case OrderAccepted() | OrderCanceled() | OrderReplaced() | OrderExpired():
                self._note(event.order)
            case MatchPrevented():
                self._note(event.order)
            case PhaseChanged() | InstrumentChanged() | AccountChanged():
                self._remainders.reopen()
            case InstrumentListed() if event.instrument.listed_by_use:
                self._bare[event.instrument.symbol] = None
            case _:
                pass

    def _note(self, report: OrderReport) -> None:
        door = report.terms.door
        if door is Door.SIMPLE:
            self._remainders.note(report)
        elif door is Door.SIMULATION:
            maker = report.terms.account_id == MAKER
            (self._quotes if maker else self._offers).note(report)

    # What it does.

    def step(self) -> float | None:
        """Act on what is known now; return the seconds to the next step, None to sleep."""
        now = self._now()
        all_answered = self._answer(now)
        bare, self._bare = self._bare, {}
        self._take_turns(list(bare), 0.0, now)
        if now >= self._next_turn:
            active = self._attention.since(now - AWAKE_S)
            if not active and all_answered:
                self._attention.waken = self._wake.set
                return None
            self._attention.waken = None
            self._next_turn = now + TURN_S
            if now >= self._next_retry:
                self._next_retry = now + RETRY_S
                self._remainders.reopen()
                self._answer(now)
            self._withdraw_surplus(active, now)
            chance = ARRIVALS_PER_SECOND * TURN_S / max(1, len(active))
            self._take_turns(active, chance, now)
        return self._next_turn - now

    def _answer(self, now: float) -> bool:
        """Answer simple orders that wait; say whether the venue took all answers."""
        while (answer := self._remainders.next_answer(self._sequencer.engine)) is not None:
            if answer.is_first:
                self._attention.touch(answer.symbol, now)
                self._bare[answer.symbol] = None
            settle = partial(self._answered, answer.order_id)
            cleared = all(self._submit(cancel, self._heard) for cancel in answer.clearing)
            if not (cleared and self._submit(answer.sell, settle)):
                self._remainders.put_back(answer.order_id)
                return False
        return True

    def _take_turns(self, symbols: list[Symbol], chance: float, now: float) -> None:
        # Two sides for every symbol come before movement in any.
        bare = [symbol for symbol in symbols if not self._quotes.of(symbol)]
        quoted = [symbol for symbol in symbols if self._quotes.of(symbol)]
        for symbol in bare + quoted:
            if not self._pace.allows(now):
                return
            instrument = self._sequencer.engine.instrument(symbol)
            if instrument is None or instrument.phase is not Phase.CONTINUOUS:
                continue
            desk = self._desk(symbol)
            if desk.in_flight or desk.rests_until > now:
                continue
            if not self._submit_paced(desk, self._moves(desk, instrument, chance), now):
                return

    def _moves(self, desk: Desk, instrument: Instrument, chance: float) -> list[_Move]:
        symbol, engine = instrument.symbol, self._sequencer.engine
        moves = desk.maker.turn(
            instrument,
            self._quotes.of(symbol),
            engine.last_price(symbol),
            self._quotes.take_pressure(symbol),
        )
        if desk.arrivals.random() < chance:
            bids, asks = engine.depth(symbol, 1)
            best_bid, best_ask = (side[0][0] if side else None for side in (bids, asks))
            moves += desk.noise.turn(instrument, self._offers.of(symbol), best_bid, best_ask)
        return moves

    def _withdraw_surplus(self, active: list[Symbol], now: float) -> None:
        """Keep within bounds what the agents have in the books, and what we remember of them."""
        awake = frozenset(active)
        if len(self._desks) > SYMBOLS_QUOTED_MAX:
            self._desks = {s: d for s, d in self._desks.items() if s in awake or d.in_flight}
        surplus = self._quotes.symbol_count() - SYMBOLS_QUOTED_MAX
        if surplus <= 0:
            return
        asleep = (symbol for symbol in self._quotes.symbols() if symbol not in awake)
        for symbol, _ in zip(asleep, range(surplus), strict=False):
            desk = self._desk(symbol)
            moves: list[_Move] = [
                CancelOrder(account_id=orders.account_id, order_id=order_id)
                for orders in (self._quotes, self._offers)
                for order_id in orders.of(symbol)
            ]
            if not desk.in_flight and not self._submit_paced(desk, moves, now):
                return

    def _desk(self, symbol: Symbol) -> Desk:
        desk = self._desks.get(symbol)
        if desk is None:
            desk = self._desks[symbol] = Desk(symbol, self._seed)
        return desk

    # How it submits.

    def _submit_paced(self, desk: Desk, moves: list[_Move], now: float) -> bool:
        """Submit in order as far as the pace and the venue allow; say whether all were."""
        for move in moves:
            if not self._pace.allows(now) or not self._submit(move, partial(self._landed, desk)):
                return False
            self._pace.count()
            desk.in_flight += 1
        return True

    def _submit(self, command: _Move, settle: Callable[[asyncio.Future[Outcome]], object]) -> bool:
        try:
            future = self._sequencer.submit(command, actor=command.account_id, door=Door.SIMULATION)
        except Overloaded:
            return False
        self.submitted += 1
        future.add_done_callback(settle)
        return True

    def _heard(self, future: asyncio.Future[Outcome]) -> bool:
        """Look at what became of a command; one that never will be ends the market."""
        if future.cancelled() or future.exception() is not None:
            self._ended = True
            self._wake.set()
        return not self._ended

    def _landed(self, desk: Desk, future: asyncio.Future[Outcome]) -> None:
        desk.in_flight -= 1
        if self._heard(future) and _refuses(future.result().record):
            desk.rests_until = self._now() + RETRY_S

    def _answered(self, order_id: OrderId, future: asyncio.Future[Outcome]) -> None:
        if not self._heard(future):
            return
        if _refuses(future.result().record):
            self._remainders.refused(order_id)
        else:
            self._remainders.answered(order_id)
        if self._remainders.are_due():
            self._wake.set()


def _refuses(record: Record) -> bool:
    return type(record.events[0]) is OrderRejected


def _report_fault(task: asyncio.Task[None]) -> None:
    """Let a fault of our own be seen when it happens, not when the task is collected."""
    if not task.cancelled() and (fault := task.exception()) is not None:
        context = {"message": "the simulated market stopped", "exception": fault, "task": task}
        task.get_loop().call_exception_handler(context)
