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
from openoutcry.model.order import OrderType, PostOnly, Side, Special, TimeInForce
from openoutcry.model.reasons import Reason
from openoutcry.model.units import NOTIONAL_MAX, UNIT, Nanos
from openoutcry.risk.combinations import (
    LASTING,
    PLAIN,
    has_odd_price,
    has_odd_quantity,
    special_terms_make_sense,
)


class Refusal(Struct, frozen=True):
    """Why not, and what would have been allowed, in units of 10**-12 by name."""

    reason: Reason
    allowed: dict[str, int] | None = None


class Standing(Struct, frozen=True):
    """An account in a market before the order: lots, and for one on margin units of currency."""

    position: int
    buys: int
    """Of its open orders, the one that is checked left out, and its sibling."""
    sells: int
    beside: int = 0
    """Lots of the sibling: of the two only the larger counts."""
    elsewhere: int = 0
    """Exposure to other instruments of the same currency."""
    equity: int = 0
    mark: int = 0
    """What a lot is worth now."""


class Proposal(Struct, kw_only=True, gc=False):
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
    special: Special | None = None
    now: Nanos = Nanos(0)
    """Needed of special terms only."""
    reducible: int | None = None
    """The lots of a position that a reduce-only order may still close."""
    band: tuple[int, int] | None = None
    """The lowest and the highest price that may print."""
    collar: int | None = None
    """The most aggressive limit that the collar allows."""
    standing: Standing | None = None
    """None for the many whose position does not matter."""
    position_after: int = 0
    """Units of the asset: what the account would have, long or short, if all of its orders of this
    side were filled."""
    position_max: int | None = None
    is_on_margin: bool = False
    """Whether `needed` and `available` are exposure and what equity carries of it."""
    opens: bool = False
    """Whether it may only close a position, and would do more than that."""


CALLS: Final = (Phase.PRE_OPEN, Phase.AUCTION)
"""The phases in which orders accumulate."""
NOT_IN_A_CALL: Final = (OrderType.PEGGED, OrderType.MARKET_TO_LIMIT)
AT_ONCE: Final = (TimeInForce.IOC, TimeInForce.FOK)

# Members as plain names: reading one off its enumeration costs more than a call, and every order
# comes this way.
_CONTINUOUS: Final = Phase.CONTINUOUS
_ACTIVE: Final = AccountStatus.ACTIVE
_LIMIT: Final = OrderType.LIMIT
_MARKET: Final = OrderType.MARKET
_OPG: Final = TimeInForce.OPG
_GTD: Final = TimeInForce.GTD

Check = Callable[[Proposal], Refusal | None]


def phase_takes_orders(order: Proposal) -> Refusal | None:
    """Refuse what the instrument's phase does not take."""
    phase = order.instrument.phase
    if phase is _CONTINUOUS:
        if order.time_in_force is _OPG:
            return Refusal(Reason.PHASE_FORBIDS)
        return None
    if phase is Phase.HALTED:
        return Refusal(Reason.HALTED)
    accumulates = (
        phase in CALLS
        and order.type not in NOT_IN_A_CALL
        and order.time_in_force not in AT_ONCE
        and order.post_only is None
    )
    return None if accumulates else Refusal(Reason.PHASE_FORBIDS)


def account_is_active(order: Proposal) -> Refusal | None:
    """Refuse orders of a blocked account."""
    if order.account_status is _ACTIVE and not order.opens:
        return None
    return Refusal(Reason.ACCOUNT_BLOCKED)


def combination_makes_sense(order: Proposal) -> Refusal | None:
    """Refuse terms that contradict each other."""
    if order.special is not None or order.type not in PLAIN:
        fits = special_terms_make_sense(order) and (
            order.type is not OrderType.MARKET or _market_order_may_last(order)
        )
        return None if fits else Refusal(Reason.NOT_ALLOWED_COMBINATION)
    priced = order.price is not None or order.price_off_grid
    limited = order.type is _LIMIT
    lasts = order.time_in_force in LASTING
    if (
        priced is not limited
        or (order.type is _MARKET and not _market_order_may_last(order))
        or (order.post_only is not None and not (limited and lasts))
        or order.time_in_force is _GTD
    ):
        return Refusal(Reason.NOT_ALLOWED_COMBINATION)
    return None


def _market_order_may_last(order: Proposal) -> bool:
    """In a call, and where a halt interrupts it, a market order may wait for its end; else only for
    an auction to come."""
    if order.time_in_force in (TimeInForce.GTC, TimeInForce.DAY):
        return order.instrument.phase is not _CONTINUOUS
    return order.time_in_force is not TimeInForce.GTD


def price_on_grid(order: Proposal) -> Refusal | None:
    """Refuse a price that is no whole number of ticks, one at least."""
    special = order.special
    is_odd = order.price_off_grid or (order.price is not None and order.price <= 0)
    if is_odd or (special is not None and has_odd_price(special)):
        grid = order.instrument.grid
        return Refusal(Reason.PRICE_INCREMENT, {"price_increment": grid.price_increment})
    return None


def quantity_on_grid(order: Proposal) -> Refusal | None:
    """Refuse a quantity that is no whole number of lots."""
    special = order.special
    if order.quantity is None or (special is not None and has_odd_quantity(special)):
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


def price_in_band(order: Proposal) -> Refusal | None:
    """Refuse a limit that could only print outside the band."""
    if order.price is None or order.band is None:
        return None
    lower, upper = order.band
    tick = order.instrument.grid.price_increment
    if order.side is Side.BUY and order.price > upper:
        return Refusal(Reason.PRICE_OUTSIDE_BAND, {"upper": upper * tick})
    if order.side is Side.SELL and order.price < lower:
        return Refusal(Reason.PRICE_OUTSIDE_BAND, {"lower": lower * tick})
    return None


def price_in_collar(order: Proposal) -> Refusal | None:
    """Refuse a limit that is too aggressive, seen from the last trade."""
    if order.price is None or order.collar is None:
        return None
    aggressive = order.price - order.collar
    if (aggressive if order.side is Side.BUY else -aggressive) <= 0:
        return None
    tick = order.instrument.grid.price_increment
    return Refusal(Reason.PRICE_COLLAR, {"price": order.collar * tick})


def reference_exists(order: Proposal) -> Refusal | None:
    """Refuse a pegged order while there is nothing that it could follow."""
    if order.type is OrderType.PEGGED and order.limit is None:
        return Refusal(Reason.NO_REFERENCE_PRICE)
    return None


def open_orders_in_limit(order: Proposal) -> Refusal | None:
    """Refuse one order more than the account may have open."""
    if order.open_orders < order.open_orders_max:
        return None
    return Refusal(Reason.OPEN_ORDERS_LIMIT, {"open_orders": order.open_orders_max * UNIT})


def position_in_limit(order: Proposal) -> Refusal | None:
    """Refuse what could make the position larger than the account's cap, with all of that side."""
    if order.position_max is None or order.position_after <= order.position_max:
        return None
    return Refusal(Reason.POSITION_LIMIT, {"position": order.position_max})


def only_reduces(order: Proposal) -> Refusal | None:
    """Refuse a reduce-only order where there is no position left that it could reduce."""
    if order.reducible is None or order.reducible > 0:
        return None
    return Refusal(Reason.REDUCE_ONLY_WOULD_INCREASE)


def means_suffice(order: Proposal) -> Refusal | None:
    """Refuse what the account could not pay for, or does not have to sell."""
    # On margin less than nothing may be there, which is enough for what needs nothing.
    if order.needed <= order.available or not order.needed:
        return None
    reason = Reason.INSUFFICIENT_FUNDS if order.side is Side.BUY else Reason.INSUFFICIENT_ASSET
    if order.is_on_margin:
        reason = Reason.INSUFFICIENT_FUNDS
    return Refusal(reason, {"available": order.available, "needed": order.needed})


def only_makes(order: Proposal) -> Refusal | None:
    """Refuse a post-only order that would take; one that slides does so no more, if it can."""
    if order.post_only is not None and order.crosses:
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
    price_in_band,
    price_in_collar,
    open_orders_in_limit,
    position_in_limit,
    means_suffice,
    only_makes,
)


MEANS_OF_SPECIAL: Final[tuple[Check, ...]] = (
    notional_in_range,
    price_in_band,
    price_in_collar,
    reference_exists,
    open_orders_in_limit,
    position_in_limit,
    only_reduces,
    means_suffice,
    only_makes,
)
"""The same, with what only special terms can run into; plain orders are not asked."""


MEANS_UNBOUND: Final[tuple[Check, ...]] = tuple(
    check for check in MEANS if check not in (price_in_band, price_in_collar, position_in_limit)
)
"""The same, where nothing bounds prices or positions; most orders are not asked."""


def first_refusal(order: Proposal, checks: tuple[Check, ...]) -> Refusal | None:
    """Run checks in order and return the first refusal."""
    for check in checks:
        refusal = check(order)
        if refusal is not None:
            return refusal
    return None
