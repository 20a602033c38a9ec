"""`openoutcry instrument`: what can be traded, and whether it may be now."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import typer

from openoutcry.cli.api import Api, Row, part
from openoutcry.cli.options import AdminKey, AsJson, Url, administration
from openoutcry.cli.show import show_row, show_rows
from openoutcry.gateway.bodies import Field
from openoutcry.gateway.native.admin.instrument_bodies import (
    INSTRUMENT,
    LISTING,
    REQUIRED_TO_LIST,
)
from openoutcry.model.instrument import Phase

COLUMNS: Final = (
    "symbol",
    "phase",
    "currency",
    "price_increment",
    "quantity_increment",
    "reference_price",
    "maker_fee_bps",
    "taker_fee_bps",
)
_FIELDS: Final = f"Fields: {', '.join(INSTRUMENT)}. No value, as in band_bps=, is none."
_NEEDED: Final = f"Needed: {', '.join(name for name in REQUIRED_TO_LIST if name in INSTRUMENT)}."

_LISTING: Final = {name: field for name, field in LISTING.items() if name != "symbol"}
_TRUTHS: Final = {"true": True, "false": False}

instrument = typer.Typer(
    name="instrument",
    help="List, change, halt, resume and delist instruments.",
    no_args_is_help=True,
)
Symbol = Annotated[str, typer.Argument(help="Such as AAPL or EUR/USD.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Why, for the record.")]


@instrument.command("list")
def list_instruments(url: Url = None, key: AdminKey = None, *, as_json: AsJson = False) -> None:
    """List what can be traded."""
    show_rows(administration(url, key).read_all("/instruments"), COLUMNS, as_json=as_json)


@instrument.command("add", epilog=f"{_FIELDS} {_NEEDED}")
def add(
    symbol: Symbol,
    fields: Annotated[
        list[str],
        typer.Argument(
            metavar="FIELD=VALUE…",
            help="Such as price_increment=0.01 quantity_increment=1 reference_price=50.",
            show_default=False,
        ),
    ],
    url: Url = None,
    key: AdminKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List an instrument."""
    body = {"symbol": symbol, **_values_of(fields, _LISTING)}
    listed = administration(url, key).write("POST", "/admin/instruments", body)
    show_row(listed, as_json=as_json)


@instrument.command("change", epilog=_FIELDS)
def change(
    symbol: Symbol,
    fields: Annotated[
        list[str],
        typer.Argument(
            metavar="FIELD=VALUE…", help="Such as taker_fee_bps=2.5.", show_default=False
        ),
    ],
    url: Url = None,
    key: AdminKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Change an instrument's fields; its grid only while nothing is open in it."""
    path = f"/admin/instruments/{part(symbol)}"
    changed = administration(url, key).write("PATCH", path, _values_of(fields, INSTRUMENT))
    show_row(changed, as_json=as_json)


@instrument.command("halt")
def halt(
    symbol: Symbol,
    reason: Reason = "",
    url: Url = None,
    key: AdminKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Stop trading in an instrument; cancels work."""
    _set_phase(Phase.HALTED, symbol, reason, administration(url, key), as_json=as_json)


@instrument.command("resume")
def resume(
    symbol: Symbol,
    reason: Reason = "",
    url: Url = None,
    key: AdminKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Let an instrument trade again."""
    _set_phase(Phase.CONTINUOUS, symbol, reason, administration(url, key), as_json=as_json)


@instrument.command("phase")
def phase(
    symbol: Symbol,
    to: Annotated[Phase, typer.Argument(help="Where to move it.", show_default=False)],
    reason: Reason = "",
    url: Url = None,
    key: AdminKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Move an instrument to a phase; an auction that ends uncrosses."""
    _set_phase(to, symbol, reason, administration(url, key), as_json=as_json)


@instrument.command("delist")
def delist(
    symbol: Symbol, url: Url = None, key: AdminKey = None, *, as_json: AsJson = False
) -> None:
    """End trading for good: what rests is canceled, positions stay."""
    ended = administration(url, key).delete(f"/admin/instruments/{part(symbol)}")
    show_row(ended, as_json=as_json)


def _set_phase(phase: Phase, symbol: str, reason: str, venue: Api, *, as_json: bool) -> None:
    body: Row = {"phase": phase.value, "reason": reason}
    path = f"/admin/instruments/{part(symbol)}/phase"
    show_row(venue.write("PUT", path, body), as_json=as_json)


def _values_of(fields: Sequence[str], known: Mapping[str, Field]) -> Row:
    """Return what `field=value` arguments say; what a field means is the venue's to judge."""
    values: Row = {}
    for text in fields:
        name, equals, value = text.partition("=")
        if not equals or name not in known:
            names = ", ".join(known)
            raise typer.BadParameter(f"{text!r} is not FIELD=VALUE with one of {names}")
        if name in values:
            raise typer.BadParameter(f"{name} is there twice")
        values[name] = _value_of(name, known[name].kind, value)
    return values


def _value_of(name: str, kind: str, text: str) -> object:
    if not text:
        return None
    try:
        match kind:
            case "integer":
                return int(text)
            case "boolean":
                return _TRUTHS[text]
            case _:
                return text
    except (KeyError, ValueError):
        words = "a whole number" if kind == "integer" else "true or false"
        raise typer.BadParameter(f"{name} is {words}; found {text!r}") from None
