"""An order: what was asked (terms), how it stands (report), and which changes of status are legal.

The statuses are FIX's OrdStatus (tag 39); the diagram in the docs is drawn from `TRANSITIONS`.
"""

from enum import Enum
from typing import Final

from msgspec import Struct

from openoutcry.model.instrument import Grid
from openoutcry.model.reasons import Reason
from openoutcry.model.units import (
    AccountId,
    Amount,
    ClientOrderId,
    Lots,
    Nanos,
    OrderId,
    Sequence,
    Symbol,
    Ticks,
)


class Side(Enum):
    """FIX tag 54."""

    BUY = "buy"
    SELL = "sell"


class OrderType(Enum):
    """FIX tag 40."""

    LIMIT = "limit"
    MARKET = "market"
    MARKET_TO_LIMIT = "market_to_limit"


class TimeInForce(Enum):
    """FIX tag 59."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"


class PostOnly(Enum):
    """What becomes of an order that must only make, if it would take."""

    REJECT = "reject"


class Door(Enum):
    """Where a command came in."""

    SIMPLE = "simple"
    NATIVE = "native"
    ADMIN = "admin"
    SIMULATION = "simulation"
    VENUE = "venue"


class OrderStatus(Enum):
    """FIX tag 39."""

    PENDING_NEW = "pending_new"
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"


TRANSITIONS: Final[dict[OrderStatus, tuple[OrderStatus, ...]]] = {
    OrderStatus.PENDING_NEW: (
        OrderStatus.NEW,
        OrderStatus.CANCELED,
        OrderStatus.REJECTED,
    ),
    OrderStatus.NEW: (
        OrderStatus.NEW,
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.EXPIRED,
    ),
    OrderStatus.PARTIALLY_FILLED: (
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.EXPIRED,
    ),
    OrderStatus.FILLED: (),
    OrderStatus.CANCELED: (),
    OrderStatus.EXPIRED: (),
    OrderStatus.REJECTED: (),
}
"""Every legal change of status. `new` to itself is a replacement."""

LIVE: Final = frozenset({OrderStatus.PENDING_NEW, OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED})


class OrderTerms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was asked for; replaced by another when the order is amended."""

    order_id: OrderId
    account_id: AccountId
    symbol: Symbol
    grid: Grid
    side: Side
    type: OrderType
    quantity: Lots
    created_at: Nanos
    door: Door
    time_in_force: TimeInForce = TimeInForce.GTC
    price: Ticks | None = None
    client_order_id: ClientOrderId | None = None
    post_only: PostOnly | None = None


class OrderReport(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order as it stood after one event: complete, so that an event needs nothing beside it.

    quantity = cum_quantity + leaves_quantity + canceled_quantity + prevented_quantity, always.
    """

    terms: OrderTerms
    status: OrderStatus
    sequence: Sequence
    """Of the event that this report belongs to."""
    updated_at: Nanos
    leaves_quantity: Lots = Lots(0)
    cum_quantity: Lots = Lots(0)
    canceled_quantity: Lots = Lots(0)
    prevented_quantity: Lots = Lots(0)
    price: Ticks | None = None
    """The limit it works at: of a market order, the one that protects it."""
    cost: int = 0
    """Sum of price times quantity over its fills, in ticks times lots."""
    fees: Amount = Amount(0)
    held: Amount = Amount(0)
    """What the order holds: currency for a buy, asset for a sell."""
    revision: int = 0
    reason: Reason | None = None
