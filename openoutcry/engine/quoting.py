"""Mass-quote protection at work: too much taken in too short a time, and the quotes go.

Rule: what rests is canceled before the next fill, so nothing is taken beyond the fill that
reached the limit.
"""

from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.model.reasons import Reason
from openoutcry.model.units import AccountId


def reachable(state: State, maker: WorkingOrder, rooms: dict[AccountId, int]) -> int:
    """Return how much of a protected quote a taker would get; `rooms` counts what it took before.

    Of an iceberg only what it shows: each part of it is a fill that may be the last.
    """
    quotes = maker.account.quotes
    assert quotes is not None, "only protected quotes are counted"
    account_id = maker.terms.account_id
    room = rooms.get(account_id)
    if room is None:
        room = quotes.room(state.now)
    if room <= 0:
        return 0
    shown = maker.leaves_quantity - maker.hidden_quantity
    rooms[account_id] = room - shown * maker.terms.grid.quantity_increment
    return shown


def count(state: State, maker: WorkingOrder, lots: int) -> None:
    """Count a fill of an account's quotes; when that is enough, cancel what rests of it.

    Beside the book too: what waits for an auction or for the band is a quote that may trade.
    """
    quotes = maker.account.quotes
    assert quotes is not None, "only protected quotes are counted"
    if not quotes.take(state.now, lots * maker.terms.grid.quantity_increment):
        return
    own = state.orders_by_account.get(maker.terms.account_id, {})
    for order in list(own.values()):
        if order.level is not None or state.is_aside(order):
            state.cancel(order, Reason.MASS_QUOTE_PROTECTION)
