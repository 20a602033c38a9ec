"""Self-trade prevention: what happens where an order meets one that it must not trade with.

Rule 1: the taker's mode governs, and only when a fill would print.
Rule 2: what expires here counts as prevented, not as canceled.
"""

from openoutcry.engine import bonds
from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.state import RULES_WHOLE, State
from openoutcry.engine.working import WorkingOrder
from openoutcry.model.events import MatchPrevented
from openoutcry.model.order import SelfTradePrevention
from openoutcry.model.units import Lots, Ticks


def must_not_meet(taker: WorkingOrder, maker: WorkingOrder) -> bool:
    """Say whether two orders belong to one account or to one group of accounts."""
    mine, other = taker.account, maker.account
    kin = mine.account.stp_group
    return mine is other or (kin is not None and other.account.stp_group == kin)


def mode_of(taker: WorkingOrder) -> SelfTradePrevention:
    """Return the mode of an order, else that of its account."""
    special = taker.terms.special
    if special is not None and special.stp is not None:
        return special.stp
    return taker.account.account.stp


def prevent(
    state: State, taker: WorkingOrder, maker: WorkingOrder, at: Ticks | None = None
) -> None:
    """Keep two orders from trading. The taker goes on while anything of it is left."""
    mode = mode_of(taker)
    quantity = Lots(min(taker.leaves_quantity, maker.leaves_quantity))
    price = maker.price if at is None else at
    if mode is SelfTradePrevention.DECREMENT:
        for order in (taker, maker):
            state.shrink(order, quantity)
            order.prevented_quantity += quantity
    is_told = state.rules >= RULES_WHOLE or mode is not SelfTradePrevention.CANCEL_NEWEST
    for order in (taker, maker) if is_told else ():
        state.note(order)
        state.events.append(
            MatchPrevented(
                order=state.report(order),
                order_id=taker.terms.order_id,
                resting_order_id=maker.terms.order_id,
                taker_account_id=taker.terms.account_id,
                price=price,
                quantity=quantity,
                mode=mode,
            )
        )
    _expire(state, taker, maker, mode)
    bonds.hear(state)


def _expire(
    state: State, taker: WorkingOrder, maker: WorkingOrder, mode: SelfTradePrevention
) -> None:
    """End what the mode ends; after a decrement only what has nothing left."""
    match mode:
        case SelfTradePrevention.CANCEL_NEWEST:
            state.expire_prevented(taker)
        case SelfTradePrevention.CANCEL_OLDEST:
            state.expire_prevented(maker)
        case SelfTradePrevention.CANCEL_BOTH:
            state.expire_prevented(maker)
            state.expire_prevented(taker)
        case SelfTradePrevention.DECREMENT:
            for order in (maker, taker):
                if not order.leaves_quantity:
                    state.expire_prevented(order)
                elif state.links.groups and isinstance(order, SpecialOrder):
                    bonds.balance(state, order)
