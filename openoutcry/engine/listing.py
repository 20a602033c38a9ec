"""Listing instruments: by administration, or by the first simple order for a symbol."""

from typing import Final

from openoutcry.engine.market import Market
from openoutcry.engine.state import State
from openoutcry.model.account import MONEY
from openoutcry.model.commands import EnterSimpleOrder, Listing
from openoutcry.model.events import InstrumentListed
from openoutcry.model.instrument import Grid, Instrument
from openoutcry.model.units import UNIT, Amount, Asset, Symbol, Ticks

LISTED_BY_USE_MAX: Final = 100_000
"""Symbols that simple orders may list; beyond it `unknown_instrument`."""
SHARE: Final = ".share"
"""What makes an asset's name differ from one that is taken."""
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
            grid=Grid(_asset_of_its_own(state, command.symbol), MONEY, _CENT, Amount(UNIT)),
            reference_price=_LISTED_AT,
            listed_by_use=True,
        ),
    )


def _asset_of_its_own(state: State, symbol: Symbol) -> Asset:
    """Return an asset that nothing else is traded in, or paid with: the symbol if it can be.

    At 100.00 whatever it is called, it must not be the coin or the currency of the same name.
    """
    name = str(symbol)
    while name == MONEY or name in state.assets:
        name += SHARE
    return Asset(name)


def list_instrument(state: State, instrument: Instrument) -> Market:
    """Add a market for an instrument whose symbol is new."""
    assert instrument.symbol not in state.markets, "a symbol is listed once"
    market = state.markets[Symbol(instrument.symbol)] = Market(instrument)
    state.know_assets(market)
    state.events.append(InstrumentListed(instrument=instrument))
    return market
