"""The integers that everything is counted in."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openoutcry.model.instrument import Grid, is_whole, notional_unit
from openoutcry.model.units import FEE_RATE_PER_BPS, FEE_SCALE, UNIT, divide_up, fee_of

QUICK = settings(deadline=None, derandomize=True, max_examples=300)
AMOUNTS = st.integers(0, 10**35)


@QUICK
@given(notional=AMOUNTS, rate=st.integers(-FEE_SCALE, FEE_SCALE))
def test_a_fee_is_rounded_against_the_participant(notional, rate):
    exact = Fraction(notional * rate, FEE_SCALE)
    fee = fee_of(notional, rate)
    assert fee == ceil(exact)
    assert exact <= fee < exact + 1


@QUICK
@given(
    parts=st.lists(st.integers(1, 10**6), min_size=1, max_size=20),
    unit=st.integers(1, 10**15),
    rate=st.integers(0, FEE_SCALE),
)
def test_no_way_of_splitting_costs_more_than_a_fee_for_every_lot(parts, unit, rate):
    assert sum(fee_of(lots * unit, rate) for lots in parts) <= sum(parts) * fee_of(unit, rate)


@pytest.mark.parametrize(
    ("notional", "bps", "fee"),
    [
        (10_000, 3, 3),
        (10_001, 3, 4),
        (1, 3, 1),
        (0, 3, 0),
        (10_000, -3, -3),
        (9_999, -3, -2),
        (1, -3, 0),
    ],
)
def test_fees_by_hand(notional, bps, fee):
    assert fee_of(notional, bps * FEE_RATE_PER_BPS) == fee


@QUICK
@given(dividend=st.integers(-(10**30), 10**30), divisor=st.integers(1, 10**15))
def test_division_upward(dividend, divisor):
    assert divide_up(dividend, divisor) == ceil(Fraction(dividend, divisor))


@pytest.mark.parametrize(
    ("price_increment", "quantity_increment", "unit"),
    [(UNIT, UNIT, UNIT), (UNIT // 100, UNIT, UNIT // 100), (10**6, 10**6, 1), (1, UNIT, 1)],
)
def test_what_a_tick_times_a_lot_is_worth(price_increment, quantity_increment, unit):
    grid = Grid("A", "USD", price_increment, quantity_increment)
    assert is_whole(grid)
    assert notional_unit(grid) == unit


@pytest.mark.parametrize("increments", [(10**5, 10**6), (1, 1), (3, UNIT // 2)])
def test_a_grid_finer_than_the_units_is_not_whole(increments):
    assert not is_whole(Grid("A", "USD", *increments))
