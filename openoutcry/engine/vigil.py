"""The vigil: after each run, what it means for bands, calls and margin.

Rule: what is looked at is what the events say, each once; a venue without bands, calls and margin
pays one look at a flag.
"""

from openoutcry.engine import auctions, bands, margin
from openoutcry.engine.state import State
from openoutcry.model import events as told
from openoutcry.model.units import Symbol, Ticks

MOVES_MARGIN = (
    told.OrderExecuted,
    told.FundsMoved,
    told.TradeBusted,
    told.AccountChanged,
    told.InstrumentListed,
    told.InstrumentChanged,
    told.InstrumentDelisted,
)


def look(state: State) -> bool:
    """Look at what has happened since the last look; say whether anything came of it."""
    if not state.is_watchful:
        return False
    events = state.events
    new = events[state.looked_at :]
    state.looked_at = len(events)
    if not new:
        return False
    for symbol, prices in _touched(new).items():
        market = state.markets.get(symbol)
        if market is None:
            continue
        if market.band is not None:
            bands.look(state, market, prices)
        if market.call is not None:
            auctions.look(state, market)
    if state.margined and any(isinstance(event, MOVES_MARGIN) for event in new):
        margin.look(state, new)
    return len(events) > state.looked_at


def _touched(events: list[told.Event]) -> dict[Symbol, list[Ticks]]:
    """Return the instruments that events speak of, and the prices that printed in each."""
    touched: dict[Symbol, list[Ticks]] = {}
    for event in events:
        if isinstance(event, told.OrderExecuted):
            touched.setdefault(event.symbol, []).append(event.price)
            continue
        if isinstance(event, told.OrderRejected):
            continue  # It changed nothing.
        order = getattr(event, "order", None)
        symbol = order.terms.symbol if order is not None else getattr(event, "symbol", None)
        if symbol is not None:
            touched.setdefault(symbol, [])
    return touched
