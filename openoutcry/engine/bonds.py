"""What orders that hang together do to each other: groups, and reduce-only orders.

Rule 1: a fill of one exit leg shrinks the other by as much, at once: what the pair may trade in
all is the quantity of one.
Rule 2: one hold covers both legs of a pair. It is with the leg that has more left; the other holds
only what its lots need more than those. So a lot is paid for, whichever leg trades it.
Rule 3: the reduce-only orders of an account never sum up to more than its position; a pair counts
once, and the newest shrink first.
"""

from typing import Final, NamedTuple

from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.interest import Interest
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.events import OrderRestated
from openoutcry.model.order import OrderStatus, Side
from openoutcry.model.reasons import Reason
from openoutcry.model.units import Lots, Symbol

NOTHING: Final = Lots(0)
Pair = tuple[SpecialOrder, ...]
"""An order, or the two legs that count once."""


def follow_trade(state: State, taker: WorkingOrder, maker: WorkingOrder, quantity: int) -> None:
    """Let a trade's two orders do to others what it implies, before anything else trades."""
    for order in (taker, maker):
        if isinstance(order, SpecialOrder) and order.leaves_quantity:
            sibling = state.links.sibling(order)
            if sibling is not None:
                reduce(state, sibling, quantity, Reason.GROUP)
    hear(state)
    if state.links.reducing:
        for order in (taker, maker):
            keep_within(state, order.account, order.terms.symbol)


def hear(state: State) -> bool:
    """Let groups hear of members that have ended; say whether there were any."""
    ended = state.links.ended
    if not ended:
        return False
    while ended:
        _follow_end(state, ended.pop(0))
    return True


def _follow_end(state: State, order: SpecialOrder) -> None:
    """End the other leg of a pair; let held legs go, or end them, with their parent."""
    sibling = state.links.sibling(order)
    if sibling is not None:
        state.cancel(sibling, Reason.GROUP)
    legs = state.links.legs(order)
    if not legs:
        return
    if order.status is OrderStatus.FILLED:
        assert order.special.group_id is not None
        state.links.released.append(order.special.group_id)
        state.restless = True
        return
    for leg in legs:
        state.cancel(leg, Reason.PARENT)


def reduce(state: State, order: SpecialOrder, quantity: int, reason: Reason) -> None:
    """Cancel a part of an order, or all of it if nothing would be left."""
    if quantity >= order.leaves_quantity:
        state.cancel(order, reason)
        return
    state.shrink(order, quantity)
    order.canceled_quantity += quantity
    restate(state, order, reason, Lots(quantity))


def restate(
    state: State, order: SpecialOrder, reason: Reason | None, canceled: Lots = NOTHING
) -> None:
    """Say that the venue has changed an order that stays live."""
    state.note(order)
    state.events.append(OrderRestated(order=state.report(order), reason=reason, canceled=canceled))


# One hold for two.


def hold(state: State, order: SpecialOrder, need_per_lot: int) -> SpecialOrder | None:
    """Let an order hold what it needs now; return its sibling if that holds something else since.

    Whoever calls tells of both.
    """
    order.need_per_lot = need_per_lot
    sibling = state.links.sibling(order)
    if sibling is None or sibling.status is OrderStatus.HELD:
        _take(order, need_per_lot)
        return None
    if order.terms.order_id < sibling.terms.order_id:
        own, other = shares(need_of(order), need_of(sibling))
    else:
        other, own = shares(need_of(sibling), need_of(order))
    _take(order, own)
    if other == sibling.held_per_lot:
        return None
    _take(sibling, other)
    return sibling


def balance(state: State, order: SpecialOrder) -> None:
    """Move the hold of a pair to where it belongs since one leg alone has changed."""
    before = order.held_per_lot
    sibling = hold(state, order, order.need_per_lot)
    if order.held_per_lot != before:
        restate(state, order, Reason.GROUP)
    if sibling is not None:
        restate(state, sibling, Reason.GROUP)


class Need(NamedTuple):
    """What a leg would hold alone: so much for each lot that is left."""

    leaves: int
    per_lot: int


def need_of(leg: SpecialOrder) -> Need:
    """Return what a leg would hold alone."""
    return Need(leg.leaves_quantity, leg.need_per_lot)


def shares(one: Need, other: Need) -> tuple[int, int]:
    """Return what each lot of the two legs of a pair holds; of equal legs the first carries it."""
    if one >= other:
        return one.per_lot, max(0, other.per_lot - one.per_lot)
    return max(0, one.per_lot - other.per_lot), other.per_lot


def joint(one: Need, other: Need) -> int:
    """Return what a pair holds in all."""
    own, others = shares(one, other)
    return one.leaves * own + other.leaves * others


def _take(order: SpecialOrder, per_lot: int) -> None:
    more = per_lot - order.held_per_lot
    if more:
        order.source().held += order.leaves_quantity * more
        order.held_per_lot = per_lot


# Reduce-only.


def room(state: State, account: LedgerAccount, symbol: Symbol, side: Side, without: Pair) -> int:
    """Return the lots of a position that reduce-only orders do not speak for yet."""
    claims = state.links.claims.get(account.account.account_id)
    if claims is None:
        return closable(account, symbol, side)
    own = sum(claims.counted.get(order.terms.order_id, 0) for order in without)
    return max(0, closable(account, symbol, side) - (_claimed(claims, symbol, side) - own))


def _claimed(claims: Interest, symbol: Symbol, side: Side) -> int:
    return claims.of(symbol)[side is Side.SELL]


def check(state: State) -> None:
    """Assert that no position could be more than closed by its reduce-only orders."""
    for account_id, symbol in state.links.reducing:
        account = state.ledger.accounts[account_id]
        for side in Side:
            taken = sum(_size(pair) for pair in pairs(state, account, symbol, side))
            assert taken <= closable(account, symbol, side), "reduce-only never increases"


def keep_within(state: State, account: LedgerAccount, symbol: Symbol) -> None:
    """Shrink reduce-only orders to the position, the newest first."""
    claims = state.links.claims.get(account.account.account_id)
    if claims is None:
        return
    for side in Side:
        excess = _claimed(claims, symbol, side) - closable(account, symbol, side)
        for pair in pairs(state, account, symbol, side) if excess > 0 else ():
            if excess <= 0:
                break
            size = _size(pair)
            _shrink_to(state, pair, max(0, size - excess))
            excess -= size
    hear(state)


def _shrink_to(state: State, pair: Pair, size: int) -> None:
    for order in pair:
        if order.leaves_quantity > size:
            reduce(state, order, order.leaves_quantity - size, Reason.REDUCE_ONLY)
    if size and len(pair) > 1:
        balance(state, pair[0])


def pairs(state: State, account: LedgerAccount, symbol: Symbol, side: Side) -> list[Pair]:
    """Return the reduce-only orders of a side, the newest first; two that count once together."""
    reducing = state.links.reducing.get((account.account.account_id, symbol), {})
    found: list[Pair] = []
    seen: dict[int, None] = {}
    for order_id in sorted(reducing, reverse=True):
        order = reducing[order_id]
        if order.side is not side or order_id in seen:
            continue
        sibling = state.links.sibling(order)
        if sibling is not None and sibling.terms.order_id in reducing:
            seen[sibling.terms.order_id] = None
            found.append((order, sibling))
        else:
            found.append((order,))
    return found


def _size(pair: Pair) -> int:
    return max(order.leaves_quantity for order in pair)


def closable(account: LedgerAccount, symbol: Symbol, side: Side) -> int:
    """Return the lots that orders of `side` can close."""
    position = account.positions.get(symbol)
    lots = position.quantity if position is not None else 0
    return max(0, -lots if side is Side.BUY else lots)
