"""Prevented matches: what an account would have traded with itself or its group."""

from msgspec import Struct

from openoutcry.model.events import MatchPrevented
from openoutcry.model.instrument import Grid
from openoutcry.model.order import SelfTradePrevention
from openoutcry.model.units import AccountId, Lots, Nanos, OrderId, Sequence, Symbol, Ticks


class Prevented(Struct, frozen=True, array_like=True, gc=False):
    """A match that did not happen, as one of the accounts in it may read it."""

    sequence: Sequence
    account_id: AccountId
    at: Nanos
    order_id: OrderId
    """The one that came in."""
    resting_order_id: OrderId
    symbol: Symbol
    grid: Grid
    price: Ticks
    quantity: Lots
    mode: SelfTradePrevention


def prevented_of(event: MatchPrevented, at: Nanos, sequence: Sequence) -> Prevented | None:
    """Return the match as the account of the event's order sees it, once for each account.

    It is told of both orders; where one account has both, the taker's event stands for it.
    """
    terms = event.order.terms
    if terms.order_id != event.order_id and terms.account_id == event.taker_account_id:
        return None
    return Prevented(
        sequence,
        terms.account_id,
        at,
        event.order_id,
        event.resting_order_id,
        terms.symbol,
        terms.grid,
        event.price,
        event.quantity,
        event.mode,
    )
