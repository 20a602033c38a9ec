"""Instruments, books, trades and prices."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct


class Instrument(Struct, frozen=True, kw_only=True):
    """A thing traded: its grid, its limits and its phase."""

    symbol: str
    asset: str
    currency: str
    phase: str
    price_increment: Decimal
    quantity_increment: Decimal
    minimum_quantity: Decimal
    maximum_quantity: Decimal
    minimum_notional: Decimal
    reference_price: Decimal
    protection_bps: int
    collar_bps: int | None
    band_bps: int | None
    maker_fee_bps: Decimal
    taker_fee_bps: Decimal
    shortable: bool
    calendar: str


class Level(NamedTuple):
    """One price of a book, and what is shown at it."""

    price: Decimal
    quantity: Decimal


class Queued(NamedTuple):
    """One order of a book: its price, what it shows, its number."""

    price: Decimal
    quantity: Decimal
    order_id: int


class Book(Struct, frozen=True):
    """The best levels of a book, best first."""

    symbol: str
    sequence: int
    bids: list[Level]
    asks: list[Level]


class Queue(Struct, frozen=True):
    """The orders at the best levels of a book, in queue order."""

    symbol: str
    sequence: int
    bids: list[Queued]
    asks: list[Queued]


class Auction(Struct, frozen=True, kw_only=True):
    """What an auction call would come to if it ended now."""

    symbol: str
    phase: str
    indicative_price: Decimal | None
    paired_quantity: Decimal
    imbalance: Decimal
    imbalance_side: str | None
    ends_at: datetime | None
    sequence: int


class Trade(Struct, frozen=True, kw_only=True):
    """One match as the public sees it; `side` is the taker's, None in an auction."""

    trade_id: int
    price: Decimal
    quantity: Decimal
    side: str | None
    busted: bool
    at: datetime
    sequence: int


class Ticker(Struct, frozen=True, kw_only=True):
    """The best prices, the last trade, and the day so far."""

    symbol: str
    bid: Decimal | None
    bid_quantity: Decimal | None
    ask: Decimal | None
    ask_quantity: Decimal | None
    last: Decimal | None
    last_quantity: Decimal | None
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    volume: Decimal
    change: Decimal | None
    at: datetime | None
    sequence: int


class Candle(Struct, frozen=True, kw_only=True):
    """The trades of one interval; there is none where nothing traded."""

    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trades: int
