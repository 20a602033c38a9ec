"""Positions against exact fractions: whole units may round, but never drift."""

from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openoutcry.ledger.positions import Position
from openoutcry.model.order import Side

FILLS = st.lists(
    st.tuples(st.sampled_from(Side), st.integers(1, 30), st.integers(0, 10**6)), max_size=30
)


class ExactPosition:
    """Average cost as everybody learns it, in fractions."""

    def __init__(self):
        self.quantity = 0
        self.average = Fraction(0)
        self.realized = Fraction(0)

    def fill(self, side, quantity, notional):
        price = Fraction(notional, quantity)
        signed = quantity if side is Side.BUY else -quantity
        if self.quantity * signed >= 0:
            cost = self.average * abs(self.quantity) + notional
            self.quantity += signed
            self.average = cost / abs(self.quantity)
            return
        closed = min(quantity, abs(self.quantity))
        gain = price - self.average if self.quantity > 0 else self.average - price
        self.realized += gain * closed
        self.quantity += signed
        if abs(signed) > closed:
            self.average = price
        elif not self.quantity:
            self.average = Fraction(0)

    def cost(self):
        return self.average * self.quantity


def figures(fills):
    position = Position()
    for side, quantity, notional in fills:
        position.fill(side, quantity, notional)
    return position.quantity, position.cost, position.realized


@settings(deadline=None, derandomize=True, max_examples=400)
@given(fills=FILLS)
@example(fills=[(Side.SELL, 3, 10), (Side.BUY, 1, 1), (Side.BUY, 1, 1), (Side.BUY, 1, 1)])
def test_rounding_stays_below_one_unit_a_fill(fills):
    position, exact = Position(), ExactPosition()
    for count, (side, quantity, notional) in enumerate(fills, start=1):
        position.fill(side, quantity, notional)
        exact.fill(side, quantity, notional)
        assert position.quantity == exact.quantity
        assert abs(position.cost - exact.cost()) <= 2 * count
        assert abs(position.realized - exact.realized) <= 2 * count


@settings(deadline=None, derandomize=True, max_examples=400)
@given(fills=FILLS)
def test_what_was_paid_is_in_the_cost_or_realized_to_the_last_unit(fills):
    quantity, cost, realized = figures(fills)
    paid = sum(n if side is Side.BUY else -n for side, _, n in fills)
    assert cost - realized == paid
    if quantity == 0:
        assert cost == 0


@settings(deadline=None, derandomize=True, max_examples=200)
@given(fills=FILLS)
def test_buyer_and_seller_are_mirror_images(fills):
    """Up to the unit that rounding may leave on either side."""
    other = [(Side.SELL if s is Side.BUY else Side.BUY, q, n) for s, q, n in fills]
    quantity, cost, realized = figures(fills)
    mirrored = figures(other)
    assert mirrored[0] == -quantity
    assert abs(mirrored[1] + cost) <= 2 * len(fills)
    assert abs(mirrored[2] + realized) <= 2 * len(fills)


@pytest.mark.parametrize(
    ("fills", "expected"),
    [
        ([(Side.BUY, 10, 1000)], (10, 1000, 0)),
        ([(Side.BUY, 10, 1000), (Side.BUY, 10, 1200)], (20, 2200, 0)),
        ([(Side.BUY, 10, 1000), (Side.SELL, 4, 440)], (6, 600, 40)),
        ([(Side.BUY, 10, 1000), (Side.SELL, 10, 900)], (0, 0, -100)),
        ([(Side.BUY, 10, 1000), (Side.SELL, 15, 1650)], (-5, -550, 100)),
        ([(Side.SELL, 10, 1000)], (-10, -1000, 0)),
        ([(Side.SELL, 10, 1000), (Side.BUY, 4, 360)], (-6, -600, 40)),
        ([(Side.SELL, 10, 1000), (Side.BUY, 15, 1350)], (5, 450, 100)),
    ],
)
def test_by_hand(fills, expected):
    assert figures(fills) == expected
