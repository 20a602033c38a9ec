"""`openoutcry account`: whose money it is."""

from typing import Annotated, Final

import typer

from openoutcry.cli.api import Row, part
from openoutcry.cli.options import LIMIT_DEFAULT, AdminKey, AsJson, Limit, Url, administration
from openoutcry.cli.show import show_row, show_rows

COLUMNS: Final = ("account_id", "name", "status", "cash", "equity", "buying_power")

account = typer.Typer(
    name="account", help="Open, list, block and fund accounts.", no_args_is_help=True
)
AccountId = Annotated[str, typer.Argument(help="The account's id.", show_default=False)]
Asset = Annotated[str, typer.Argument(help="USD, a share, a coin.", show_default=False)]
Quantity = Annotated[
    str, typer.Argument(help="A decimal such as 1000 or 0.25.", show_default=False)
]


@account.command("open")
def open_account(
    name: Annotated[str, typer.Argument(help="What people call it.", show_default=False)],
    cash: Annotated[str, typer.Option(help="First deposit, in USD.")] = "0",
    open_orders: Annotated[
        int | None, typer.Option(min=0, help="How many orders it may have open.")
    ] = None,
    url: Url = None,
    key: AdminKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Open an account."""
    body: Row = {"name": name, "cash": cash}
    if open_orders is not None:
        body["limits"] = {"open_orders": open_orders}
    opened = administration(url, key).write("POST", "/admin/accounts", body)
    show_row(opened, as_json=as_json)


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
