"""The past as the native API sends it: what became of an order, and what one sequence was."""

from typing import Any

from msgspec import Struct

from openoutcry.wire.accounts import Posting
from openoutcry.wire.orders import Order


class OrderEvent(Struct, frozen=True, kw_only=True):
    """One thing that became of an order, and the order after it."""

    sequence: int
    at: str
    event: str
    order: Order
    trade_id: int | None = None
    last_price: str | None = None
    last_quantity: str | None = None
    liquidity: str | None = None
    fee: str | None = None


class OrderEventPage(Struct, frozen=True):
    """A page of an order's events, newest first."""

    items: list[OrderEvent]
    next: str | None


class OwnedPosting(Posting, frozen=True, kw_only=True, omit_defaults=True):
    """A posting; for administrators, of which account."""

    account_id: str | None = None


class SequenceRecord(Struct, frozen=True, kw_only=True):
    """The record that a sequence belongs to: what was asked, and everything that came of it."""

    sequence: int
    first: int
    last: int
    at: str
    at_ns: int
    command: dict[str, Any] | None
    actor: str | None
    door: str | None
    request_id: str | None
    events: list[dict[str, Any]]
    postings: list[OwnedPosting]
    hash: str
    previous_hash: str
