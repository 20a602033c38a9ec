"""The pre-trade checks as two ordered tuples of functions: read them as a table of contents.

Rule: every path into matching runs all of these, in this order, and the first refusal is the
answer. The order is that of `Reason`. `TERMS` needs only what was sent; `MEANS` needs the limit
the order would work at and what the account has.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from openoutcry.model.account import AccountStatus
from openoutcry.model.instrument import Instrument, Phase
from openoutcry.model.order import OrderType, PostOnly, Side, TimeInForce
from openoutcry.model.reasons import Reason
from openoutcry.model.units import NOTIONAL_MAX


class Refusal(Struct, frozen=True):
    """Why not, and what would have been allowed, in units of 10**-12 by name."""

    reason: Reason
    allowed: dict[str, int] | None = None


class Proposal(Struct, kw_only=True):
    """An order on its way to market, with everything that the checks look at."""

    instrument: Instrument
    account_status: AccountStatus
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: int | None
    """Lots; None when what was sent is off the grid."""
    price: int | None
    """Ticks; None when none was sent, or when `price_off_grid`."""
    price_off_grid: bool = False
    post_only: PostOnly | None = None
    open_orders: int = 0
    open_orders_max: int = 0
    limit: int | None = None
    """The worst price it may trade at; None for a market order without an opposite quote."""
    unit: int = 0
    """Currency units in one tick times one lot."""
    needed: int = 0
    available: int = 0
    crosses: bool = False


Check = Callable[[Proposal], Refusal | None]


def phase_takes_orders(order: Proposal) -> Refusal | None:
    """Refuse what the instrument's phase does not take."""
    phase = order.instrument.phase
    if phase is Phase.CONTINUOUS:
        return None
    return Refusal(Reason.HALTED if phase is Phase.HALTED else Reason.PHASE_FORBIDS)


def account_is_active(order: Proposal) -> Refusal | None:
    """Refuse orders of a blocked account."""
    if order.account_status is AccountStatus.ACTIVE:
        return None
    return Refusal(Reason.ACCOUNT_BLOCKED)


def combination_makes_sense(order: Proposal) -> Refusal | None:
    """Refuse terms that contradict each other."""
    priced = order.price is not None or order.price_off_grid
    limited = order.type is OrderType.LIMIT
    lasts = order.time_in_force is TimeInForce.GTC
    if (
        priced is not limited
        or (order.type is OrderType.MARKET and lasts)
        or (order.post_only is not None and not (limited and lasts))
    ):
        return Refusal(Reason.NOT_ALLOWED_COMBINATION)
    return None


def price_on_grid(order: Proposal) -> Refusal | None:
    """Refuse a price that is no whole number of ticks, one at least."""
    if order.price_off_grid or (order.price is not None and order.price <= 0):
        grid = order.instrument.grid
        return Refusal(Reason.PRICE_INCREMENT, {"price_increment": grid.price_increment})
    return None


def quantity_on_grid(order: Proposal) -> Refusal | None:
    """Refuse a quantity that is no whole number of lots."""
    if order.quantity is None:
        grid = order.instrument.grid
        return Refusal(Reason.QUANTITY_INCREMENT, {"quantity_increment": grid.quantity_increment})
    return None


def quantity_in_range(order: Proposal) -> Refusal | None:
    """Refuse a quantity outside the instrument's minimum and maximum."""
    instrument, quantity = order.instrument, order.quantity
    assert quantity is not None, "the grid is checked before the range"
    lot = instrument.grid.quantity_increment
    if quantity < instrument.minimum_quantity:
        allowed = {"minimum_quantity": instrument.minimum_quantity * lot}
        return Refusal(Reason.QUANTITY_BELOW_MINIMUM, allowed)
    if quantity > instrument.maximum_quantity:
        allowed = {"maximum_quantity": instrument.maximum_quantity * lot}
        return Refusal(Reason.QUANTITY_ABOVE_MAXIMUM, allowed)
    return None


def notional_in_range(order: Proposal) -> Refusal | None:
    """Refuse an order that is worth too little, or more than the venue counts."""
    if order.limit is None:
        return None
    assert order.quantity is not None, "the grid is checked before the notional"
    notional = order.limit * order.quantity * order.unit
    if notional < order.instrument.minimum_notional:
        allowed = {"minimum_notional": int(order.instrument.minimum_notional)}
        return Refusal(Reason.NOTIONAL_BELOW_MINIMUM, allowed)
    if notional > NOTIONAL_MAX:
        return Refusal(Reason.NOTIONAL_TOO_LARGE, {"maximum_notional": NOTIONAL_MAX})
    return None


def open_orders_in_limit(order: Proposal) -> Refusal | None:
    """Refuse one order more than the account may have open."""
    if order.open_orders < order.open_orders_max:
        return None
    return Refusal(Reason.OPEN_ORDERS_LIMIT)


def means_suffice(order: Proposal) -> Refusal | None:
    """Refuse what the account could not pay for, or does not have to sell."""
    if order.needed <= order.available:
        return None
    reason = Reason.INSUFFICIENT_FUNDS if order.side is Side.BUY else Reason.INSUFFICIENT_ASSET
    return Refusal(reason, {"available": order.available, "needed": order.needed})


def only_makes(order: Proposal) -> Refusal | None:
    """Refuse a post-only order that would take."""
    if order.post_only is PostOnly.REJECT and order.crosses:
        return Refusal(Reason.WOULD_CROSS)
    return None


TERMS: Final[tuple[Check, ...]] = (
    phase_takes_orders,
    account_is_active,
    combination_makes_sense,
    price_on_grid,
    quantity_on_grid,
    quantity_in_range,
)
MEANS: Final[tuple[Check, ...]] = (
    notional_in_range,
    open_orders_in_limit,
    means_suffice,
    only_makes,
)


def first_refusal(order: Proposal, checks: tuple[Check, ...]) -> Refusal | None:
    """Run checks in order and return the first refusal."""
    for check in checks:
        refusal = check(order)
        if refusal is not None:
            return refusal
    return None
