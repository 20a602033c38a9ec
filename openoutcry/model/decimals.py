"""Decimal text to whole units of 10**-12 and back, in integers all the way.

Rule: text that is not `-?digits[.digits]`, or that is finer than 10**-12, is not a decimal here.
"""

import re
from typing import Final

from openoutcry.model.units import DECIMALS, UNIT

TEXT_MAX: Final = 64
"""Longest decimal text accepted; longer is refused as not a decimal."""
_DECIMAL: Final = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?", re.ASCII)


def units_of(text: str) -> int | None:
    """Return the units that `text` stands for, or None if it is no decimal of the venue."""
    if len(text) > TEXT_MAX or (found := _DECIMAL.fullmatch(text)) is None:
        return None
    sign, whole, fraction = found.groups(default="")
    fraction = fraction.rstrip("0")
    if len(fraction) > DECIMALS:
        return None
    units = int(whole) * UNIT + int(fraction.ljust(DECIMALS, "0"))
    return -units if sign else units


def text_of(units: int, decimals_min: int = 0) -> str:
    """Return units as decimal text, shortest with at least `decimals_min` places."""
    sign, size = ("-", -units) if units < 0 else ("", units)
    whole, fraction = divmod(size, UNIT)
    if fraction == 0 and decimals_min == 0:
        return f"{sign}{whole}"
    places = f"{fraction:0{DECIMALS}d}".rstrip("0").ljust(decimals_min, "0")
    return f"{sign}{whole}.{places}"


def decimals_of(increment: int) -> int:
    """Return how many decimal places the multiples of an increment need."""
    fraction = increment % UNIT
    return len(f"{fraction:0{DECIMALS}d}".rstrip("0")) if fraction else 0


def round_half_even(dividend: int, divisor: int) -> int:
    """Divide two integers (divisor positive) to the nearest integer, a half to the even one."""
    quotient, rest = divmod(dividend, divisor)
    if rest * 2 > divisor or (rest * 2 == divisor and quotient % 2):
        quotient += 1
    return quotient
