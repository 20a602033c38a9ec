"""Accounts, their terms, balances, positions, postings and keys as the native API sends them."""

from msgspec import Struct


class QuoteLimit(Struct, frozen=True, kw_only=True):
    """How much may be taken from an account's quotes within a time before the rest is canceled."""

    quantity: str
    window_s: int


class Limits(Struct, frozen=True, kw_only=True):
    """What an account may do at most; null, or a symbol that is absent, is no limit."""

    open_orders: int | None
    positions: dict[str, str]
    mass_quote: QuoteLimit | None


class Account(Struct, frozen=True, kw_only=True):
    """An account with what it is worth now."""

    account_id: str
    name: str
    status: str
    cash: str
    equity: str
    buying_power: str
    margin: int
    initial_margin: str
    maintenance_margin: str
    stp: str
    stp_group: str | None
    tier: str | None
    limits: Limits
    sequence: int


class Balance(Struct, frozen=True, kw_only=True):
    """What an account has of one asset: total = available + held."""

    asset: str
    total: str
    available: str
    held: str


class Position(Struct, frozen=True, kw_only=True):
    """What fills have made of an account in one symbol."""

    symbol: str
    quantity: str
    average_price: str | None
    mark_price: str | None
    unrealized_pnl: str | None
    realized_pnl: str


class Posting(Struct, frozen=True, kw_only=True):
    """One leg of a movement."""

    posting_id: str
    asset: str
    amount: str
    balance: str
    kind: str
    order_id: int | None
    trade_id: int | None
    at: str
    sequence: int


class PostingPage(Struct, frozen=True):
    """A page of postings."""

    items: list[Posting]
    next: str | None


class NewKey(Struct, frozen=True, kw_only=True):
    """A key that has just been made: the only time its secret is shown. One that signs has none."""

    key_id: str
    account_id: str
    secret: str | None
    key: str | None
    permissions: list[str]
    expires_at: str | None
    allowed_ips: list[str]
    public_key: str | None


class Key(Struct, frozen=True, kw_only=True):
    """A key without its secret."""

    key_id: str
    account_id: str
    permissions: list[str]
    expires_at: str | None
    allowed_ips: list[str]
    public_key: str | None


class Tier(Struct, frozen=True, kw_only=True):
    """The fees of a tier."""

    name: str
    maker_fee_bps: str
    taker_fee_bps: str


class KillSwitch(Struct, frozen=True):
    """How many orders a kill switch canceled."""

    canceled: int


class AccountPage(Struct, frozen=True):
    """A page of accounts."""

    items: list[Account]
    next: str | None


class KeyPage(Struct, frozen=True):
    """A page of keys."""

    items: list[Key]
    next: str | None


class EquityPoint(Struct, frozen=True, kw_only=True):
    """What an account was worth at a moment."""

    at: str
    equity: str
    cash: str


class EquityPage(Struct, frozen=True):
    """A page of what an account was worth, oldest first."""

    items: list[EquityPoint]
    next: str | None
