"""Prices and quantities as text, in the shortest form of their instrument's grid.

Rule: everything that shows a quantity of an instrument comes here, so that it has one spelling. A
quantity of zero is `0` on every grid: "nothing is left" must not depend on how things are counted.
"""

from typing import Final, overload

from openoutcry.model.decimals import decimals_of, round_half_even, text_of
from openoutcry.model.instrument import Grid
from openoutcry.model.units import DECIMALS

NOTHING: Final = "0"
AVERAGE_PLACES: Final = 8
"""Places that an average price is rounded to."""
AVERAGE_UNIT: Final = 10 ** (DECIMALS - AVERAGE_PLACES)
"""Units in the last of them."""


def price_text(grid: Grid, ticks: int) -> str:
    """Return a price."""
    increment = grid.price_increment
    return text_of(ticks * increment, decimals_of(increment))


def quantity_text(grid: Grid, lots: int) -> str:
    """Return a quantity."""
    if not lots:
        return NOTHING
    increment = grid.quantity_increment
    return text_of(lots * increment, decimals_of(increment))


@overload
def units_text(increment: int, units: int) -> str: ...
@overload
def units_text(increment: int, units: None) -> None: ...
@overload
def units_text(increment: int, units: int | None) -> str | None: ...
def units_text(increment: int, units: int | None) -> str | None:
    """Return a price of so many units of 10**-12, in the form of a grid that it need not be on."""
    return None if units is None else text_of(units, decimals_of(increment))


@overload
def volume_text(increment: int, units: int) -> str: ...
@overload
def volume_text(increment: int, units: None) -> None: ...
@overload
def volume_text(increment: int, units: int | None) -> str | None: ...
def volume_text(increment: int, units: int | None) -> str | None:
    """Return a quantity in the same manner."""
    return units_text(increment, units) if units != 0 else NOTHING


def average_text(grid: Grid, cost: int, lots: int) -> str | None:
    """Return cost (ticks times lots) per lot, rounded half to even, zeros kept to the tick."""
    if not lots:
        return None
    tick = grid.price_increment
    rounded = round_half_even(cost * tick, lots * AVERAGE_UNIT)
    return text_of(rounded * AVERAGE_UNIT, min(decimals_of(tick), AVERAGE_PLACES))
