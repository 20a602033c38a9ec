"""Moments as text and back, at the ends of what is kept."""

import pytest

from openoutcry.wire.times import nanos_of, time_text

SECOND = 10**9


@pytest.mark.parametrize("text", ["1677-09-22T00:00:00Z", "2262-04-11T00:00:00+02:00"])
def test_what_fits_64_bits_is_read(text):
    assert -(2**63) <= nanos_of(text) < 2**63


@pytest.mark.parametrize(
    "text",
    ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
     "2262-04-12T00:00:00Z", "1677-09-21T00:00:00Z"],
)  # fmt: skip
def test_what_does_not_fit_is_refused(text):
    with pytest.raises(ValueError, match="1677-09-22 to 2262-04-11"):
        nanos_of(text)


def test_a_year_has_four_digits():
    assert time_text(-62_135_596_800 * SECOND) == "0001-01-01T00:00:00.000000Z"
    assert time_text(1_234_567) == "1970-01-01T00:00:00.001234Z"
