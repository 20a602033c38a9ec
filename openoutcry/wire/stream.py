"""The messages of the stream's channels.

Each says what it is, of which history, which event it tells of, and which message came before it.
"""

from typing import TypedDict

from msgspec import Struct

from openoutcry.wire.accounts import Balance, Position
from openoutcry.wire.market import Trade
from openoutcry.wire.orders import Fill, Order

Level = tuple[str, str]
"""Price and quantity."""
Queued = tuple[str, str, int]
"""Price, quantity shown, order."""


class Heading(Struct, frozen=True, kw_only=True):
    """What begins every message of a private channel."""

    channel: str
    type: str
    """`snapshot` or `update`."""
    epoch: str
    sequence: int
    previous: int | None
    """The sequence of the message before on this channel of this symbol or account; null on a
    snapshot, which replaces what there was."""
    at: str


class PublicHeading(Heading, frozen=True, kw_only=True):
    """What begins every message of a public channel."""

    symbol: str


class BookSnapshot(PublicHeading, frozen=True, kw_only=True):
    """The best levels of a book, best first."""

    depth: int
    bids: list[Level]
    asks: list[Level]
    checksum: int


class BookUpdate(PublicHeading, frozen=True, kw_only=True):
    """The levels that changed; a quantity of 0 removes."""

    depth: int
    bids: list[Level]
    asks: list[Level]
    checksum: int
    """Of the ten best levels a side, after all of this and cut to the depth."""


class QueueSnapshot(PublicHeading, frozen=True, kw_only=True):
    """Every order of a book, in queue order."""

    bids: list[Queued]
    asks: list[Queued]
    checksum: int


class QueueUpdate(PublicHeading, frozen=True, kw_only=True):
    """What became of one order in its queue."""

    action: str
    side: str
    order_id: int
    price: str
    quantity: str
    """What it shows now."""
    trade_id: int | None
    checksum: int
    """Of every order at the ten best levels a side, after this."""


class TradesSnapshot(PublicHeading, frozen=True, kw_only=True):
    """The last trades, newest first."""

    trades: list[Trade]


class TradeUpdate(PublicHeading, frozen=True, kw_only=True):
    """One trade; `side` is the taker's, null in an auction."""

    trade_id: int
    price: str
    quantity: str
    side: str | None


class TradeBust(PublicHeading, frozen=True, kw_only=True):
    """A trade was undone."""

    action: str = "bust"
    trade_id: int


class TickerMessage(PublicHeading, frozen=True, kw_only=True):
    """The best quotes, the last trade, and what the day came to; both snapshot and update."""

    bid: str | None
    bid_quantity: str | None
    ask: str | None
    ask_quantity: str | None
    last: str | None
    last_quantity: str | None
    open: str | None
    high: str | None
    low: str | None
    volume: str
    change: str | None


class CandleFields(TypedDict):
    """The fields of a candle."""

    start: str
    open: str
    high: str
    low: str
    close: str
    volume: str
    trades: int


class CandleBody(Struct, frozen=True, kw_only=True):
    """What trades of one interval came to."""

    start: str
    open: str
    high: str
    low: str
    close: str
    volume: str
    trades: int


class CandlesSnapshot(PublicHeading, frozen=True, kw_only=True):
    """The last candles, oldest first."""

    interval: str
    candles: list[CandleBody]


class CandleUpdate(PublicHeading, frozen=True, kw_only=True):
    """One candle as it is now; closed: nothing more comes to it."""

    interval: str
    start: str
    open: str
    high: str
    low: str
    close: str
    volume: str
    trades: int
    closed: bool


class StatusMessage(PublicHeading, frozen=True, kw_only=True):
    """What may happen in an instrument now; both snapshot and update."""

    phase: str
    listed: bool
    reason: str | None
    """Why the phase is what it is, where the venue or an administrator said so."""
    indicative_price: str | None
    paired_quantity: str
    imbalance: str
    imbalance_side: str | None
    ends_at: str | None
    """When the venue itself will end a call."""
    band_lower: str | None
    band_upper: str | None


class ExecutionsSnapshot(Heading, frozen=True, kw_only=True):
    """Every open order, oldest first, and the last fills, newest first."""

    orders: list[Order]
    fills: list[Fill]


class ExecutionUpdate(Heading, frozen=True, kw_only=True):
    """What became of one order, and the order after it."""

    event: str
    client_order_id: str | None
    order: Order
    trade_id: int | None
    last_price: str | None
    last_quantity: str | None
    liquidity: str | None
    fee: str | None


class SentOrder(Struct, frozen=True, kw_only=True):
    """An order as it was sent; null where nothing was."""

    symbol: str
    side: str
    type: str
    quantity: str
    price: str | None
    time_in_force: str
    client_order_id: str | None
    post_only: str | None
    reduce_only: bool
    display_quantity: str | None
    minimum_quantity: str | None
    stop_price: str | None
    trigger: str | None
    trail: str | None
    trail_bps: int | None
    activation_price: str | None
    peg: str | None
    peg_offset: str | None
    stp: str | None
    expires_at: str | None


class RejectUpdate(Heading, frozen=True, kw_only=True):
    """An order was refused."""

    event: str = "rejected"
    client_order_id: str | None
    order: SentOrder
    code: str
    detail: str


class BalancesMessage(Heading, frozen=True, kw_only=True):
    """Snapshot: what the account has of every asset; update: of those that the event changed."""

    balances: list[Balance]


class PositionsMessage(Heading, frozen=True, kw_only=True):
    """Snapshot: every position of the account; update: those that the event changed."""

    positions: list[Position]
