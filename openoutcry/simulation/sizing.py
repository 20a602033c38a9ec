"""How far apart and how large the agents' orders are: the same look on every grid.

A tick may be a cent or a hundred-thousandth, a lot a share or a ten-thousandth of a coin. What
makes a market look alive is distance relative to the price, and worth, so both start there.
"""

from typing import Final

from openoutcry.model.instrument import Instrument, notional_unit
from openoutcry.model.units import UNIT, Lots, Ticks, divide_up

LEVEL_WORTH: Final = 20_000
"""Currency on one price level of the market maker: a hundred shares of 200."""
_SPACINGS_PER_PRICE: Final = 10_000


def spacing_of(instrument: Instrument) -> int:
    """Return the ticks between two price levels: a basis point, two cents at 200."""
    return max(1, instrument.reference_price // _SPACINGS_PER_PRICE)


def level_of(instrument: Instrument, price: Ticks) -> int:
    """Return the lots that a level of ordinary worth has at a price."""
    worth_of_lot = price * notional_unit(instrument.grid)
    return max(1, LEVEL_WORTH * UNIT // worth_of_lot)


def tidied(lots: int) -> int:
    """Keep the two leading digits: 97 shares, 0.33 coins, never 0.3333 or 97.0413."""
    scale: int = 10 ** max(0, len(str(lots)) - 2)
    return max(1, lots // scale * scale)


def admissible(instrument: Instrument, price: Ticks, lots: int) -> Lots:
    """Move a quantity to the nearest that the instrument takes at a price."""
    worth_of_lot = price * notional_unit(instrument.grid)
    least = max(
        instrument.minimum_quantity,
        divide_up(instrument.minimum_notional, worth_of_lot),
    )
    return Lots(min(max(lots, least), instrument.maximum_quantity))
