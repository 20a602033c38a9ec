"""`openoutcry instrument`: what can be traded, and whether it may be now."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from openoutcry.cli.api import Api, Row, part
from openoutcry.cli.options import AdminKey, AsJson, Url, administration
from openoutcry.cli.show import show_row, show_rows
from openoutcry.gateway.native.admin_bodies import INSTRUMENT, REQUIRED_TO_LIST
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
_NAMES: Final = ", ".join(INSTRUMENT)
_FIELDS: Final = f"Fields: {_NAMES}."
_NEEDED: Final = f"Needed: {', '.join(name for name in REQUIRED_TO_LIST if name in INSTRUMENT)}."

instrument = typer.Typer(
    name="instrument", help="List, change, halt and resume instruments.", no_args_is_help=True
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
    body = {"symbol": symbol, **_values_of(fields)}
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
    changed = administration(url, key).write("PATCH", path, _values_of(fields))
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


def _set_phase(phase: Phase, symbol: str, reason: str, venue: Api, *, as_json: bool) -> None:
    body: Row = {"phase": phase.value, "reason": reason}
    path = f"/admin/instruments/{part(symbol)}/phase"
    show_row(venue.write("PUT", path, body), as_json=as_json)


def _values_of(fields: Sequence[str]) -> Row:
    """Return what `field=value` arguments say; what a field means is the venue's to judge."""
    values: Row = {}
    for text in fields:
        name, equals, value = text.partition("=")
        if not equals or name not in INSTRUMENT:
            raise typer.BadParameter(f"{text!r} is not FIELD=VALUE with one of {_NAMES}")
        if name in values:
            raise typer.BadParameter(f"{name} is there twice")
        values[name] = _value_of(name, value)
    return values


def _value_of(name: str, text: str) -> object:
    if INSTRUMENT[name].kind != "integer":
        return text
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{name} is a whole number; found {text!r}") from None
