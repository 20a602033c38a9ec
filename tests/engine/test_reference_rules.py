"""The engine against the naive venue: special orders, groups, amends, phases, auctions, the band,
accounts on margin; the same events and book."""

import hashlib
import random
from collections import Counter
from fractions import Fraction
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from openoutcry.engine.administration import RULES_NEWEST
from openoutcry.engine.engine import Engine
from openoutcry.model import events as told
from openoutcry.model.commands import (
    AdoptRules,
    AdvanceTime,
    CancelAllOrders,
    CancelOrder,
    ChangeAccount,
    ChangeInstrument,
    Command,
    Configure,
    Deposit,
    EnterOrder,
    OpenAccount,
    SetPhase,
)
from openoutcry.model.instrument import Instrument, Phase
from openoutcry.model.order import (
    Door,
    OrderReport,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from openoutcry.model.record import Entry
from openoutcry.model.units import UNIT
from openoutcry.risk.checks import CALLS
from tests.engine.test_reference import OWNERS, opened
from tests.exotics import Exotics
from tests.reference_rules import ReferenceRules
from tests.stage import SECOND, STARTED_AT, instrument

CLEARED_EVERY = 499
"""Commands between two clearings of one account, so that the naive book stays short enough."""
CENTRE = 1000
CLOSED_FOR = 16
"""Commands until trading goes on: much of the rulebook is about what happens then."""
BANDS = (None, 30, 60, 100, 300)
MARGINED = {"erin": 4, "frank": 4, "gina": 2}
"""Accounts on margin, and how many times their equity they may be exposed; the others are rich."""
DEPOSITED = 12_000
GRACE = 20 * SECOND
WANDERS = 100
"""How far prices rise and fall, in ticks, a tick in ten commands."""
PRESSED_FOR = 400
"""Commands during which accounts on margin buy, or sell, most."""
WITHOUT_LIMIT = (
    TimeInForce.IOC,
    TimeInForce.FOK,
    TimeInForce.GTC,
    TimeInForce.DAY,
    TimeInForce.CLS,
)


class Dealers:
    """Commands without end, most of them about orders of the recent past."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.exotics = Exotics(self.dice, "stop stop stop_limit trailing pegged iceberg minimum "
                               "reduce mode slide gtd", wrong=0)  # fmt: skip
        self.reports: dict[int, OrderReport] = {}
        self.last_id = 0
        self.phase, self.moved_at, self.centre = Phase.CONTINUOUS, 0, CENTRE

    def draw(self, number: int, at: int) -> Command:  # noqa: C901, PLR0911 -- a table
        dice, owner = self.dice, self.dice.choice((*OWNERS, *MARGINED))
        self.centre = CENTRE - WANDERS // 2 + abs(number % (20 * WANDERS) - 10 * WANDERS) // 10
        if number % CLEARED_EVERY == 0:
            return CancelAllOrders(account_id=owner)
        if self.phase is not Phase.CONTINUOUS and number > self.moved_at + CLOSED_FOR:
            self.moved_at = number
            after = dice.choices((Phase.CONTINUOUS, Phase.CLOSED, Phase.HALTED), (8, 1, 1))[0]
            return SetPhase(symbol="ACME", phase=after)
        if dice.random() < 0.012:
            self.moved_at = number
            wanted = dice.choices(tuple(Phase), (4, 4, 1, 1, 1))[0]
            return SetPhase(symbol="ACME", phase=wanted)
        if self.phase in CALLS and dice.random() < 0.6:
            return self._plain(owner)
        if dice.random() < 0.01:
            return ChangeInstrument(instrument=listed(band=dice.choice(BANDS)))
        if owner in MARGINED and dice.random() < 0.5:
            return self._press(owner, tuple(Side)[number // PRESSED_FOR % 2])
        roll = dice.random()
        if roll < 0.10:
            picked = max(0, self.last_id - dice.randint(0, 40))
            live = self.reports.get(picked)
            mine = live.terms.account_id if live is not None and dice.random() < 0.9 else owner
            return CancelOrder(account_id=mine, order_id=picked)
        if roll < 0.30 and self.reports:
            recent = list(self.reports.values())[-40:]
            return self.exotics.amend(dice.choice(recent), at)
        if roll < 0.33:
            return AdvanceTime()
        if roll < 0.34:
            return ChangeAccount(
                account_id=owner,
                stp=dice.choice(tuple(SelfTradePrevention)),
                stp_group=dice.choice(("", "desk")),
            )
        if roll < 0.42:
            return self.exotics.group(owner, "ACME", self.centre, at)
        if roll < 0.55:
            return self._plain(owner)
        return self.exotics.order(owner, "ACME", self.centre, at)

    def _press(self, owner: str, side: Side) -> Command:
        """What lets accounts on margin come to use up their equity: for a while all want the same,
        at once, and pay nothing in."""
        dice, roll = self.dice, self.dice.random()
        if roll < 0.2:
            amount = dice.randint(-DEPOSITED // 2, DEPOSITED // 4)
            return Deposit(account_id=owner, asset="USD", amount=amount * UNIT)
        if roll < 0.25:
            return CancelAllOrders(account_id=owner)
        order = replace(self._plain(owner), side=side, quantity=dice.randint(1, 12))
        if roll < 0.6:
            return order
        price = self.centre + (12 if side is Side.BUY else -12)
        ioc = TimeInForce.IOC
        return replace(order, type=OrderType.LIMIT, time_in_force=ioc, price=price)

    def _plain(self, owner: str) -> EnterOrder:
        """What auctions are made of, and what keeps the book filled."""
        dice = self.dice
        kind = dice.choices(
            (OrderType.LIMIT, OrderType.MARKET, OrderType.MARKET_TO_LIMIT), (7, 2, 1)
        )[0]
        lasting = (
            TimeInForce.GTC,
            TimeInForce.GTC,
            TimeInForce.DAY,
            TimeInForce.OPG,
            TimeInForce.CLS,
        )
        limited = kind is OrderType.LIMIT
        lasts = dice.choice(WITHOUT_LIMIT if kind is OrderType.MARKET else lasting)
        return EnterOrder(
            account_id=owner,
            symbol="ACME",
            side=dice.choice(tuple(Side)),
            type=kind,
            quantity=dice.randint(1, 30),
            price=self.centre + dice.randint(-12, 12) if limited else None,
            time_in_force=lasts,
        )

    def heard(self, events: list[told.Event]) -> list[tuple[object, ...]]:
        """Learn what there is; return what happened in the naive venue's words."""
        words = []
        for event in events:
            self.phase = event.phase if isinstance(event, told.PhaseChanged) else self.phase
            words += [word] if (word := self._word(event)) is not None else []
            for report in _reports(event):
                self.last_id = max(self.last_id, report.terms.order_id)
                self.reports[report.terms.order_id] = report
                if not report.leaves_quantity:
                    self.reports.pop(report.terms.order_id)
        return words

    def _word(self, event: told.Event) -> tuple[object, ...] | None:  # noqa: C901, PLR0911, PLR0912
        for report in _reports(event):
            order_id, price = report.terms.order_id, report.price
            shown = report.leaves_quantity - report.hidden_quantity
        match event:
            case told.OrderAccepted():
                return ("accepted", order_id, price, report.leaves_quantity)
            case told.OrderHeld():
                return ("held", order_id)
            case told.OrderTriggered():
                return ("triggered", order_id, price)
            case told.OrderRested():
                return ("rested", order_id, shown, price)
            case told.OrderRestated(reason=reason):
                before = self.reports[order_id]
                if before.leaves_quantity == report.leaves_quantity and before.price == price:
                    return None  # Only the hold of a pair has moved; the naive venue has no money.
                return ("restated", order_id, report.leaves_quantity, reason and reason.value)
            case told.MatchPrevented():
                other = {event.order_id, event.resting_order_id} - {order_id}
                return ("prevented", order_id, other.pop(), event.quantity)
            case told.OrderExecuted():
                ids = event.taker.terms.order_id, event.maker.terms.order_id
                return ("executed", *ids, event.quantity, event.price)
            case told.OrderReplaced():
                return ("replaced", order_id, report.terms.quantity, price, event.requeued)
            case told.OrderCanceled():
                return ("canceled", order_id, report.reason.value)
            case told.OrderExpired():
                return ("expired", order_id, report.reason.value)
            case told.OrderRejected(reason=reason, leg=leg):
                return ("rejected", reason.value, *(() if leg is None else (leg,)))
            case told.CancelRejected(reason=reason):
                return ("cancel_rejected", reason.value)
            case told.ReplaceRejected(reason=reason):
                return ("amend_rejected", reason.value)
            case told.PhaseChanged():
                return ("phase", event.phase.value)
            case told.BandSet():
                return ("band", event.lower, event.upper)
            case told.OrderAllotted():
                return ("allotted", event.order_id, event.shown)
            case told.OrderSuspended():
                return ("suspended", order_id)
            case told.OrderResumed():
                return ("resumed", order_id)
            case told.MarginCalled():
                needed = Fraction(event.maintenance, UNIT)
                return ("called", event.account_id, event.equity // UNIT, needed)
            case told.MarginRestored():
                return ("restored", event.account_id)
            case told.CommandRefused(reason=reason):
                return ("refused", reason.value)
            case told.AccountChanged() | told.InstrumentChanged() | told.IndicativeChanged():
                return None
            case told.FundsMoved():
                return None
        raise TypeError(event)


def _reports(event: told.Event) -> list[OrderReport]:
    names = ("order", "taker", "maker")
    return [r for r in (getattr(event, name, None) for name in names) if r is not None]


def listed(band: int | None = None) -> Instrument:
    return instrument(reference_price=CENTRE, band=band, shortable=True)


def floor() -> Engine:
    engine = opened()
    opening: list[Command] = [
        AdoptRules(rules=RULES_NEWEST),
        Configure(liquidation_grace=GRACE),
        ChangeInstrument(instrument=listed()),
    ]
    for owner, multiple in MARGINED.items():
        cash = DEPOSITED * UNIT
        opening.append(OpenAccount(name=owner, account_id=owner, margin=multiple, cash=cash))
    for command in opening:
        engine.apply(Entry(at=STARTED_AT, actor="test", door=Door.ADMIN, command=command))
    return engine


def naive() -> ReferenceRules:
    reference = ReferenceRules(CENTRE, 500, MARGINED, GRACE)
    reference.cash = dict.fromkeys(MARGINED, DEPOSITED)
    return reference


class Comparison(NamedTuple):
    commands: int
    trades: int
    calls: int
    """Margin calls."""
    digest: str


def run(commands: int, seed: int) -> Comparison:
    """Compare over so many commands; raise where they differ."""
    engine, reference, dealers = floor(), naive(), Dealers(seed)
    digest, counts, at = hashlib.sha256(), Counter(), STARTED_AT
    for number in range(1, commands + 1):
        at += dealers.dice.choices((1, 10**6, SECOND // 10, 20 * SECOND), (9, 9, 9, 0.3))[0]
        command = dealers.draw(number, at)
        entry = Entry(at=at, actor="test", door=Door.NATIVE, command=command)
        events = dealers.heard(engine.apply(entry))
        expected = reference.apply(command, at)
        assert events == expected, f"seed {seed}, command {number}: {command}"
        assert queues(engine) == naive_queues(reference), f"seed {seed}, command {number}"
        counts.update(event[0] for event in events)
        digest.update(repr(events).encode())
    return Comparison(commands, counts["executed"], counts["called"], digest.hexdigest())


def queues(engine: Engine) -> list[list[tuple[int, int, int]]]:
    return [[(o.order_id, o.price, o.quantity) for o in side] for side in engine.queue("ACME")]


def naive_queues(reference: ReferenceRules) -> list[list[tuple[int, int, int]]]:
    return [[(o.number, o.price, o.shown) for o in reference.queue(side)] for side in Side]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_engine_does_what_the_naive_venue_does(seed):
    compared = run(25_000, seed)
    assert compared.trades > 2_000
    assert compared.calls > 10


def test_the_same_seed_gives_the_same_digest():
    assert run(300, 3) == run(300, 3)
