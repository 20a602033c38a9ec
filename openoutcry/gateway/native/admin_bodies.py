"""What administrators may send, as commands."""

import secrets
from collections.abc import Mapping
from hashlib import sha256
from ipaddress import ip_network
from typing import Any, Final, NamedTuple

from openoutcry.gateway.bodies import (
    Field,
    choice_of,
    decimal,
    positive_decimal,
    read_object,
    symbol,
)
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.times import nanos_of
from openoutcry.model.account import AccountStatus, Key, Permission, Unlimited
from openoutcry.model.commands import ChangeAccount, Deposit, OpenAccount, SetPhase
from openoutcry.model.decimals import units_of
from openoutcry.model.instrument import FeeRates, Grid, Instrument, Phase
from openoutcry.model.units import (
    BPS_SCALE,
    FEE_RATE_PER_BPS,
    UNIT,
    AccountId,
    Amount,
    Asset,
    Bps,
    FeeRate,
    KeyId,
    Lots,
    Symbol,
    Ticks,
)

NAME_MAX: Final = 64
KEY_ID_BYTES: Final = 10
SECRET_BYTES: Final = 32
"""256 random bits: no slow hash is needed to keep them safe."""
ALLOWED_IPS_MAX: Final = 32


def _name(text: str) -> str:
    if not 1 <= len(text) <= NAME_MAX or not text.isprintable() or text != text.strip():
        raise ValueError(f"has 1 to {NAME_MAX} printable characters and no space at either end")
    return text


def _not_negative(text: str) -> int:
    units = decimal(text)
    if units < 0:
        raise ValueError("is not negative")
    return units


def _fee_bps(text: str) -> FeeRate:
    units = units_of(text)
    if units is None or units % (UNIT // FEE_RATE_PER_BPS) or abs(units) >= BPS_SCALE * UNIT:
        raise ValueError("is a decimal of basis points, of at most 8 places, below 10000")
    return FeeRate(units // (UNIT // FEE_RATE_PER_BPS))


def _protection(bps: int) -> Bps:
    if not 0 <= bps < BPS_SCALE:
        raise ValueError("is a whole number of basis points from 0 to 9999")
    return Bps(bps)


def _open_orders(limits: dict[str, object]) -> int | None:
    fields = {"open_orders": Field("integer", _count)}
    found: int | None = read_object(limits, fields, "limits has open_orders").get("open_orders")
    return found


def _changed_open_orders(limits: dict[str, object]) -> int | Unlimited | None:
    """Read a change: absent leaves the limit as it is, null takes it away."""
    found = _open_orders(limits)
    return Unlimited.UNLIMITED if found is None and "open_orders" in limits else found


def _count(number: int) -> int:
    if number < 0:
        raise ValueError("is not negative")
    return number


def _permissions(names: list[object]) -> tuple[Permission, ...]:
    read = choice_of(*Permission)
    chosen = {}
    for name in names:
        chosen[Permission(read(str(name)))] = True
    if not chosen:
        raise ValueError("has at least one of read, trade, admin")
    return tuple(chosen)


def _networks(texts: list[object]) -> tuple[str, ...]:
    if len(texts) > ALLOWED_IPS_MAX:
        raise ValueError(f"has at most {ALLOWED_IPS_MAX} entries")
    networks = tuple(str(text) for text in texts)
    for network in networks:
        ip_network(network, strict=False)
    return networks


def _only_cash(margin: int) -> int:
    if margin != 1:
        raise ValueError("is 1: this venue has cash accounts only")
    return margin


ACCOUNT: Final = {
    "name": Field("string", _name, required=True),
    "cash": Field("string", _not_negative),
    "margin": Field("integer", _only_cash),
    "limits": Field("object", _open_orders),
}
ACCOUNT_CHANGE: Final = {
    "name": Field("string", _name),
    "status": Field("string", choice_of(*AccountStatus)),
    "limits": Field("object", _changed_open_orders),
}
KEY: Final = {
    "permissions": Field("array", _permissions, required=True),
    "expires_at": Field("string", nanos_of),
    "allowed_ips": Field("array", _networks),
}
DEPOSIT: Final = {
    "asset": Field("string", symbol, required=True),
    "quantity": Field("string", decimal, required=True),
}
INSTRUMENT: Final = {
    "asset": Field("string", symbol),
    "currency": Field("string", symbol),
    "price_increment": Field("string", positive_decimal),
    "quantity_increment": Field("string", positive_decimal),
    "reference_price": Field("string", positive_decimal),
    "minimum_quantity": Field("string", positive_decimal),
    "maximum_quantity": Field("string", positive_decimal),
    "minimum_notional": Field("string", _not_negative),
    "protection_bps": Field("integer", _protection),
    "maker_fee_bps": Field("string", _fee_bps),
    "taker_fee_bps": Field("string", _fee_bps),
}
PHASE: Final = {
    "phase": Field("string", choice_of(*Phase), required=True),
    "reason": Field("string", str),
}
REQUIRED_TO_LIST: Final = ("symbol", "price_increment", "quantity_increment", "reference_price")


def open_account(content: Mapping[str, object]) -> OpenAccount:
    """Return the command of `POST /admin/accounts`."""
    sent = read_object(content, ACCOUNT, f"an account has {', '.join(ACCOUNT)}")
    return OpenAccount(
        name=sent["name"],
        cash=Amount(sent.get("cash", 0)),
        open_orders_max=sent.get("limits"),
    )


def change_account(content: Mapping[str, object], account_id: AccountId) -> ChangeAccount:
    """Return the command of `PATCH /admin/accounts/{id}`."""
    sent = read_object(content, ACCOUNT_CHANGE, f"a change has {', '.join(ACCOUNT_CHANGE)}")
    return ChangeAccount(
        account_id=account_id,
        name=sent.get("name"),
        status=sent.get("status"),
        open_orders_max=sent.get("limits"),
    )


class MadeKey(NamedTuple):
    """A key and its secret, which is nowhere else."""

    key: Key
    secret: str


def make_key(content: Mapping[str, object], account_id: AccountId) -> MadeKey:
    """Return a new key for an account, with a secret of 256 random bits."""
    sent = read_object(content, KEY, f"a key has {', '.join(KEY)}")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    key = Key(
        key_id=KeyId(secrets.token_hex(KEY_ID_BYTES)),
        account_id=account_id,
        secret_sha256=sha256(secret.encode()).hexdigest(),
        permissions=sent["permissions"],
        expires_at=sent.get("expires_at"),
        allowed_ips=sent.get("allowed_ips", ()),
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


def set_phase(content: Mapping[str, object], of: Symbol) -> SetPhase:
    """Return the command of `PUT /admin/instruments/{symbol}/phase`."""
    sent = read_object(content, PHASE, "a phase has phase and reason")
    return SetPhase(symbol=of, phase=sent["phase"], reason=sent.get("reason", ""))


def new_instrument(content: Mapping[str, object]) -> Instrument:
    """Return the instrument of `POST /admin/instruments`."""
    fields = {"symbol": Field("string", symbol), **INSTRUMENT}
    fields |= {name: fields[name]._replace(required=True) for name in REQUIRED_TO_LIST}
    sent = read_object(content, fields, f"an instrument has {', '.join(fields)}")
    grid = Grid(
        Asset(sent.get("asset", sent["symbol"])),
        Asset(sent.get("currency", "USD")),
        Amount(sent["price_increment"]),
        Amount(sent["quantity_increment"]),
    )
    plain = Instrument(symbol=Symbol(sent["symbol"]), grid=grid, reference_price=_ticks(sent, grid))
    return _with_fields(plain, sent)


def changed_instrument(content: Mapping[str, object], listed: Instrument) -> Instrument:
    """Return a listed instrument with the fields of `PATCH /admin/instruments/{symbol}`."""
    sent = read_object(content, INSTRUMENT, f"a change has {', '.join(INSTRUMENT)}")
    old = listed.grid
    grid = Grid(
        Asset(sent.get("asset", old.asset)),
        Asset(sent.get("currency", old.currency)),
        Amount(sent.get("price_increment", old.price_increment)),
        Amount(sent.get("quantity_increment", old.quantity_increment)),
    )
    # On another grid, what is not sent again keeps its value, not its number of increments.
    kept = {
        "reference_price": listed.reference_price * old.price_increment,
        "minimum_quantity": listed.minimum_quantity * old.quantity_increment,
        "maximum_quantity": listed.maximum_quantity * old.quantity_increment,
        "minimum_notional": listed.minimum_notional,
        "protection_bps": listed.protection,
        "maker_fee_bps": listed.fees.maker,
        "taker_fee_bps": listed.fees.taker,
    }
    merged = kept | sent
    plain = Instrument(symbol=listed.symbol, grid=grid, reference_price=_ticks(merged, grid))
    return _with_fields(plain, merged)


def _with_fields(plain: Instrument, sent: Mapping[str, Any]) -> Instrument:
    lot = plain.grid.quantity_increment
    return Instrument(
        symbol=plain.symbol,
        grid=plain.grid,
        reference_price=plain.reference_price,
        minimum_quantity=_whole("minimum_quantity", sent, lot, plain.minimum_quantity),
        maximum_quantity=_whole("maximum_quantity", sent, lot, plain.maximum_quantity),
        minimum_notional=Amount(sent.get("minimum_notional", 0)),
        protection=sent.get("protection_bps", plain.protection),
        fees=FeeRates(FeeRate(sent.get("maker_fee_bps", 0)), FeeRate(sent.get("taker_fee_bps", 0))),
    )


def _whole(name: str, sent: Mapping[str, Any], increment: int, default: Lots) -> Lots:
    if name not in sent:
        return default
    lots, off_grid = divmod(sent[name], increment)
    if off_grid:
        raise Problem(400, "invalid_value", f"{name} is a whole number of quantity increments")
    return Lots(lots)


def _ticks(sent: Mapping[str, Any], grid: Grid) -> Ticks:
    ticks, off_grid = divmod(sent["reference_price"], grid.price_increment)
    if off_grid:
        raise Problem(400, "invalid_value", "reference_price is a whole number of price increments")
    return Ticks(ticks)
