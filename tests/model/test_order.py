"""Which changes of status are legal: the table, the engine that obeys it, and the picture of it."""

from itertools import product

import pytest

from openoutcry.engine.market import Market
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.account import Account
from openoutcry.model.order import (
    LIVE,
    TRANSITIONS,
    Door,
    OrderStatus,
    OrderTerms,
    OrderType,
    Side,
)
from tests.model.status_diagram import PAGE, draw
from tests.stage import instrument

# From the rules of the market, line by line; FILLED goes back only by a bust.
LEGAL = {
    "pending_new": "new canceled rejected",
    "held": "new canceled",
    "new": "new partially_filled filled canceled expired",
    "partially_filled": "partially_filled filled canceled expired",
    "filled": "",
    "canceled": "",
    "expired": "",
    "rejected": "",
}


def order_that_is(status):
    terms = OrderTerms(
        order_id=1,
        account_id="alice",
        symbol="ACME",
        grid=instrument().grid,
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=5,
        created_at=0,
        door=Door.NATIVE,
    )
    account = LedgerAccount(Account(account_id="alice", name="Alice"))
    order = WorkingOrder(terms, account, Market(instrument()))
    order.status = status
    return order


@pytest.mark.parametrize(("before", "after"), list(product(OrderStatus, OrderStatus)))
def test_an_order_changes_its_status_along_the_table_only(before, after):
    order = order_that_is(before)
    if after.value in LEGAL[before.value].split():
        order.become(after)
        assert order.status is after
    else:
        with pytest.raises(AssertionError, match="never becomes"):
            order.become(after)
        assert order.status is before


def test_every_status_is_in_the_table():
    assert set(TRANSITIONS) == set(OrderStatus)


def test_live_is_what_has_a_way_out():
    assert {status for status, following in TRANSITIONS.items() if following} == LIVE
    assert [order_that_is(status).is_live() for status in OrderStatus] == [
        status in LIVE for status in OrderStatus
    ]


def test_the_diagram_in_the_docs_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == draw()
