"""Grids from whole shares to the finest that a unit of 10**-12 carries, and sizes without bound."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from openoutcry.model.commands import Deposit, EnterOrder, ListInstrument
from openoutcry.model.instrument import FeeRates
from openoutcry.model.order import OrderType, Side
from openoutcry.model.units import FEE_SCALE, NOTIONAL_MAX, UNIT
from tests.scenarios.language import play
from tests.stage import instrument, open_house

COIN = {"price_increment": 10**4, "quantity_increment": 10**8}
"""Ticks of 0.00000001 and lots of 0.0001: a tick times a lot is one unit, the smallest amount."""


def test_the_finest_grid_trades_to_the_last_unit():
    play(
        """
        alice sell 10000 @ 9745000000000    -> accepted 1
        alice has ACME                      -> 1000 held 1
        bob   buy 3 @ 9745000000000         -> accepted 2 | executed 2x1 3 @ 9745000000000
        bob has ACME                        -> 1000.0003 held 0
        bob has USD                         -> 99970.765 held 0
        bob   buy 1 @ 1                     -> accepted 3
        bob has USD                         -> 99970.765 held 0.000000000001
        """,
        listed=(instrument(reference_price=9745000000000, **COIN),),
    )


def test_fine_coins_and_whole_shares_trade_beside_each_other():
    play(
        """
        alice sell 1 @ 100                  -> accepted 1
        alice sell 10000 @ 100 on COIN      -> accepted 2
        bob buy 1 @ 100                     -> accepted 3 | executed 3x1 1 @ 100
        bob buy 10000 @ 100 on COIN         -> accepted 4 | executed 4x2 10000 @ 100
        bob has USD                         -> 99899.999999 held 0
        """,
        listed=(instrument(), instrument("COIN", **COIN)),
    )


def test_nothing_overflows_up_to_the_largest_order_there_is():
    stage = open_house(instrument(reference_price=10**12, maximum_quantity=10**18))
    for who, asset in (("alice", "ACME"), ("bob", "USD")):
        stage.submit(Deposit(account_id=who, asset=asset, amount=10**33))
    # 10**9 lots of one share at 10**9 dollars are 10**30 units.
    terms = {"symbol": "ACME", "type": OrderType.LIMIT, "quantity": 10**9, "price": 10**9}
    assert 10**9 * 10**9 * UNIT == NOTIONAL_MAX
    stage.submit(EnterOrder(account_id="alice", side=Side.SELL, **terms))
    events = stage.submit(EnterOrder(account_id="bob", side=Side.BUY, **terms))
    assert events[1].taker.cost == 10**18
    assert stage.total("alice", "USD") == 10**30 + 100_000 * UNIT


def test_a_grid_on_which_a_tick_times_a_lot_is_no_whole_unit_is_refused():
    stage = open_house()
    odd = instrument("ODD", price_increment=10**4, quantity_increment=10**7)
    (event,) = stage.submit(ListInstrument(instrument=odd))
    assert event.reason.value == "price_increment"


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    tick=st.sampled_from((10**4, 10**6, 10**10, UNIT)),
    lot=st.sampled_from((10**8, 10**10, UNIT, 10 * UNIT)),
    price=st.integers(1, 10**9),
    quantity=st.integers(1, 10**6),
    rate=st.integers(-(10**9), 10**10),
)
def test_every_grid_is_exact(tick, lot, price, quantity, rate):
    """What a trade moves is what exact fractions say, and nothing is left over."""
    listed = instrument(price_increment=tick, quantity_increment=lot, reference_price=price)
    stage = open_house(replace(listed, fees=FeeRates(maker=0, taker=rate)))
    for who, asset in (("alice", "ACME"), ("bob", "USD")):
        stage.submit(Deposit(account_id=who, asset=asset, amount=10**32))
    before = stage.total("bob"), stage.total("bob", "ACME")
    terms = {"symbol": "ACME", "type": OrderType.LIMIT, "quantity": quantity, "price": price}
    stage.submit(EnterOrder(account_id="alice", side=Side.SELL, **terms))
    stage.submit(EnterOrder(account_id="bob", side=Side.BUY, **terms))
    notional = Fraction(price * tick * quantity * lot, UNIT)
    fee = -((-notional * rate / FEE_SCALE) // 1)
    assert before[0] - stage.total("bob") == notional + fee
    assert stage.total("bob", "ACME") - before[1] == quantity * lot
    assert stage.held("bob") == stage.held("alice", "ACME") == 0
