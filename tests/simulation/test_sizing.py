"""Sizes and distances look alike on every grid."""

import pytest

from openoutcry.model.units import UNIT
from openoutcry.simulation.sizing import admissible, level_of, spacing_of, tidied
from tests.simulation.floor import listing


@pytest.mark.parametrize(
    ("lots", "kept"), [(0, 1), (1, 1), (97, 97), (100, 100), (3_333, 3_300), (1_999_999, 1_900_000)]
)
def test_two_leading_digits_are_kept(lots, kept):
    assert tidied(lots) == kept


@pytest.mark.parametrize(
    ("reference", "ticks"), [(1, 1), (10_000, 1), (20_000, 2), (6_000_000, 600)]
)
def test_levels_are_a_basis_point_apart(reference, ticks):
    assert spacing_of(listing("AAPL", reference=reference)) == ticks


@pytest.mark.parametrize(
    ("increment", "reference", "lots"),
    [(UNIT, 20_000, 100), (UNIT, 60_000_000, 1), (UNIT // 10**4, 6_000_000, 3_333)],
)
def test_a_level_is_worth_about_the_same_everywhere(increment, reference, lots):
    instrument = listing("AAPL", quantity_increment=increment, reference=reference)
    assert level_of(instrument, reference) == lots


def test_a_quantity_is_moved_to_what_the_instrument_takes():
    narrow = listing("AAPL", minimum_quantity=5, maximum_quantity=50)
    assert [admissible(narrow, 100, lots) for lots in (1, 20, 900)] == [5, 20, 50]
    worth = listing("AAPL", minimum_notional=1_000 * UNIT)
    assert admissible(worth, 300, 1) == 334
