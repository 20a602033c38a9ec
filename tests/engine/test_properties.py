"""The engine under arbitrary commands, watched by the auditor and followed by a twin.

After every step: the engine's own check, the auditor's truth, a twin that was given the same
commands and must have said the same, and a third engine restored from a snapshot on the way that
must be in the same state.
"""

from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import Phase as Stride
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from openoutcry.engine.engine import Engine
from openoutcry.model.account import AccountStatus, Unlimited
from openoutcry.model.commands import (
    AdvanceTime,
    AmendOrder,
    CancelAllOrders,
    CancelOrder,
    ChangeAccount,
    ChangeInstrument,
    Command,
    Deposit,
    EnterOrder,
    EnterSimpleOrder,
    SetPhase,
)
from openoutcry.model.instrument import FeeRates, Phase
from openoutcry.model.order import Door, OrderType, PostOnly, Side, TimeInForce
from openoutcry.model.record import Entry, Retry
from openoutcry.model.units import FEE_RATE_PER_BPS, UNIT
from tests.exotics import Exotics
from tests.oversight import Oversight
from tests.stage import SECOND, TRADERS, instrument, open_house

TRADED = (
    instrument("ACME", fees_bps=(-1, 3)),
    instrument("FINE", price_increment=10**6, quantity_increment=10**6, fees_bps=(2, 7)),
)
ACCOUNTS = st.sampled_from((*TRADERS, "demo", "agent", "poor"))
SYMBOLS = st.sampled_from(("ACME", "ACME", "FINE"))
SIDES = st.sampled_from(Side)
# Mostly sound and close together, so that orders meet; `one_of` would draw every second one wrong.
PRICES = st.sampled_from((*range(98, 103), *range(98, 103), *range(98, 103), 1, 1000, "99.5"))
QUANTITIES = st.sampled_from((*range(1, 10), *range(1, 10), 0, 1001, 10**6, "1.5"))
ORDERS = st.integers(0, 30)
SPANS = st.sampled_from((0, 1, SECOND // 2, SECOND, 3 * SECOND))
RATES = st.sampled_from([bps * FEE_RATE_PER_BPS for bps in (-3, 0, 1, 50)])


PHASES = st.sampled_from((*[Phase.CONTINUOUS] * 8, *Phase))
STATUSES = st.sampled_from((*[AccountStatus.ACTIVE] * 4, AccountStatus.BLOCKED))
ADMINISTRATION = st.one_of(
    st.builds(
        Deposit,
        account_id=ACCOUNTS,
        asset=st.sampled_from(("USD", "ACME")),
        amount=st.integers(-500, 500).map(lambda amount: amount * UNIT // 3),
    ),
    st.builds(SetPhase, symbol=SYMBOLS, phase=PHASES),
    st.builds(
        ChangeAccount,
        account_id=ACCOUNTS,
        status=STATUSES,
        open_orders_max=st.sampled_from((None, None, 2, 5, Unlimited.UNLIMITED)),
    ),
    st.builds(FeeRates, maker=RATES, taker=RATES).map(
        lambda fees: ChangeInstrument(instrument=replace(TRADED[0], fees=fees))
    ),
)
"""One rule for all of it, or it would outweigh the trading."""


class AnyVenue(RuleBasedStateMachine):
    """What participants may do to a venue, in any order."""

    @initialize()
    def open(self):
        self.stage = open_house(*TRADED)
        self.exotics = Exotics(Random(0))
        self.oversight = Oversight(Random(0), (*TRADERS, "poor"), TRADED)
        self.twin = Engine.restore(self.stage.engine.snapshot())
        self.restored = self.twin_of(self.stage.engine)
        assert self.twin.digest() == self.stage.engine.digest()

    def send(self, command: Command, door: Door = Door.NATIVE, *, retry: Retry | None = None):
        self.stage.later(1)
        entry = Entry(at=self.stage.at, actor="any", door=door, command=command, retry=retry)
        events = self.stage.take(entry)
        assert events == self.twin.apply(entry), "the same command gave two histories"
        assert events == self.restored.apply(entry), "a restored engine went another way"
        for event in events:
            self.oversight.heard(event)

    @staticmethod
    def twin_of(engine: Engine) -> Engine:
        return Engine.restore(engine.snapshot())

    @rule(
        account_id=ACCOUNTS,
        symbol=SYMBOLS,
        side=SIDES,
        quantity=QUANTITIES,
        price=PRICES,
        post_only=st.sampled_from((None, None, PostOnly.REJECT)),
    )
    def lasting(self, **terms):
        self.enter(**terms, type=OrderType.LIMIT)

    @rule(symbol=SYMBOLS, price=st.integers(98, 102), quantity=st.integers(1, 9), side=SIDES)
    def two_meet(self, **terms):
        """Two of the traders, one after the other, at one price."""
        other = Side.SELL if terms["side"] is Side.BUY else Side.BUY
        for account_id, side in (("alice", terms.pop("side")), ("bob", other)):
            self.enter(**terms, account_id=account_id, side=side, type=OrderType.LIMIT)

    @rule(
        account_id=ACCOUNTS,
        symbol=SYMBOLS,
        side=SIDES,
        type=st.sampled_from(OrderType),
        quantity=QUANTITIES,
        price=PRICES,
        time_in_force=st.sampled_from(TimeInForce),
    )
    def any_terms(self, **terms):
        if terms["type"] is not OrderType.LIMIT:
            terms["price"] = None
        self.enter(**terms)

    def enter(self, **terms):
        command = EnterOrder(**terms)
        door = Door.SIMULATION if command.account_id == "agent" else Door.NATIVE
        self.send(command, door, retry=Retry(keys=(f"{self.stage.at:032x}",), body="b"))

    @rule(
        account=st.sampled_from(("demo", "alice", "poor")),
        symbol=st.sampled_from(("ACME", "NEW")),
        quantity=st.integers(1, 9),
        delay=SPANS,
    )
    def simple(self, account, symbol, quantity, delay):
        self.send(
            EnterSimpleOrder(account_id=account, symbol=symbol, quantity=quantity, delay_ns=delay),
            Door.SIMPLE,
        )

    @rule(span=SPANS)
    def time_goes_by(self, span):
        self.stage.later(span)
        self.send(AdvanceTime(), Door.VENUE)

    @rule(
        account=ACCOUNTS,
        order_id=ORDERS,
        side=st.one_of(st.none(), SIDES),
        all_of_them=st.booleans(),
    )
    def cancel(self, account, order_id, side, all_of_them):
        one = CancelOrder(account_id=account, order_id=order_id)
        self.send(CancelAllOrders(account_id=account, side=side) if all_of_them else one)

    @rule(pick=ORDERS)
    def owner_cancels(self, pick):
        self.for_live(pick, lambda who, order_id: CancelOrder(account_id=who, order_id=order_id))

    @rule(
        pick=ORDERS,
        quantity=st.one_of(st.none(), QUANTITIES),
        price=st.one_of(st.none(), PRICES),
    )
    def owner_amends(self, pick, quantity, price):
        self.for_live(
            pick,
            lambda who, order_id: AmendOrder(
                account_id=who, order_id=order_id, quantity=quantity, price=price
            ),
        )

    def for_live(self, pick, command):
        """Send a command for one of the orders at market, if there are any."""
        live = [r for r in self.stage.auditor.orders.values() if r.status.value != "pending_new"]
        if live:
            terms = live[pick % len(live)].terms
            self.send(command(terms.account_id, terms.order_id))

    @rule(command=ADMINISTRATION)
    def administration(self, command):
        self.send(command, Door.ADMIN)

    @rule(seed=st.integers(0, 2**32))
    def administration_of_trading(self, seed):
        """Calls, bands, margin, tiers, quotes, kill switches, busts; see `oversight`."""
        self.oversight.dice.seed(seed)
        self.send(self.oversight.draw(self.stage.at), Door.ADMIN)

    @rule(seed=st.integers(0, 2**32), account_id=ACCOUNTS, symbol=SYMBOLS)
    def special_order_or_group(self, seed, account_id, symbol):
        """Stops, icebergs, pegs, pairs, brackets, what has modes and minima; see `exotics`."""
        self.exotics.dice.seed(seed)
        draw = self.exotics.dice.choice(
            (self.exotics.order, self.exotics.order, self.exotics.group)
        )
        self.send(draw(account_id, symbol, 100, self.stage.at))

    @rule(pick=ORDERS, seed=st.integers(0, 2**32))
    def owner_amends_special_terms(self, pick, seed):
        live = [r for r in self.stage.auditor.orders.values() if r.terms.special is not None]
        if live:
            self.exotics.dice.seed(seed)
            self.send(self.exotics.amend(live[pick % len(live)], self.stage.at))

    @rule(account_id=ACCOUNTS, seed=st.integers(0, 2**32))
    def self_trade_prevention_changes(self, account_id, seed):
        self.exotics.dice.seed(seed)
        self.send(self.exotics.account(account_id), Door.ADMIN)

    @rule()
    def restart(self):
        """What was restored long ago is replaced by what is restored now."""
        assert self.restored.digest() == self.stage.engine.digest()
        self.restored = self.twin_of(self.stage.engine)

    @invariant()
    def all_are_in_one_state(self):
        if hasattr(self, "stage"):
            picture = self.stage.engine.snapshot()
            assert picture == self.twin.snapshot() == self.restored.snapshot()
            assert self.stage.engine.next_due() == self.restored.next_due()

    def teardown(self):
        """Cancel everything: then nothing is held."""
        if not hasattr(self, "stage"):
            return
        for account in self.stage.engine.accounts():
            self.send(CancelAllOrders(account_id=account.account_id))
            assert not [b for b in self.stage.engine.balances(account.account_id) if b.held]
        assert self.stage.engine.order_count() == 0
        assert self.stage.engine._state.timers.first() is None, "no order has a timer"


TestAnyVenue = pytest.mark.slow(AnyVenue.TestCase)
TestAnyVenue.settings = settings(
    max_examples=200,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    # Without shrinking, which takes minutes here: the run would be ended before it could report.
    phases=(Stride.explicit, Stride.generate),
    suppress_health_check=list(HealthCheck),
)
