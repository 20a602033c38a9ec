"""An instrument: a thing traded, its grid, its limits and its phase."""

from enum import Enum
from typing import Final

from msgspec import Struct

from openoutcry.model.units import (
    UNIT,
    Amount,
    Asset,
    Bps,
    FeeRate,
    Lots,
    Nanos,
    Symbol,
    Ticks,
)
from openoutcry.model.value import Value


class Phase(Enum):
    """What may happen in an instrument's book now (FIX 336 TradingSessionID, 326)."""

    PRE_OPEN = "pre_open"
    AUCTION = "auction"
    CONTINUOUS = "continuous"
    HALTED = "halted"
    CLOSED = "closed"


class SessionTurn(Struct, frozen=True, array_like=True, gc=False):
    """When a calendar moves its instruments to a phase."""

    at: Nanos
    phase: Phase


class Indicative(Struct, frozen=True, kw_only=True, gc=False):
    """What an auction would come to: where, how much, and what would be left over."""

    price: Ticks | None = None
    """None when nothing would trade."""
    paired: Lots = Lots(0)
    imbalance: Lots = Lots(0)
    """Buys less sells at that price: positive is left on the buy side."""


class Grid(Struct, frozen=True, array_like=True, gc=False):
    """What turns ticks and lots into amounts; in every order, so that events explain themselves."""

    asset: Asset
    currency: Asset
    price_increment: Amount
    """Units of currency in one tick."""
    quantity_increment: Amount
    """Units of the asset in one lot."""


def notional_unit(grid: Grid) -> int:
    """Return the units of currency in one tick times one lot; whole for every listed grid."""
    return grid.price_increment * grid.quantity_increment // UNIT


def is_whole(grid: Grid) -> bool:
    """Say whether one tick times one lot is a whole number of currency units."""
    return grid.price_increment * grid.quantity_increment % UNIT == 0


class FeeRates(Struct, frozen=True, array_like=True, gc=False):
    """The two rates of an instrument, fixed for an order when it is entered."""

    maker: FeeRate = FeeRate(0)
    taker: FeeRate = FeeRate(0)


PROTECTION_DEFAULT: Final = Bps(500)
QUANTITY_MAX_DEFAULT: Final = Lots(10**12)
ALWAYS: Final = "always"
"""The calendar of what trades day and night."""


class Instrument(Value, frozen=True, kw_only=True):
    """A listed instrument as everybody may read it; a change makes another one."""

    symbol: Symbol
    grid: Grid
    reference_price: Ticks
    """Where the book starts from while nothing has traded."""
    phase: Phase = Phase.CONTINUOUS
    minimum_quantity: Lots = Lots(1)
    maximum_quantity: Lots = QUANTITY_MAX_DEFAULT
    minimum_notional: Amount = Amount(0)
    protection: Bps = PROTECTION_DEFAULT
    """How far through the opposite best a market order may trade."""
    collar: Bps | None = None
    """How far from the last trade a limit may lie on its aggressive side; None: no matter."""
    band: Bps | None = None
    """How far from the mean of the last minutes anything may print; None: no matter."""
    shortable: bool = False
    """Whether margin accounts may sell what they do not have."""
    calendar: str = ALWAYS
    """Whose sessions move its phase."""
    fees: FeeRates = FeeRates()
    listed_by_use: bool = False
    """Listed by its first simple order rather than by administration; their number is limited."""
