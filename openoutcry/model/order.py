"""An order: what was asked (terms), how it stands (report), and which changes of status are legal.

The statuses are FIX's OrdStatus (tag 39); the diagram in the docs is drawn from `TRANSITIONS`.
"""

from enum import Enum
from typing import Final

from openoutcry.model.instrument import Grid
from openoutcry.model.reasons import Reason
from openoutcry.model.totals import AssetTotals
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
from openoutcry.model.value import Value


class Side(Enum):
    """FIX tag 54."""

    BUY = "buy"
    SELL = "sell"


class OrderType(Enum):
    """FIX tag 40."""

    LIMIT = "limit"
    MARKET = "market"
    MARKET_TO_LIMIT = "market_to_limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"
    PEGGED = "pegged"


class TimeInForce(Enum):
    """FIX tag 59."""

    GTC = "gtc"
    DAY = "day"
    GTD = "gtd"
    IOC = "ioc"
    FOK = "fok"
    OPG = "opg"
    CLS = "cls"


class PostOnly(Enum):
    """What becomes of an order that must only make, if it would take."""

    REJECT = "reject"
    SLIDE = "slide"


class Trigger(Enum):
    """What a stop watches (FIX 1107)."""

    LAST = "last"
    QUOTE = "quote"


class Peg(Enum):
    """What a pegged order follows (FIX 1094)."""

    BID = "bid"
    ASK = "ask"
    MID = "mid"


class SelfTradePrevention(Enum):
    """What happens where an order meets its own account or group; the taker's governs."""

    CANCEL_NEWEST = "cancel_newest"
    CANCEL_OLDEST = "cancel_oldest"
    CANCEL_BOTH = "cancel_both"
    DECREMENT = "decrement"


class GroupKind(Enum):
    """How the orders of a group hang together (FIX 1385)."""

    OCO = "oco"
    OTO = "oto"
    BRACKET = "bracket"


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
    HELD = "held"
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
    OrderStatus.HELD: (
        OrderStatus.NEW,
        OrderStatus.CANCELED,
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
"""Every legal change of status. `new` to itself is a replacement, or a stop that triggers. A bust
corrects what has ended, `filled` to `canceled`, and is no change of a live order."""

LIVE: Final = frozenset(
    {
        OrderStatus.PENDING_NEW,
        OrderStatus.HELD,
        OrderStatus.NEW,
        OrderStatus.PARTIALLY_FILLED,
    }
)


class Special(Value, frozen=True, kw_only=True):
    """The terms that few orders have, kept apart so that a plain order stays small and quick."""

    stop_price: Ticks | str | None = None
    """Text only in a command: what was sent and is off the grid. So all prices here."""
    trigger: Trigger | None = None
    """None on a stop means `last`; on anything else that none was sent."""
    trail: Ticks | str | None = None
    trail_bps: int | None = None
    activation_price: Ticks | str | None = None
    peg: Peg | None = None
    peg_offset: Ticks | str | None = None
    display_quantity: Lots | str | None = None
    minimum_quantity: Lots | str | None = None
    reduce_only: bool = False
    stp: SelfTradePrevention | None = None
    expires_at: Nanos | None = None
    group_id: str | None = None
    parent_id: OrderId | None = None


class SpecialChange(Value, frozen=True, kw_only=True):
    """What an amend may change of the terms that few orders have; None leaves as it is."""

    stop_price: Ticks | str | None = None
    trail: Ticks | str | None = None
    trail_bps: int | None = None
    peg_offset: Ticks | str | None = None
    display_quantity: Lots | str | None = None
    expires_at: Nanos | None = None


class OrderTerms(Value, frozen=True, kw_only=True):
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
    special: Special | None = None


class OrderReport(Value, frozen=True, kw_only=True):
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
    stop_price: Ticks | None = None
    """Where a stop is now; of a trailing one, its present level."""
    triggered_at: Nanos | None = None
    hidden_quantity: Lots = Lots(0)
    """The part of the leaves that the book does not show: of an iceberg what is below the water,
    and all of an order that waits outside of the book."""
    rested: Ticks | None = None
    """Where it rested, if the book shows less of it since this event, or nothing; trades aside."""
    holding: AssetTotals | None = None
    """What the account has of what the order holds, if this event changed that; trades aside."""


def was_filled(report: OrderReport) -> bool:
    """Say whether an order was filled, be it that a bust has undone some of it since."""
    if report.status is OrderStatus.CANCELED:
        return report.reason is Reason.ADMINISTRATOR  # Which nothing but a bust gives.
    return report.status is OrderStatus.FILLED
