"""`openoutcry account`: whose money it is."""

from typing import Annotated, Final

import typer

from openoutcry.cli import terms
from openoutcry.cli.api import Row, part
from openoutcry.cli.options import LIMIT_DEFAULT, AdminKey, AsJson, Limit, Url, administration
from openoutcry.cli.show import show_row, show_rows

COLUMNS: Final = ("account_id", "name", "status", "margin", "cash", "equity", "buying_power")

account = typer.Typer(
    name="account", help="Open, list, change, block and fund accounts.", no_args_is_help=True
)
AccountId = Annotated[str, typer.Argument(help="The account's id.", show_default=False)]
Asset = Annotated[str, typer.Argument(help="USD, a share, a coin.", show_default=False)]
Quantity = Annotated[
    str, typer.Argument(help="A decimal such as 1000 or 0.25.", show_default=False)
]


@account.command("open")
def open_account(  # noqa: PLR0913  (each is an option of the command)
    name: Annotated[str, typer.Argument(help="What people call it.", show_default=False)],
    cash: Annotated[str, typer.Option(help="First deposit, in USD.")] = "0",
    *,
    margin: terms.Margin = None,
    stp: terms.Stp = None,
    stp_group: terms.StpGroup = None,
    tier: terms.Tier = None,
    open_orders: terms.OpenOrders = None,
    positions: terms.Positions = None,
    mass_quote: terms.MassQuote = None,
    url: Url = None,
    key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Open an account."""
    mode = stp.value if stp is not None else None
    named = {"name": name, "cash": cash, "margin": margin, "stp": mode, "stp_group": stp_group}
    limits = terms.limits_of(open_orders, positions, mass_quote)
    body = terms.body_of({**named, "tier": tier}, limits)
    opened = administration(url, key).write("POST", "/admin/accounts", body)
    show_row(opened, as_json=as_json)


@account.command("change")
def change(  # noqa: PLR0913  (each is an option of the command)
    account_id: AccountId,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    *,
    margin: terms.Margin = None,
    stp: terms.Stp = None,
    stp_group: terms.StpGroup = None,
    tier: terms.Tier = None,
    open_orders: terms.OpenOrders = None,
    positions: terms.Positions = None,
    mass_quote: terms.MassQuote = None,
    without: terms.Without = None,
    url: Url = None,
    key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Change an account's terms and limits; what is not named stays."""
    mode = stp.value if stp is not None else None
    named = {"name": name, "margin": margin, "stp": mode, "stp_group": stp_group, "tier": tier}
    limits = terms.limits_of(open_orders, positions, mass_quote)
    body = terms.body_of(named, limits, without)
    if not body:
        raise typer.BadParameter("a change has an option at least")
    path = f"/admin/accounts/{part(account_id)}"
    show_row(administration(url, key).write("PATCH", path, body), as_json=as_json)


@account.command("reset")
def reset(
    account_id: AccountId,
    cash: Annotated[str, typer.Argument(help="What it has then, in USD.", show_default=False)],
    url: Url = None,
    key: AdminKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Let an account begin anew: no orders, no positions, nothing but cash."""
    path = f"/admin/accounts/{part(account_id)}/reset"
    show_row(administration(url, key).write("POST", path, {"cash": cash}), as_json=as_json)


@account.command("list")
def list_accounts(
    limit: Limit = LIMIT_DEFAULT, url: Url = None, key: AdminKey = None, *, as_json: AsJson = False
) -> None:
    """List accounts, in order of opening."""
    rows = administration(url, key).read_pages("/admin/accounts", limit)
    show_rows(rows, COLUMNS, as_json=as_json)


@account.command("show")
def show_account(
    account_id: AccountId, url: Url = None, key: AdminKey = None, *, as_json: AsJson = False
) -> None:
    """Show an account and what it is worth."""
    found = administration(url, key).read(f"/admin/accounts/{part(account_id)}")
    show_row(found, as_json=as_json)


@account.command("block")
def block(
    account_id: AccountId, url: Url = None, key: AdminKey = None, *, as_json: AsJson = False
) -> None:
    """Let an account cancel and read only."""
    _set_status("blocked", account_id, url, key, as_json=as_json)


@account.command("unblock")
def unblock(
    account_id: AccountId, url: Url = None, key: AdminKey = None, *, as_json: AsJson = False
) -> None:
    """Let a blocked account trade again."""
    _set_status("active", account_id, url, key, as_json=as_json)


@account.command("deposit")
def deposit(
    account_id: AccountId,
    asset: Asset,
    quantity: Quantity,
    url: Url = None,
    key: AdminKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Pay in some of an asset."""
    _move(account_id, {"asset": asset, "quantity": quantity}, url, key, as_json=as_json)


@account.command("withdraw")
def withdraw(
    account_id: AccountId,
    asset: Asset,
    quantity: Quantity,
    url: Url = None,
    key: AdminKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Pay out some of what is available of an asset."""
    _move(account_id, {"asset": asset, "quantity": f"-{quantity}"}, url, key, as_json=as_json)


def _set_status(
    status: str, account_id: str, url: str | None, key: str | None, *, as_json: bool
) -> None:
    path = f"/admin/accounts/{part(account_id)}"
    changed = administration(url, key).write("PATCH", path, {"status": status})
    show_row(changed, as_json=as_json)


def _move(account_id: str, body: Row, url: str | None, key: str | None, *, as_json: bool) -> None:
    path = f"/admin/accounts/{part(account_id)}/deposits"
    show_row(administration(url, key).write("POST", path, body), as_json=as_json)
