"""Decimals of an instrument: in the form of its grid, a quantity of nothing as `0` on any grid."""

import pytest

from openoutcry.model.instrument import Grid
from openoutcry.model.units import UNIT
from openoutcry.wire.prices import price_text, quantity_text, units_text, volume_text

CENT = UNIT // 100
FINE = Grid("BTC", "USD", CENT, CENT)
WHOLE = Grid("AAPL", "USD", CENT, UNIT)


@pytest.mark.parametrize(
    ("grid", "lots", "text"),
    [
        (FINE, 0, "0"), (FINE, 1, "0.01"), (FINE, 100, "1.00"), (FINE, -50, "-0.50"),
        (WHOLE, 0, "0"), (WHOLE, 10, "10"),
    ],
)  # fmt: skip
def test_a_quantity(grid, lots, text):
    assert quantity_text(grid, lots) == text
    assert volume_text(grid.quantity_increment, lots * grid.quantity_increment) == text


def test_a_price_keeps_its_places_also_at_zero():
    assert [price_text(FINE, ticks) for ticks in (18_720, 0)] == ["187.20", "0.00"]
    assert units_text(CENT, 0) == "0.00"


def test_what_is_not_there_has_no_text():
    assert (units_text(CENT, None), volume_text(CENT, None)) == (None, None)
