"""What an operator may do to trading as a whole: `tier`, `bust` and `kill-switch`."""

from typing import Annotated

import typer

from openoutcry.cli.api import Row, part
from openoutcry.cli.options import AdminKey, AsJson, Url, administration
from openoutcry.cli.show import show_row

Reason = Annotated[str, typer.Option(help="Why, for the record.")]


def tier(
    name: Annotated[str, typer.Argument(help="What accounts name as theirs.", show_default=False)],
    maker: Annotated[str, typer.Option(help="Basis points; a rebate is negative: --maker=-0.5.")],
    taker: Annotated[str, typer.Option(help="Basis points.")],
    url: Url = None,
    key: AdminKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Fix the fees that the accounts of a tier pay for orders from here on."""
    body: Row = {"maker_fee_bps": maker, "taker_fee_bps": taker}
    path = f"/admin/tiers/{part(name)}"
    show_row(administration(url, key).write("PUT", path, body), as_json=as_json)


def bust(
    trade_id: Annotated[int, typer.Argument(help="As the tape numbers it.", show_default=False)],
    reason: Reason = "",
    url: Url = None,
    key: AdminKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Undo a trade on both sides, with its fees."""
    path = f"/admin/trades/{trade_id}/bust"
    show_row(administration(url, key).write("POST", path, {"reason": reason}), as_json=as_json)


def kill_switch(
    account_id: Annotated[
        str | None, typer.Argument(help="One account; else the venue.", show_default=False)
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Let trade again.")] = False,  # noqa: FBT002
    reason: Reason = "",
    url: Url = None,
    key: AdminKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Cancel all orders of an account, or of everybody, and let no new ones in."""
    body: Row = {"on": not off, "reason": reason}
    if account_id is not None:
        body["account_id"] = account_id
    answer = administration(url, key).write("PUT", "/admin/kill-switch", body)
    show_row(answer, as_json=as_json)
