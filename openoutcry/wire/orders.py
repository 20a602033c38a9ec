"""Orders, fills and refusals as the native API sends them.

Every field is always there, null where it does not apply; decimals are strings in the shortest form
of the instrument's grid; times are RFC 3339 UTC with microseconds.
"""

from msgspec import Struct


class Order(Struct, frozen=True, kw_only=True):
    """An order as it stands."""

    order_id: int
    client_order_id: str | None
    account_id: str
    symbol: str
    side: str
    type: str
    time_in_force: str
    quantity: str
    price: str | None
    stop_price: str | None
    trigger: str | None
    trail: str | None
    trail_bps: int | None
    activation_price: str | None
    peg: str | None
    peg_offset: str | None
    display_quantity: str | None
    minimum_quantity: str | None
    post_only: str | None
    reduce_only: bool
    stp: str | None
    expires_at: str | None
    status: str
    cum_quantity: str
    leaves_quantity: str
    canceled_quantity: str
    prevented_quantity: str
    average_price: str | None
    fees: str
    reason: str | None
    group_id: str | None
    parent_id: int | None
    revision: int
    triggered_at: str | None
    sequence: int
    created_at: str
    updated_at: str


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
    price: str
    quantity: str
    liquidity: str
    fee: str
    at: str
    sequence: int


class PreventedMatch(Struct, frozen=True, kw_only=True):
    """Two orders that met and did not trade, because they are of one account or group."""

    order_id: int
    """The one that came in."""
    resting_order_id: int
    symbol: str
    price: str
    quantity: str
    mode: str
    at: str
    sequence: int


class Canceled(Struct, frozen=True):
    """The orders that a call ended."""

    canceled: list[int]


class OrderPage(Struct, frozen=True):
    """A page of orders; `next` is the cursor of the page after it."""

    items: list[Order]
    next: str | None


class FillPage(Struct, frozen=True):
    """A page of fills."""

    items: list[Fill]
    next: str | None


class PreventedMatchPage(Struct, frozen=True):
    """A page of prevented matches."""

    items: list[PreventedMatch]
    next: str | None
