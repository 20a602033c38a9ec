"""The engine under arbitrary commands, watched by the auditor and followed by a twin.

After every step: the engine's own check, the auditor's truth, a twin that was given the same
commands and must have said the same, and a third engine restored from a snapshot on the way that
must be in the same state.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from openoutcry.engine.engine import Engine
from openoutcry.model.account import AccountStatus
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
from tests.stage import SECOND, TRADERS, instrument, open_house

TRADED = (
    instrument("ACME", fees_bps=(-1, 3)),
    instrument("FINE", price_increment=10**6, quantity_increment=10**6, fees_bps=(2, 7)),
)
ACCOUNTS = st.sampled_from((*TRADERS, "demo", "agent", "poor"))
SYMBOLS = st.sampled_from([listed.symbol for listed in TRADED])
SIDES = st.sampled_from(Side)
PRICES = st.one_of(st.integers(97, 103), st.sampled_from((1, 1000, "99.5")))
QUANTITIES = st.one_of(st.integers(1, 9), st.sampled_from((0, 1001, 10**6, "1.5")))
ORDERS = st.integers(0, 30)
SPANS = st.sampled_from((0, 1, SECOND // 2, SECOND, 3 * SECOND))
RATES = st.sampled_from([bps * FEE_RATE_PER_BPS for bps in (-3, 0, 1, 50)])


class AnyVenue(RuleBasedStateMachine):
    """What participants may do to a venue, in any order."""

    @initialize()
    def open(self):
        self.stage = open_house(*TRADED)
        self.twin = Engine.restore(self.stage.engine.snapshot())
        self.restored = self.twin_of(self.stage.engine)
        assert self.twin.digest() == self.stage.engine.digest()

    def send(self, command: Command, door: Door = Door.NATIVE, *, retry: Retry | None = None):
        self.stage.later(1)
        entry = Entry(at=self.stage.at, actor="any", door=door, command=command, retry=retry)
        events = self.stage.take(entry)
        assert events == self.twin.apply(entry), "the same command gave two histories"
        assert events == self.restored.apply(entry), "a restored engine went another way"

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

    @rule(account=ACCOUNTS, order_id=ORDERS)
    def cancel(self, account, order_id):
        self.send(CancelOrder(account_id=account, order_id=order_id))

    @rule(pick=ORDERS)
    def owner_cancels(self, pick):
        self.for_live(pick, lambda who, order_id: CancelOrder(account_id=who, order_id=order_id))

    @rule(account=ACCOUNTS, side=st.one_of(st.none(), SIDES))
    def cancel_all(self, account, side):
        self.send(CancelAllOrders(account_id=account, side=side))

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

    @rule(account=ACCOUNTS, asset=st.sampled_from(("USD", "ACME")), amount=st.integers(-500, 500))
    def deposit(self, account, asset, amount):
        self.send(Deposit(account_id=account, asset=asset, amount=amount * UNIT // 3), Door.ADMIN)

    @rule(symbol=SYMBOLS, phase=st.sampled_from((*[Phase.CONTINUOUS] * 3, *Phase)))
    def phase(self, symbol, phase):
        self.send(SetPhase(symbol=symbol, phase=phase), Door.ADMIN)

    @rule(
        account=ACCOUNTS,
        status=st.sampled_from((*[AccountStatus.ACTIVE] * 3, AccountStatus.BLOCKED)),
        limit=st.sampled_from((None, 1, 5, 100)),
    )
    def account(self, account, status, limit):
        command = ChangeAccount(account_id=account, status=status, open_orders_max=limit)
        self.send(command, Door.ADMIN)

    @rule(maker=RATES, taker=RATES, protection=st.sampled_from((0, 100, 500)))
    def fees(self, maker, taker, protection):
        changed = replace(TRADED[0], fees=FeeRates(maker, taker), protection=protection)
        self.send(ChangeInstrument(instrument=changed), Door.ADMIN)

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
        assert self.stage.engine.next_due() is None


TestAnyVenue = pytest.mark.slow(AnyVenue.TestCase)
TestAnyVenue.settings = settings(
    max_examples=300,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
