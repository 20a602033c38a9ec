"""What administrators may send about accounts, their keys and their money, as commands."""

import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

from openoutcry.gateway.bodies import Field, choice_of, decimal, read_object, symbol, visible
from openoutcry.gateway.native.admin import fields
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.signatures import public_key
from openoutcry.model.account import AccountStatus, Key, QuoteLimit, Unlimited
from openoutcry.model.commands import ChangeAccount, Deposit, OpenAccount, ResetAccount
from openoutcry.model.order import SelfTradePrevention
from openoutcry.model.units import AccountId, Amount, Asset, KeyId, Nanos
from openoutcry.wire.times import nanos_of

KEY_ID_BYTES: Final = 10
SECRET_BYTES: Final = 32
"""256 random bits: no slow hash is needed to keep them safe."""

_TERMS: Final = {
    "margin": Field("integer", fields.margin),
    "stp": Field("string", choice_of(*SelfTradePrevention)),
    "stp_group": Field("string", visible),
    "tier": Field("string", visible),
    "limits": Field("object", fields.limits),
}
ACCOUNT: Final = {
    "name": Field("string", fields.name, required=True),
    "cash": Field("string", fields.not_negative),
    **_TERMS,
}
ACCOUNT_CHANGE: Final = {
    "name": Field("string", fields.name),
    "status": Field("string", choice_of(*AccountStatus)),
    **_TERMS,
}
KEY: Final = {
    "permissions": Field("array", fields.permissions, required=True),
    "expires_at": Field("string", nanos_of),
    "allowed_ips": Field("array", fields.networks),
    "public_key": Field("string", public_key),
}
DEPOSIT: Final = {
    "asset": Field("string", symbol, required=True),
    "quantity": Field("string", decimal, required=True),
}
RESET: Final = {"cash": Field("string", fields.not_negative, required=True)}
_NO_QUOTE_LIMIT: Final = QuoteLimit(quantity=Amount(0), window=Nanos(0))
_TAKEN_AWAY: Final[dict[str, object]] = {
    "open_orders": Unlimited.UNLIMITED,
    "positions": {},
    "mass_quote": _NO_QUOTE_LIMIT,
}
"""What a change says of a limit that was sent as null."""


def open_account(content: Mapping[str, object]) -> OpenAccount:
    """Return the command of `POST /admin/accounts`."""
    sent = read_object(content, ACCOUNT, f"an account has {', '.join(ACCOUNT)}")
    limits: dict[str, Any] = sent.get("limits", {})
    return OpenAccount(
        name=sent["name"],
        cash=Amount(sent.get("cash", 0)),
        open_orders_max=limits.get("open_orders"),
        stp=sent.get("stp", SelfTradePrevention.CANCEL_NEWEST),
        stp_group=sent.get("stp_group"),
        margin=sent.get("margin", 1),
        tier=sent.get("tier"),
        position_limits=limits.get("positions") or {},
        mass_quote=limits.get("mass_quote"),
    )


def change_account(content: Mapping[str, object], account_id: AccountId) -> ChangeAccount:
    """Return the command of `PATCH /admin/accounts/{id}`.

    Null takes away what an account may be without: its tier, its group, a limit.
    """
    sent = read_object(content, ACCOUNT_CHANGE, f"a change has {', '.join(ACCOUNT_CHANGE)}")
    limits: dict[str, Any] = sent.get("limits", {})
    for name, nothing in _TAKEN_AWAY.items():
        if name in limits and limits[name] is None:
            limits[name] = nothing
    return ChangeAccount(
        account_id=account_id,
        name=sent.get("name"),
        status=sent.get("status"),
        open_orders_max=limits.get("open_orders"),
        stp=sent.get("stp"),
        stp_group=_or_nothing("stp_group", sent, content),
        margin=sent.get("margin"),
        tier=_or_nothing("tier", sent, content),
        position_limits=limits.get("positions"),
        mass_quote=limits.get("mass_quote"),
    )


def _or_nothing(name: str, sent: Mapping[str, Any], content: Mapping[str, object]) -> str | None:
    """Return what was sent: empty for null, which takes it away; None leaves as it is."""
    found: str | None = sent.get(name)
    return "" if found is None and name in content else found


class MadeKey(NamedTuple):
    """A key and its secret, which is nowhere else; None where the key signs."""

    key: Key
    secret: str | None


def make_key(content: Mapping[str, object], account_id: AccountId) -> MadeKey:
    """Return a new key for an account: one that signs, or one with a secret of 256 random bits."""
    sent = read_object(content, KEY, f"a key has {', '.join(KEY)}")
    signs_with = sent.get("public_key", "")
    secret = None if signs_with else secrets.token_urlsafe(SECRET_BYTES)
    key = Key(
        key_id=KeyId(secrets.token_hex(KEY_ID_BYTES)),
        account_id=account_id,
        secret_sha256="" if secret is None else sha256(secret.encode()).hexdigest(),
        permissions=sent["permissions"],
        expires_at=sent.get("expires_at"),
        allowed_ips=sent.get("allowed_ips", ()),
        public_key=signs_with,
    )
    return MadeKey(key, secret)


def deposit(content: Mapping[str, object], account_id: AccountId) -> Deposit:
    """Return the command of `POST /admin/accounts/{id}/deposits`; negative is a withdrawal."""
    sent = read_object(content, DEPOSIT, "a deposit has asset and quantity")
    if sent["quantity"] == 0:
        raise Problem(400, "invalid_value", "quantity is not zero; negative is a withdrawal")
    return Deposit(
        account_id=account_id, asset=Asset(sent["asset"]), amount=Amount(sent["quantity"])
    )


def reset_account(content: Mapping[str, object], account_id: AccountId) -> ResetAccount:
    """Return the command that lets an account begin anew."""
    sent = read_object(content, RESET, "a reset has cash")
    return ResetAccount(account_id=account_id, cash=sent["cash"])
