"""Accounts, balances, positions, postings and keys as the native API sends them."""

from msgspec import Struct


class Account(Struct, frozen=True, kw_only=True):
    """An account with what it is worth now."""

    account_id: str
    name: str
    status: str
    cash: str
    equity: str
    buying_power: str
    margin: int
    limits: dict[str, int]
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
    """A key that has just been made: the only time its secret is shown."""

    key_id: str
    account_id: str
    secret: str | None
    key: str | None
    permissions: list[str]
    expires_at: str | None
    allowed_ips: list[str]


class Key(Struct, frozen=True, kw_only=True):
    """A key without its secret."""

    key_id: str
    account_id: str
    permissions: list[str]
    expires_at: str | None
    allowed_ips: list[str]


class AccountPage(Struct, frozen=True):
    """A page of accounts."""

    items: list[Account]
    next: str | None


class KeyPage(Struct, frozen=True):
    """A page of keys."""

    items: list[Key]
    next: str | None
