"""Orders, fills and what is answered about them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from msgspec import Struct


class Order(Struct, frozen=True, kw_only=True):
    """An order as it stands; a field that does not apply is None."""

    order_id: int
    client_order_id: str | None
    account_id: str
    symbol: str
    side: str
    type: str
    time_in_force: str
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    trigger: str | None
    trail: Decimal | None
    trail_bps: int | None
    activation_price: Decimal | None
    peg: str | None
    peg_offset: Decimal | None
    display_quantity: Decimal | None
    minimum_quantity: Decimal | None
    post_only: str | None
    reduce_only: bool
    stp: str | None
    expires_at: datetime | None
    status: str
    cum_quantity: Decimal
    leaves_quantity: Decimal
    canceled_quantity: Decimal
    prevented_quantity: Decimal
    average_price: Decimal | None
    fees: Decimal
    reason: str | None
    group_id: str | None
    parent_id: int | None
    revision: int
    triggered_at: datetime | None
    sequence: int
    created_at: datetime
    updated_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether it may still trade."""
        return self.reason is None and self.leaves_quantity > 0


class Group(Struct, frozen=True, kw_only=True):
    """Orders that entered together, in the order in which they were given."""

    group_id: str
    kind: str
    orders: list[Order]


class Fill(Struct, frozen=True, kw_only=True):
    """One side of a trade."""

    trade_id: int
    order_id: int
    client_order_id: str | None
    symbol: str
    side: str
    price: Decimal
    quantity: Decimal
    liquidity: str
    fee: Decimal
    at: datetime
    sequence: int


class PreventedMatch(Struct, frozen=True, kw_only=True):
    """Two orders that met and did not trade, because they are of one account or group."""

    order_id: int
    resting_order_id: int
    symbol: str
    price: Decimal
    quantity: Decimal
    mode: str
    at: datetime
    sequence: int


class Canceled(Struct, frozen=True):
    """The orders that a call ended."""

    canceled: list[int]


class Refused(Struct, frozen=True, kw_only=True):
    """Why an order was, or would be, refused; `status` is an HTTP status where there was a call."""

    code: str
    detail: str
    allowed: Mapping[str, Decimal] | None = None
    status: int = 422


class BatchResult(Struct, frozen=True, kw_only=True):
    """What became of one order of a batch: one of the two is there."""

    status: int
    order: Order | None = None
    problem: Refused | None = None


class Batch(Struct, frozen=True):
    """What became of the orders of a batch, in order."""

    results: list[BatchResult]


class Preview(Struct, frozen=True, kw_only=True):
    """What an order would come to if it were entered now."""

    refusal: Refused | None
    fills_now: Decimal
    average_price: Decimal | None
    notional: Decimal
    fee: Decimal
    hold: Decimal
    rests: Decimal
    sequence: int


class CancelAfter(Struct, frozen=True):
    """When all open orders of the account will be canceled; None: not at all."""

    fires_at: datetime | None


class OrderEvent(Struct, frozen=True, kw_only=True):
    """One thing that became of an order, and the order after it."""

    sequence: int
    at: datetime
    event: str
    order: Order
    trade_id: int | None = None
    last_price: Decimal | None = None
    last_quantity: Decimal | None = None
    liquidity: str | None = None
    fee: Decimal | None = None
