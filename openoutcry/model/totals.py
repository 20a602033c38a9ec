"""How an account stands after an event: of one asset, and in one symbol."""

from msgspec import Struct

from openoutcry.model.instrument import Grid
from openoutcry.model.units import Amount, Symbol


class AssetTotals(Struct, frozen=True, array_like=True, gc=False):
    """What an account has of an asset: total = available + held."""

    total: Amount
    held: Amount


class PositionFigures(Struct, frozen=True, array_like=True, gc=False):
    """What fills have made of an account in one symbol."""

    quantity: int
    """Signed lots."""
    cost: Amount
    """Units of currency; negative for a short position."""
    realized: Amount


class ClosedPosition(Struct, frozen=True, array_like=True, gc=False):
    """A position that a reset of its account has ended."""

    symbol: Symbol
    grid: Grid
