"""Decimal text at the doors: exact both ways, and nothing else is taken for a number."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openoutcry.model.decimals import decimals_of, round_half_even, text_of, units_of
from openoutcry.model.units import UNIT

QUICK = settings(deadline=None, derandomize=True, max_examples=300)
UNITS = st.integers(-(10**45), 10**45)


@QUICK
@given(units=UNITS, places=st.integers(0, 12))
def test_units_survive_the_way_there_and_back(units, places):
    assert units_of(text_of(units, places)) == units


@QUICK
@given(units=UNITS)
def test_the_text_is_exact_and_as_short_as_can_be(units):
    text = text_of(units)
    # Scaled by its exponent only: arithmetic on a Decimal would round to its context.
    assert Decimal(text) == Decimal(f"{units}e-12")
    assert "." not in text or text[-1] not in "0."
    assert text != "-0"


@QUICK
@given(
    sign=st.sampled_from(["", "-"]),
    whole=st.integers(0, 10**30),
    fraction=st.text("0123456789", min_size=1, max_size=12),
)
def test_what_the_grammar_allows_is_read_exactly(sign, whole, fraction):
    text = f"{sign}{whole}.{fraction}"
    assert units_of(text) == int(f"{sign}{whole}{fraction.ljust(12, '0')}")


@pytest.mark.parametrize(
    "text",
    [
        *["", ".", "-", "+1", "1.", ".5", "-.5", "1e5", "1E5", "1e-5", "0x1", "1_000", "1,000"],
        *[" 1", "1 ", "1\n", "\t1", "--1", "1.2.3", "1.-2", "NaN", "Infinity", "-inf", "null"],
        *["\u0661", "1\u0660", "\uff11", "\u00b2", "1\u00a0", "1\x00"],
        "0.0000000000001",
        "1" * 65,
        "0." + "0" * 63,
        "9" * 10_000,
    ],
)
def test_anything_else_is_no_decimal(text):
    assert units_of(text) is None


@QUICK
@given(text=st.text(max_size=20))
def test_any_text_is_a_number_or_none(text):
    units = units_of(text)
    if units is not None:
        assert Decimal(text) == Decimal(f"{units}e-12")


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("0", 0),
        ("-0", 0),
        ("-0.0", 0),
        ("007", 7 * UNIT),
        ("1.0000000000000000", UNIT),
        ("0.000000000001", 1),
        ("-0.000000000001", -1),
        ("187.20", 187_200_000_000_000),
        ("9" * 64, (10**64 - 1) * UNIT),
    ],
)
def test_by_hand(text, units):
    assert units_of(text) == units


@pytest.mark.parametrize(
    ("units", "places", "text"),
    [
        (0, 0, "0"),
        (0, 2, "0.00"),
        (-1, 0, "-0.000000000001"),
        (187_200_000_000_000, 0, "187.2"),
        (187_200_000_000_000, 2, "187.20"),
        (187_234_000_000_000, 2, "187.234"),
        (-5 * UNIT, 2, "-5.00"),
    ],
)
def test_a_text_has_the_places_of_its_grid(units, places, text):
    assert text_of(units, places) == text


@pytest.mark.parametrize(
    ("increment", "places"),
    [(UNIT, 0), (10 * UNIT, 0), (UNIT // 100, 2), (UNIT // 4, 2), (1, 12), (3 * UNIT // 2, 1)],
)
def test_the_places_a_grid_needs(increment, places):
    assert decimals_of(increment) == places


@QUICK
@given(dividend=st.integers(-(10**30), 10**30), divisor=st.integers(1, 10**15))
def test_half_goes_to_the_even_one(dividend, divisor):
    assert round_half_even(dividend, divisor) == round(Fraction(dividend, divisor))


@pytest.mark.parametrize(
    ("dividend", "rounded"), [(1, 0), (3, 2), (5, 2), (7, 4), (-1, 0), (-3, -2), (-5, -2)]
)
def test_halves_by_hand(dividend, rounded):
    assert round_half_even(dividend, 2) == rounded
