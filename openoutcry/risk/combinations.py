"""Which special terms go together: one table of the types, then what each of the terms asks for.

Rule: a term is refused where it would mean nothing, so that nobody believes it had an effect.
"""

from typing import Final, Protocol

from openoutcry.model.order import OrderType, PostOnly, Special, TimeInForce
from openoutcry.model.units import Nanos

LASTING: Final = (TimeInForce.GTC, TimeInForce.DAY, TimeInForce.GTD)
PLAIN: Final = (OrderType.LIMIT, OrderType.MARKET, OrderType.MARKET_TO_LIMIT)
"""The types that need no special terms."""
PRICED: Final = (OrderType.LIMIT, OrderType.STOP_LIMIT)
"""The types that have a price; a pegged order may have one."""
STOPS: Final = (OrderType.STOP, OrderType.STOP_LIMIT)
"""The types that have a stop price and a kind of price to watch."""


class Asked(Protocol):
    """What is looked at of an order."""

    @property
    def type(self) -> OrderType:
        """Its type."""

    @property
    def time_in_force(self) -> TimeInForce:
        """How long it lasts."""

    @property
    def quantity(self) -> int | None:
        """Lots; None off the grid."""

    @property
    def price(self) -> int | None:
        """Ticks; None where none was sent, or off the grid."""

    @property
    def price_off_grid(self) -> bool:
        """Whether a price was sent that is no whole number of ticks."""

    @property
    def post_only(self) -> PostOnly | None:
        """Whether it must only make."""

    @property
    def special(self) -> Special | None:
        """The terms in question."""

    @property
    def now(self) -> Nanos:
        """When this is asked."""


def special_terms_make_sense(order: Asked) -> bool:
    """Say whether the special terms of an order go together with each other and with the rest."""
    special = order.special or Special()
    return (
        _type_has_what_it_needs(order, special)
        and _stop_makes_sense(order, special)
        and _trail_makes_sense(order, special)
        and _quantities_make_sense(order, special)
        and _time_makes_sense(order, special)
    )


def has_odd_price(special: Special) -> bool:
    """Say whether any of the prices is no whole number of ticks."""
    prices = special.stop_price, special.trail, special.activation_price, special.peg_offset
    return any(isinstance(price, str) for price in prices)


def has_odd_quantity(special: Special) -> bool:
    """Say whether any of the quantities is no whole number of lots."""
    return any(isinstance(q, str) for q in (special.display_quantity, special.minimum_quantity))


def _type_has_what_it_needs(order: Asked, special: Special) -> bool:
    is_pegged = order.type is OrderType.PEGGED
    priced = order.price is not None or order.price_off_grid
    if not is_pegged and priced is not (order.type in PRICED):
        return False
    if is_pegged is not (special.peg is not None):
        return False
    return is_pegged or special.peg_offset is None


def _stop_makes_sense(order: Asked, special: Special) -> bool:
    if order.type in STOPS:
        return _is_positive(special.stop_price) and special.stop_price is not None
    return special.stop_price is None and special.trigger is None


def _trail_makes_sense(order: Asked, special: Special) -> bool:
    trail, trail_bps = special.trail, special.trail_bps
    if order.type is not OrderType.TRAILING_STOP:
        return trail is None and trail_bps is None and special.activation_price is None
    if (trail is None) is (trail_bps is None):
        return False
    return all(_is_positive(term) for term in (trail, trail_bps, special.activation_price))


def _quantities_make_sense(order: Asked, special: Special) -> bool:
    displayed, minimum = special.display_quantity, special.minimum_quantity
    if displayed is not None:
        lasts = order.type is OrderType.LIMIT and order.time_in_force in LASTING
        if not (lasts and _is_part_of(displayed, order.quantity)):
            return False
    if minimum is None:
        return True
    at_once = order.time_in_force is TimeInForce.IOC
    return at_once and _is_part_of(minimum, order.quantity)


def _time_makes_sense(order: Asked, special: Special) -> bool:
    if (order.time_in_force is TimeInForce.GTD) is not (special.expires_at is not None):
        return False
    if special.expires_at is not None and special.expires_at <= order.now:
        return False
    lasts = order.time_in_force in LASTING
    if order.type not in PLAIN and not lasts:
        return False
    return order.post_only is None or (order.type is OrderType.LIMIT and lasts)


def _is_positive(term: int | str | None) -> bool:
    """Say whether a term is above zero; one off the grid is refused for that."""
    return not isinstance(term, int) or term > 0


def _is_part_of(part: int | str, quantity: int | None) -> bool:
    if not isinstance(part, int) or quantity is None:
        return True
    return 0 < part <= quantity
