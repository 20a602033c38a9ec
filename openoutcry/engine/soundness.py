"""What makes an instrument's fields sound, and how a change of some of them is taken in."""

from typing import TypeVar

from msgspec import Struct

from openoutcry.engine.state import State
from openoutcry.model.instrument import Instrument, is_whole
from openoutcry.model.reasons import Reason
from openoutcry.model.units import FEE_SCALE, Symbol

_S = TypeVar("_S", bound=Struct)


def merged(now: _S, before: _S, after: _S) -> _S:
    """Return `now` with what differs between `before` and `after`, field by field and within."""
    fields = {}
    for name in now.__struct_fields__:
        ours, old, new = (getattr(one, name) for one in (now, before, after))
        if isinstance(ours, Struct):
            fields[name] = merged(ours, old, new)
        else:
            fields[name] = ours if new == old else new
    return type(now)(**fields)


def unsound(state: State, instrument: Instrument) -> Reason | None:
    """Return what is wrong with an instrument's fields."""
    grid, fees = instrument.grid, instrument.fees
    if not is_whole(grid):
        return Reason.PRICE_INCREMENT
    covered = all(abs(rate) < FEE_SCALE for rate in (fees.maker, fees.taker))
    if (
        not covered  # A seller's proceeds must cover the fee on them.
        or grid.asset == grid.currency
        or instrument.minimum_quantity > instrument.maximum_quantity
    ):
        return Reason.NOT_ALLOWED_COMBINATION
    for market in state.markets.values():
        other = market.instrument
        is_another = other.listed_by_use and other.symbol != instrument.symbol
        if is_another and other.grid.asset in (grid.asset, grid.currency):
            return Reason.ALREADY_EXISTS
    return None


def has_positions(state: State, symbol: Symbol) -> bool:
    """Say whether anybody holds a position; it is in lots of the present grid."""
    owners = state.ledger.accounts.values()
    return any((held := owner.positions.get(symbol)) and held.quantity for owner in owners)
