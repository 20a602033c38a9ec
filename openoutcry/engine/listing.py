"""Listing instruments: by administration, or by the first simple order for a symbol."""

from typing import Final

from openoutcry.engine.market import Market
from openoutcry.engine.state import State
from openoutcry.model.commands import EnterSimpleOrder, Listing
from openoutcry.model.events import InstrumentListed
from openoutcry.model.instrument import Grid, Instrument
from openoutcry.model.units import UNIT, Amount, Asset, Symbol, Ticks

LISTED_BY_USE_MAX: Final = 100_000
"""Symbols that simple orders may list; beyond it `unknown_instrument`."""
_CENT: Final = Amount(UNIT // 100)
_LISTED_AT: Final = Ticks(100_00)


def list_by_use(state: State, command: EnterSimpleOrder) -> Market | None:
    """List the symbol of a simple order, if that is allowed."""
    if command.listing is Listing.CLOSED or state.listed_by_use >= LISTED_BY_USE_MAX:
        return None
    if command.symbol in state.delisted:
        return None
    state.listed_by_use += 1
    return list_instrument(
        state,
        Instrument(
            symbol=command.symbol,
            grid=Grid(Asset(command.symbol), Asset("USD"), _CENT, Amount(UNIT)),
            reference_price=_LISTED_AT,
            listed_by_use=True,
        ),
    )


def list_instrument(state: State, instrument: Instrument) -> Market:
    """Add a market for an instrument whose symbol is new."""
    assert instrument.symbol not in state.markets, "a symbol is listed once"
    market = state.markets[Symbol(instrument.symbol)] = Market(instrument)
    state.events.append(InstrumentListed(instrument=instrument))
    return market
