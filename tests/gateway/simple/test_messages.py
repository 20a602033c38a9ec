"""What the clients of `/ws` are told, record by record, with the real engine behind."""

import json

import pytest

from openoutcry.engine.engine import Engine
from openoutcry.gateway.simple.messages import messages
from openoutcry.model.account import DEMO, AccountKind
from openoutcry.model.commands import (
    AdvanceTime,
    AmendOrder,
    CancelOrder,
    Deposit,
    EnterOrder,
    EnterSimpleOrder,
    OpenAccount,
)
from openoutcry.model.order import Door, OrderType, Side
from openoutcry.model.record import FORMAT, Entry, Record
from openoutcry.model.units import UNIT

SECOND = 10**9


class Story:
    """An engine, and the messages of each command that it is given."""

    def __init__(self):
        self.engine = Engine()
        self.at = 0
        self.told = []
        self.do(OpenAccount(name="demo", account_id=DEMO, kind=AccountKind.DEMO))
        self.do(OpenAccount(name="seller", account_id="seller"))
        self.do(OpenAccount(name="other", account_id="other", cash=10**9 * UNIT))

    def do(self, command, *, door=Door.NATIVE, later=1):
        self.at += later
        first = self.engine.sequence + 1
        entry = Entry(at=self.at, actor="test", door=door, command=command)
        events = self.engine.apply(entry)
        last = self.engine.sequence
        record = Record(format=FORMAT, first=first, last=last, entry=entry, events=events)
        told = list(messages(record))
        assert [sequence for _, sequence, _ in told] == sorted({seq for _, seq, _ in told})
        for _, sequence, text in told:
            assert first <= sequence <= last
            assert json.loads(text)["sequence"] == sequence
        self.told += told
        return [
            (account, m["order_id"], m["status"], m["filled_quantity"])
            for account, _, text in told
            for m in [json.loads(text)]
        ]

    def place(self, quantity=10, *, symbol="AAPL", delay=SECOND, account=DEMO):
        command = EnterSimpleOrder(
            account_id=account, symbol=symbol, quantity=quantity, delay_ns=delay
        )
        return self.do(command, door=Door.SIMPLE)

    def sell(self, quantity, price=100_00, symbol="AAPL"):
        self.do(Deposit(account_id="seller", asset=symbol, amount=quantity * UNIT))
        return self.do(
            EnterOrder(
                account_id="seller",
                symbol=symbol,
                side=Side.SELL,
                type=OrderType.LIMIT,
                quantity=quantity,
                price=price,
            )
        )

    def pass_time(self):
        return self.do(AdvanceTime(), door=Door.VENUE, later=SECOND)


@pytest.fixture
def story():
    return Story()


def test_the_first_message_is_the_acceptance(story):
    assert story.place() == [("demo", 1, "PENDING", 0)]


def test_going_to_market_shows_nothing(story):
    story.place()
    assert story.pass_time() == []


def test_a_sweep_over_several_sellers_is_one_message(story):
    story.place()
    story.pass_time()
    story.do(CancelOrder(account_id=DEMO, order_id=1))
    story.sell(3, 100_00)
    story.sell(3, 101_00)
    story.place(10)
    assert story.pass_time() == [("demo", 4, "PENDING", 6)]
    assert story.sell(4) == [("demo", 4, "EXECUTED", 10)]


def test_with_no_delay_the_acceptance_still_comes_first(story):
    story.place(symbol="AAPL")
    story.do(CancelOrder(account_id=DEMO, order_id=1))
    story.sell(10)
    assert story.place(10, delay=0) == [("demo", 3, "PENDING", 0), ("demo", 3, "EXECUTED", 10)]


def test_with_no_delay_and_no_seller_there_is_only_the_acceptance(story):
    assert story.place(10, delay=0) == [("demo", 1, "PENDING", 0)]


def test_a_resting_order_is_told_of_what_it_makes(story):
    story.place(10, delay=0)
    assert story.sell(4) == [("demo", 1, "PENDING", 4)]
    assert story.sell(6) == [("demo", 1, "EXECUTED", 10)]


def test_one_seller_may_fill_several_orders_of_several_accounts(story):
    story.place(2, delay=0)
    story.place(3, delay=0, account="other")
    assert story.sell(5) == [("demo", 1, "EXECUTED", 2), ("other", 2, "EXECUTED", 3)]


def test_timers_that_fire_together_are_told_in_rising_sequence(story):
    story.place(1, symbol="A")
    story.place(1, symbol="B")
    story.sell(1, symbol="A")
    story.sell(1, symbol="B")
    assert story.pass_time() == [("demo", 1, "EXECUTED", 1), ("demo", 2, "EXECUTED", 1)]


def test_a_cancel_keeps_what_was_filled(story):
    story.place(10, delay=0)
    story.sell(4)
    cancel = CancelOrder(account_id=DEMO, order_id=1)
    assert story.do(cancel) == [("demo", 1, "CANCELLED", 4)]
    assert story.do(cancel) == []


def test_a_check_that_fails_after_the_delay_shows_as_cancelled(story):
    story.place(1_000_000_000, account="other")
    assert story.pass_time() == [("other", 1, "CANCELLED", 0)]


def test_an_amend_through_another_door_is_told(story):
    story.place(10, delay=0)
    assert story.do(AmendOrder(account_id=DEMO, order_id=1, quantity=8)) == [
        ("demo", 1, "PENDING", 0)
    ]
    assert json.loads(story.told[-1][2])["quantity"] == 8


def test_orders_of_other_doors_are_not_told(story):
    story.place(1, delay=0)
    story.do(CancelOrder(account_id=DEMO, order_id=1))
    buy = EnterOrder(
        account_id="other",
        symbol="AAPL",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=1,
        price=1,
    )
    assert story.do(buy) == []


def test_the_time_of_going_to_market_does_not_show(story):
    story.place()
    story.pass_time()
    story.sell(10, 99_00)
    first, last = (json.loads(text) for _, _, text in story.told)
    assert first["updated_at"] == first["created_at"] == last["created_at"]
    assert last["updated_at"] > first["updated_at"]
    assert list(first) == [
        "event",
        "sequence",
        "id",
        "order_id",
        "status",
        "stocks",
        "quantity",
        "filled_quantity",
        "average_price",
        "created_at",
        "updated_at",
    ]
