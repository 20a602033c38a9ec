"""Instruments, books and trades as the native API sends them."""

from msgspec import Struct


class Instrument(Struct, frozen=True, kw_only=True):
    """A thing traded: its grid, its limits and its phase."""

    symbol: str
    asset: str
    currency: str
    phase: str
    price_increment: str
    quantity_increment: str
    minimum_quantity: str
    maximum_quantity: str
    minimum_notional: str
    reference_price: str
    protection_bps: int
    collar_bps: int | None
    band_bps: int | None
    maker_fee_bps: str
    taker_fee_bps: str
    shortable: bool
    calendar: str


class Book(Struct, frozen=True):
    """The best levels of a book: price and quantity, best first."""

    symbol: str
    sequence: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


class Queue(Struct, frozen=True):
    """The orders at the best levels of a book: price, quantity shown, order; in queue order."""

    symbol: str
    sequence: int
    bids: list[tuple[str, str, int]]
    asks: list[tuple[str, str, int]]


class Auction(Struct, frozen=True, kw_only=True):
    """What an auction call would come to if it ended now."""

    symbol: str
    phase: str
    indicative_price: str | None
    paired_quantity: str
    imbalance: str
    imbalance_side: str | None
    ends_at: str | None
    sequence: int


class Trade(Struct, frozen=True, kw_only=True):
    """One match as the public sees it; `side` is the taker's, null in an auction."""

    trade_id: int
    price: str
    quantity: str
    side: str | None
    busted: bool
    at: str
    sequence: int


class TradePage(Struct, frozen=True):
    """A page of trades, newest first; `next` is the cursor of the page after it."""

    items: list[Trade]
    next: str | None


class Candle(Struct, frozen=True, kw_only=True):
    """What trades of one interval came to."""

    start: str
    open: str
    high: str
    low: str
    close: str
    volume: str
    trades: int


class CandlePage(Struct, frozen=True):
    """A page of candles, oldest first; `next` is the cursor of the page after it."""

    items: list[Candle]
    next: str | None


class Ticker(Struct, frozen=True, kw_only=True):
    """The best quotes, the last trade, and what the day came to."""

    symbol: str
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
    at: str
    sequence: int
