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
    collar_bps: int | None = None
    """No instrument has a collar yet."""
    band_bps: int | None = None
    """No instrument has a band yet."""
    maker_fee_bps: str
    taker_fee_bps: str
    shortable: bool = False
    """Nothing can be sold short yet."""
    calendar: str = "always"


class Book(Struct, frozen=True):
    """The best levels of a book: price and quantity, best first."""

    symbol: str
    sequence: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


class Trade(Struct, frozen=True, kw_only=True):
    """One match as the public sees it; `side` is the taker's, null in an auction."""

    trade_id: int
    price: str
    quantity: str
    side: str | None
    busted: bool = False
    at: str
    sequence: int


class TradePage(Struct, frozen=True):
    """A page of trades, newest first; `next` is the cursor of the page after it."""

    items: list[Trade]
    next: str | None
