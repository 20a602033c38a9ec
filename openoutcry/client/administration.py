"""The calls of an administrator."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, TypedDict, Unpack

from openoutcry.client.answers.accounts import (
    Account,
    Key,
    KillSwitch,
    NewKey,
    Posting,
    Tier,
)
from openoutcry.client.answers.market import Instrument, Trade
from openoutcry.client.request import Listing, Request, get, part, write
from openoutcry.client.terms import Number, Permission, Phase, SelfTrade, moment, number, said


class AccountTerms(TypedDict, total=False):
    """What may be said of an account. `limits` are as the API has them, decimals included."""

    margin: Literal[1, 2, 4]
    stp: SelfTrade
    stp_group: str
    tier: str
    limits: Mapping[str, object]


class InstrumentTerms(TypedDict, total=False):
    """What may be said of an instrument."""

    asset: str
    currency: str
    price_increment: Number
    quantity_increment: Number
    reference_price: Number
    minimum_quantity: Number
    maximum_quantity: Number
    minimum_notional: Number
    protection_bps: int
    collar_bps: int
    band_bps: int
    maker_fee_bps: Number
    taker_fee_bps: Number
    shortable: bool
    calendar: str


_INTEGERS = frozenset({"protection_bps", "collar_bps", "band_bps"})


def open_account(
    name: str,
    *,
    cash: Number = 0,
    idempotency_key: str | None = None,
    **terms: Unpack[AccountTerms],
) -> Request[Account]:
    """Open an account."""
    body = _said({"name": name, "cash": number(cash), **terms})
    return write("POST", "/admin/accounts", Account, body, idempotency_key)


def accounts(*, limit: int | None = None) -> Listing[Account]:
    """List accounts in the order of their opening."""
    return Listing(path="/admin/accounts", item=Account, limit=limit)


def account(account_id: str) -> Request[Account]:
    """Read an account."""
    return get(f"/admin/accounts/{part(account_id)}", Account)


def change_account(
    account_id: str,
    *,
    name: str | None = None,
    status: Literal["active", "blocked"] | None = None,
    idempotency_key: str | None = None,
    **terms: Unpack[AccountTerms],
) -> Request[Account]:
    """Change an account; only what is named changes."""
    body = _said({"name": name, "status": status, **terms})
    path = f"/admin/accounts/{part(account_id)}"
    return write("PATCH", path, Account, body, idempotency_key)


def make_key(
    account_id: str,
    permissions: Sequence[Permission] = ("read", "trade"),
    *,
    expires_at: datetime | None = None,
    allowed_ips: Sequence[str] | None = None,
    public_key: str | None = None,
    idempotency_key: str | None = None,
) -> Request[NewKey]:
    """Make a key; with a public one it signs and has no secret."""
    body = _said(
        {
            "permissions": list(permissions),
            "expires_at": None if expires_at is None else moment(expires_at),
            "allowed_ips": None if allowed_ips is None else list(allowed_ips),
            "public_key": public_key,
        }
    )
    path = f"/admin/accounts/{part(account_id)}/keys"
    return write("POST", path, NewKey, body, idempotency_key)


def keys(account_id: str, *, limit: int | None = None) -> Listing[Key]:
    """List the keys of an account."""
    return Listing(path=f"/admin/accounts/{part(account_id)}/keys", item=Key, limit=limit)


def revoke_key(key_id: str, *, idempotency_key: str | None = None) -> Request[None]:
    """Let a key open nothing any more."""
    path = f"/admin/keys/{part(key_id)}"
    return write("DELETE", path, type(None), None, idempotency_key)


def deposit(
    account_id: str, asset: str, quantity: Number, *, idempotency_key: str | None = None
) -> Request[Posting]:
    """Deposit, or withdraw a negative quantity."""
    body = {"asset": asset, "quantity": number(quantity)}
    path = f"/admin/accounts/{part(account_id)}/deposits"
    return write("POST", path, Posting, body, idempotency_key)


def reset_account(
    account_id: str, cash: Number, *, idempotency_key: str | None = None
) -> Request[Account]:
    """Let an account begin anew with so much cash."""
    path = f"/admin/accounts/{part(account_id)}/reset"
    return write("POST", path, Account, {"cash": number(cash)}, idempotency_key)


def instruments() -> Request[list[Instrument]]:
    """Read all instruments."""
    return get("/admin/instruments", list[Instrument])


def list_instrument(
    symbol: str, *, idempotency_key: str | None = None, **terms: Unpack[InstrumentTerms]
) -> Request[Instrument]:
    """List an instrument; it needs both increments and a reference price."""
    body = {"symbol": symbol, **_instrument(terms)}
    return write("POST", "/admin/instruments", Instrument, body, idempotency_key)


def change_instrument(
    symbol: str, *, idempotency_key: str | None = None, **terms: Unpack[InstrumentTerms]
) -> Request[Instrument]:
    """Change an instrument; only what is named changes."""
    path = f"/admin/instruments/{part(symbol)}"
    return write("PATCH", path, Instrument, _instrument(terms), idempotency_key)


def delist(symbol: str, *, idempotency_key: str | None = None) -> Request[Instrument]:
    """Delist an instrument: what rests is canceled, positions stay."""
    path = f"/admin/instruments/{part(symbol)}"
    return write("DELETE", path, Instrument, None, idempotency_key)


def set_phase(
    symbol: str, phase: Phase, *, reason: str | None = None, idempotency_key: str | None = None
) -> Request[Instrument]:
    """Halt an instrument, call an auction, or let it trade."""
    path = f"/admin/instruments/{part(symbol)}/phase"
    body = _said({"phase": phase, "reason": reason})
    return write("PUT", path, Instrument, body, idempotency_key)


def bust(trade_id: int, reason: str, *, idempotency_key: str | None = None) -> Request[Trade]:
    """Undo a trade."""
    path = f"/admin/trades/{trade_id}/bust"
    return write("POST", path, Trade, {"reason": reason}, idempotency_key)


def kill_switch(
    *,
    on: bool,
    account_id: str | None = None,
    reason: str | None = None,
    idempotency_key: str | None = None,
) -> Request[KillSwitch]:
    """Cancel and block an account, or without one the whole venue; off unblocks."""
    body = _said({"account_id": account_id, "on": on, "reason": reason})
    return write("PUT", "/admin/kill-switch", KillSwitch, body, idempotency_key)


def set_tier(
    name: str,
    *,
    maker_fee_bps: Number,
    taker_fee_bps: Number,
    idempotency_key: str | None = None,
) -> Request[Tier]:
    """Set the fees of a tier."""
    body = {"maker_fee_bps": number(maker_fee_bps), "taker_fee_bps": number(taker_fee_bps)}
    return write("PUT", f"/admin/tiers/{part(name)}", Tier, body, idempotency_key)


def _instrument(terms: Mapping[str, object]) -> dict[str, object]:
    return {
        name: number(value)
        if isinstance(value, int) and not isinstance(value, bool) and name not in _INTEGERS
        else said(value)
        for name, value in terms.items()
    }


def _said(body: Mapping[str, object]) -> dict[str, object]:
    return {name: said(value) for name, value in body.items() if value is not None}
