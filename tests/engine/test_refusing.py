"""What events say of limits and margin, by edition of the rules: old journals stay as they are."""

import pytest

from openoutcry.engine import entering, simple_orders
from openoutcry.engine.engine import Engine
from openoutcry.model.commands import (
    AdoptRules,
    ChangeAccount,
    EnterGroup,
    EnterOrder,
    EnterSimpleOrder,
    ListInstrument,
    OpenAccount,
)
from openoutcry.model.events import AccountChanged, OrderRejected
from openoutcry.model.instrument import Grid, Instrument
from openoutcry.model.order import Door, GroupKind, OrderType, Side
from openoutcry.model.reasons import Reason
from openoutcry.model.record import Entry
from openoutcry.model.units import UNIT

ORDER = EnterOrder(
    account_id="alice", symbol="ACME", side=Side.BUY, type=OrderType.LIMIT, quantity=1, price=100
)
PAIR = EnterGroup(account_id="alice", kind=GroupKind.OCO, orders=(ORDER, ORDER))
SIMPLE = EnterSimpleOrder(account_id="alice", symbol="ACME", quantity=1, delay_ns=1)


class Venue:
    """An engine under an edition of the rules, with one account on margin."""

    def __init__(self, rules):
        self.engine = Engine()
        self.do(AdoptRules(rules=rules))
        grid = Grid("ACME", "USD", UNIT, UNIT)
        self.do(
            ListInstrument(instrument=Instrument(symbol="ACME", grid=grid, reference_price=100))
        )
        self.do(OpenAccount(name="Alice", account_id="alice", cash=10**6 * UNIT, margin=2))

    def do(self, command):
        at = self.engine.now + 1
        return self.engine.apply(Entry(at=at, actor="t", door=Door.NATIVE, command=command))

    def refusal(self, command):
        [event] = self.do(command)
        assert isinstance(event, OrderRejected)
        assert event.reason is Reason.OPEN_ORDERS_LIMIT
        return event.allowed


@pytest.mark.parametrize(("rules", "allowed"), [(2, None), (3, {"open_orders": UNIT})])
def test_a_refusal_says_how_many_orders_an_account_may_have_open(rules, allowed):
    venue = Venue(rules)
    venue.do(ChangeAccount(account_id="alice", open_orders_max=1))
    assert venue.refusal(PAIR) == allowed
    venue.do(ORDER)
    assert venue.refusal(ORDER) == allowed


@pytest.mark.parametrize("command", [ORDER, PAIR, SIMPLE])
@pytest.mark.parametrize(("rules", "allowed"), [(2, None), (3, {"open_orders": UNIT})])
def test_a_full_venue_says_how_many_it_takes(monkeypatch, command, rules, allowed):
    for module in (entering, simple_orders):
        monkeypatch.setattr(module, "WORKING_ORDERS_MAX", 1)
    venue = Venue(rules)
    venue.do(ORDER)
    assert venue.refusal(command) == allowed


def test_a_change_of_an_account_on_margin_says_what_it_has_at_stake():
    for rules, is_told in ((2, False), (3, True)):
        venue = Venue(rules)
        venue.do(ORDER)
        [event] = venue.do(ChangeAccount(account_id="alice", name="A"))
        assert isinstance(event, AccountChanged)
        found = venue.engine.margin("alice", "USD")
        assert found.exposure == 100 * UNIT
        assert event.at_stake == (found if is_told else None)
    venue = Venue(3)
    venue.do(ChangeAccount(account_id="alice", margin=1))
    [event] = venue.do(ChangeAccount(account_id="alice", name="A"))
    assert event.at_stake is None, "a cash account has nothing at stake"
