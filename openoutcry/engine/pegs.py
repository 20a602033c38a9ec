"""Pegged orders: limits that follow the best price of others.

Rule 1: a pegged order is never a reference for pegged orders, so they cannot lead each other on.
Rule 2: it never takes: a price that would cross is held one tick from the opposite best.
Rule 3: it moves when an incoming order has finished, and each move gives it a new stamp.
"""

from openoutcry.engine import bonds
from openoutcry.engine.levels import peg_price, peg_wish, references, stands
from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.state import State
from openoutcry.engine.vetting import Plan, vet_again
from openoutcry.engine.working import WorkingOrder
from openoutcry.matching.watch import References
from openoutcry.model.instrument import Phase
from openoutcry.model.order import Peg, Side
from openoutcry.model.reasons import Reason
from openoutcry.model.units import Ticks


def follow(state: State) -> bool:
    """Move the pegged orders of markets that have changed; say whether any did."""
    for market in list(state.links.stirred.values()):
        watch = market.watch
        if watch is None or not watch.is_stirred or market.instrument.phase is not Phase.CONTINUOUS:
            continue
        watch.is_stirred = False
        if not watch.pegs:
            continue
        found, seen = references(market), watch.seen
        if seen is not None and all(
            stands(flock, edge, seen, found) for flock, edge in watch.edges.items()
        ):
            watch.seen = found
            continue
        pegged = [state.orders[order_id] for order_id in watch.pegs]
        moved = False
        for order in sorted(pegged, key=lambda order: (order.stamp, order.terms.order_id)):
            assert isinstance(order, SpecialOrder), "only special terms peg an order"
            # One that a move has canceled may have ended another of these with it.
            if order.is_live() and _move(state, order):
                moved = True
        if moved:
            return True
        watch.seen, watch.edges = found, _edges(pegged, found)
    return False


def _edges(pegged: list[WorkingOrder], found: References) -> dict[tuple[Side, Peg], int | None]:
    """Return where the most aggressive pegs would be, by side and by what they follow."""
    edges: dict[tuple[Side, Peg], int | None] = {}
    for order in pegged:
        special, side = order.terms.special, order.side
        assert special is not None
        assert special.peg is not None, "only special terms peg an order"
        wish = peg_wish(found, side, special, order.terms.price)
        edge = edges.get((side, special.peg))
        if wish is not None and edge is not None:
            wish = max(edge, wish) if side is Side.BUY else min(edge, wish)
        edges[side, special.peg] = wish
    return edges


def _move(state: State, order: SpecialOrder) -> bool:
    """Put an order where it belongs now; say whether that is elsewhere."""
    price = peg_price(order.market, order.side, order.special, order.terms.price)
    if (price or 0) == order.price:
        return False
    if order.level is not None or state.is_aside(order):
        leave(state, order, Reason.NO_REFERENCE_PRICE if price is None else None)
    if price is None:
        return True
    plan = vet_again(state, order, price)
    if not isinstance(plan, Plan):
        state.cancel(order, plan.reason)
        return True
    other = bonds.hold(state, order, plan.need_per_lot)
    order.price = price
    state.rest_again(order)
    if other is not None:
        bonds.restate(state, other, Reason.GROUP)
    return True


def leave(state: State, order: SpecialOrder, reason: Reason | None) -> None:
    """Take an order out of the book; it keeps its hold, and comes back."""
    state.lift(order)
    order.price, order.stamp = Ticks(0), 0
    order.conceal()
    state.stir(order.market)
    bonds.restate(state, order, reason)
