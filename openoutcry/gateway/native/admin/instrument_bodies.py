"""What may be said about instruments: by administrators, and by the file of a first start."""

from collections.abc import Mapping
from typing import Any, Final

from openoutcry.calendars.known import Calendars
from openoutcry.gateway.bodies import (
    Field,
    choice_of,
    positive_decimal,
    read_object,
    shown,
    symbol,
)
from openoutcry.gateway.native.admin import fields
from openoutcry.gateway.problems import Problem
from openoutcry.model.commands import SetPhase
from openoutcry.model.instrument import FeeRates, Grid, Instrument, Phase
from openoutcry.model.units import Amount, Asset, FeeRate, Lots, Symbol, Ticks

INSTRUMENT: Final = {
    "asset": Field("string", symbol),
    "currency": Field("string", symbol),
    "price_increment": Field("string", positive_decimal),
    "quantity_increment": Field("string", positive_decimal),
    "reference_price": Field("string", positive_decimal),
    "minimum_quantity": Field("string", positive_decimal),
    "maximum_quantity": Field("string", positive_decimal),
    "minimum_notional": Field("string", fields.not_negative),
    "protection_bps": Field("integer", fields.protection),
    "collar_bps": Field("integer", fields.width),
    "band_bps": Field("integer", fields.width),
    "maker_fee_bps": Field("string", fields.fee_bps),
    "taker_fee_bps": Field("string", fields.fee_bps),
    "shortable": Field("boolean", bool),
    "calendar": Field("string", symbol),
}
REQUIRED_TO_LIST: Final = ("symbol", "price_increment", "quantity_increment", "reference_price")
_PHASE: Final = Field("string", choice_of(*Phase))
_LISTED: Final = {"symbol": Field("string", symbol), **INSTRUMENT, "phase": _PHASE}
LISTING: Final = _LISTED | {
    name: _LISTED[name]._replace(required=True) for name in REQUIRED_TO_LIST
}
"""Of a new instrument."""
PHASE: Final = {
    "phase": _PHASE._replace(required=True),
    "reason": Field("string", fields.reason),
}
_WIDTHS: Final = ("collar_bps", "band_bps")


def set_phase(content: Mapping[str, object], of: Symbol) -> SetPhase:
    """Return the command of `PUT /admin/instruments/{symbol}/phase`."""
    sent = read_object(content, PHASE, "a phase has phase and reason")
    return SetPhase(symbol=of, phase=sent["phase"], reason=sent.get("reason", ""))


def new_instrument(content: Mapping[str, object], calendars: Calendars, now: int) -> Instrument:
    """Return the instrument of `POST /admin/instruments`, in the phase that its calendar is in."""
    sent = read_object(content, LISTING, f"an instrument has {', '.join(LISTING)}")
    grid = Grid(
        Asset(sent.get("asset", sent["symbol"])),
        Asset(sent.get("currency", "USD")),
        Amount(sent["price_increment"]),
        Amount(sent["quantity_increment"]),
    )
    calendar = _calendar(sent.get("calendar", calendars.default), calendars)
    plain = Instrument(
        symbol=Symbol(sent["symbol"]),
        grid=grid,
        reference_price=_ticks(sent, grid),
        phase=sent.get("phase") or calendars.phase(calendar, now),
    )
    return _with_fields(plain, sent | {"calendar": calendar})


def changed_instrument(
    content: Mapping[str, object], listed: Instrument, calendars: Calendars
) -> Instrument:
    """Return a listed instrument with the fields of `PATCH /admin/instruments/{symbol}`.

    Null takes a collar or a band away.
    """
    sent = read_object(content, INSTRUMENT, f"a change has {', '.join(INSTRUMENT)}")
    if "calendar" in sent:
        _calendar(sent["calendar"], calendars)
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
        "collar_bps": listed.collar,
        "band_bps": listed.band,
        "maker_fee_bps": listed.fees.maker,
        "taker_fee_bps": listed.fees.taker,
        "shortable": listed.shortable,
        "calendar": listed.calendar,
    }
    taken_away = {name: None for name in _WIDTHS if name in content and content[name] is None}
    merged = kept | sent | taken_away
    plain = Instrument(
        symbol=listed.symbol,
        grid=grid,
        reference_price=_ticks(merged, grid),
        phase=listed.phase,
        listed_by_use=listed.listed_by_use,
    )
    return _with_fields(plain, merged)


def _with_fields(plain: Instrument, sent: Mapping[str, Any]) -> Instrument:
    lot = plain.grid.quantity_increment
    return Instrument(
        symbol=plain.symbol,
        grid=plain.grid,
        reference_price=plain.reference_price,
        phase=plain.phase,
        minimum_quantity=_whole("minimum_quantity", sent, lot, plain.minimum_quantity),
        maximum_quantity=_whole("maximum_quantity", sent, lot, plain.maximum_quantity),
        minimum_notional=Amount(sent.get("minimum_notional", 0)),
        protection=sent.get("protection_bps", plain.protection),
        collar=sent.get("collar_bps"),
        band=sent.get("band_bps"),
        shortable=sent.get("shortable", False),
        calendar=sent["calendar"],
        fees=FeeRates(FeeRate(sent.get("maker_fee_bps", 0)), FeeRate(sent.get("taker_fee_bps", 0))),
        listed_by_use=plain.listed_by_use,
    )


def _calendar(name: str, calendars: Calendars) -> str:
    names = calendars.names()
    if name not in names:
        detail = f"calendar is one of {', '.join(names)}; found {shown(name)}"
        raise Problem(400, "invalid_value", detail)
    return name


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
