"""The calls about one's own account."""

from datetime import datetime

from openoutcry.client.answers.accounts import Account, Balance, Position, Posting, Worth
from openoutcry.client.answers.orders import Fill, Order
from openoutcry.client.request import Listing, Request, asked, get, part, write
from openoutcry.client.terms import Interval, Number, moment, number


def account() -> Request[Account]:
    """Read the account and what it is worth."""
    return get("/account", Account)


def balances(*, as_of: int | None = None) -> Request[list[Balance]]:
    """Read what the account has of every asset."""
    return get("/balances", list[Balance], as_of=as_of)


def positions(*, as_of: int | None = None) -> Request[list[Position]]:
    """Read all positions."""
    return get("/positions", list[Position], as_of=as_of)


def position(symbol: str, *, as_of: int | None = None) -> Request[Position]:
    """Read the position in one symbol."""
    return get(f"/positions/{part(symbol)}", Position, as_of=as_of)


def flatten(symbol: str, *, idempotency_key: str | None = None) -> Request[Order]:
    """Close the position in a symbol by a market order."""
    return write("DELETE", f"/positions/{part(symbol)}", Order, None, idempotency_key)


def fills(*, limit: int | None = None) -> Listing[Fill]:
    """List fills, newest first."""
    return Listing(path="/fills", item=Fill, limit=limit)


def postings(*, limit: int | None = None) -> Listing[Posting]:
    """List what moved, newest first."""
    return Listing(path="/postings", item=Posting, limit=limit)


def equity(
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    interval: Interval | None = None,
    limit: int | None = None,
) -> Listing[Worth]:
    """List what the account was worth over time."""
    query = asked(
        start=None if start is None else moment(start),
        end=None if end is None else moment(end),
        interval=interval,
    )
    return Listing(path="/equity", item=Worth, query=query, limit=limit)


def reset_account(cash: Number, *, idempotency_key: str | None = None) -> Request[Account]:
    """Begin anew with so much paper money: orders end, positions are gone."""
    return write("POST", "/account/reset", Account, {"cash": number(cash)}, idempotency_key)
