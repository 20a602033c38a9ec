"""Balances: what one account gains another loses."""

import pytest

from openoutcry.ledger.ledger import Ledger
from openoutcry.model.account import (
    FEES,
    HOUSE,
    OUTSIDE,
    Account,
    AccountKind,
    Balance,
)


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def alice(ledger):
    return ledger.open(Account(account_id="alice", name="Alice"))


def test_the_systems_accounts_are_there_from_the_start(ledger):
    assert list(ledger.accounts) == [HOUSE, FEES, OUTSIDE]
    assert {o.account.kind for o in ledger.accounts.values()} == {AccountKind.SYSTEM}
    ledger.check()


def test_a_move_is_balanced_and_goes_both_ways(ledger, alice):
    outside = ledger.accounts[OUTSIDE]
    ledger.move(outside, alice, "USD", 100)
    ledger.check()
    assert alice.balances() == [Balance(asset="USD", total=100, held=0)]
    assert outside.holding("USD").total == -100
    ledger.move(outside, alice, "USD", -40)
    ledger.check()
    assert alice.available("USD") == 60


def test_asking_what_is_available_opens_no_holding(alice):
    assert alice.available("USD") == 0
    assert alice.balances() == []


def test_an_account_is_opened_once(ledger, alice):
    with pytest.raises(AssertionError, match="once"):
        ledger.open(alice.account)


def test_a_position_is_flat_at_first_and_then_stays_the_same_object(alice):
    position = alice.position("ACME")
    assert (position.quantity, position.cost, position.realized) == (0, 0, 0)
    assert alice.position("ACME") is position


@pytest.mark.parametrize(
    ("total", "held", "fees"),
    [(1, 0, 0), (0, 1, 0), (-1, 0, 1), (5, 6, -5), (5, -1, -5), (0, 0, 1)],
)
def test_check_notices_money_from_nowhere_and_money_spent_twice(ledger, alice, total, held, fees):
    alice.holding("USD").total = total
    alice.holding("USD").held = held
    ledger.collect("USD", fees)
    with pytest.raises(AssertionError):
        ledger.check()


def test_check_accepts_all_held(ledger, alice):
    alice.holding("USD").total = alice.holding("USD").held = 5
    ledger.collect("USD", -5)
    ledger.check()
