"""Accounts, what they have and what moved, and their keys."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from msgspec import Struct


class QuoteLimit(Struct, frozen=True, kw_only=True):
    """How much may be taken from an account's quotes within a time before the rest is canceled."""

    quantity: Decimal
    window_s: int


class Limits(Struct, frozen=True, kw_only=True):
    """What an account may do at most; None, or a symbol that is absent, is no limit."""

    open_orders: int | None = None
    positions: Mapping[str, Decimal] = {}
    mass_quote: QuoteLimit | None = None


class Account(Struct, frozen=True, kw_only=True):
    """An account with what it is worth now."""

    account_id: str
    name: str
    status: str
    cash: Decimal
    equity: Decimal
    buying_power: Decimal
    margin: int
    initial_margin: Decimal
    maintenance_margin: Decimal
    stp: str
    stp_group: str | None
    tier: str | None
    limits: Limits
    sequence: int


class Balance(Struct, frozen=True, kw_only=True):
    """What an account has of one asset: total = available + held."""

    asset: str
    total: Decimal
    available: Decimal
    held: Decimal


class Position(Struct, frozen=True, kw_only=True):
    """What fills have made of an account in one symbol."""

    symbol: str
    quantity: Decimal
    average_price: Decimal | None
    mark_price: Decimal | None
    unrealized_pnl: Decimal | None
    realized_pnl: Decimal


class Posting(Struct, frozen=True, kw_only=True):
    """One leg of a movement; `amount` is signed, `balance` is what it left."""

    posting_id: str
    asset: str
    amount: Decimal
    balance: Decimal
    kind: str
    order_id: int | None
    trade_id: int | None
    at: datetime
    sequence: int


class Worth(Struct, frozen=True, kw_only=True):
    """What an account was worth at a time."""

    at: datetime
    equity: Decimal
    cash: Decimal


class Key(Struct, frozen=True, kw_only=True):
    """A key without its secret."""

    key_id: str
    account_id: str
    permissions: list[str]
    expires_at: datetime | None
    allowed_ips: list[str]
    public_key: str | None


class NewKey(Struct, frozen=True, kw_only=True):
    """A key just made: the only time its secret is shown; `key` is what a client is given.

    Both are None of a key that signs, and of one whose first answer was lost: revoke that one.
    """

    key_id: str
    account_id: str
    secret: str | None
    key: str | None
    permissions: list[str]
    expires_at: datetime | None
    allowed_ips: list[str]
    public_key: str | None


class Tier(Struct, frozen=True, kw_only=True):
    """The fees of a tier."""

    name: str
    maker_fee_bps: Decimal
    taker_fee_bps: Decimal


class KillSwitch(Struct, frozen=True):
    """How many orders a kill switch canceled."""

    canceled: int
