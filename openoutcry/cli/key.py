"""`openoutcry key`: what programs prove with that they act for an account."""

from pathlib import Path
from typing import Annotated, Final

import typer

from openoutcry.cli.api import Row, part
from openoutcry.cli.certificates import new_pair
from openoutcry.cli.failed import Failed
from openoutcry.cli.options import LIMIT_DEFAULT, AdminKey, AsJson, Limit, Url, administration
from openoutcry.cli.show import show_json, show_row, show_rows
from openoutcry.model.account import Permission

COLUMNS: Final = (
    "key_id",
    "account_id",
    "permissions",
    "expires_at",
    "allowed_ips",
    "public_key",
)

key = typer.Typer(name="key", help="Make, list and revoke keys.", no_args_is_help=True)
AccountId = Annotated[str, typer.Argument(help="The account's id.", show_default=False)]


@key.command("add")
def add(  # noqa: PLR0913  (each is an option of the command)
    account_id: AccountId,
    permission: Annotated[
        list[Permission] | None,
        typer.Option(help="May be given again; else read and trade.", show_default=False),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="When it ends, such as 2027-01-31T00:00:00Z.")
    ] = None,
    allow_ip: Annotated[
        list[str] | None,
        typer.Option(help="Address or network it may be used from; may be given again."),
    ] = None,
    url: Url = None,
    key: AdminKey = None,
    *,
    public_key: Annotated[
        str | None,
        typer.Option(help="Of `key pair`: this key signs requests and has no secret."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key for an account; its secret is shown now and never again."""
    chosen = permission or [Permission.READ, Permission.TRADE]
    body: Row = {"permissions": [one.value for one in chosen]}
    if expires is not None:
        body["expires_at"] = expires
    if allow_ip:
        body["allowed_ips"] = allow_ip
    if public_key is not None:
        body["public_key"] = public_key
    path = f"/admin/accounts/{part(account_id)}/keys"
    made = administration(url, key).write("POST", path, body)
    if public_key is None and made.get("key") is None:
        raise Failed(
            f"the key {made['key_id']} was made, but the connection broke before it could be "
            f"shown; revoke it with `openoutcry key revoke {made['key_id']}` and make another"
        )
    show_row(made, as_json=as_json)


@key.command("pair")
def pair(
    file: Annotated[
        Path, typer.Argument(help="New file for the private key, in PEM.", show_default=False)
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Make a pair of Ed25519 keys to sign requests with; only the public one goes to a venue."""
    public = new_pair(file)
    show_row({"private_key": str(file), "public_key": public}, as_json=as_json)


@key.command("list")
def list_keys(
    account_id: AccountId,
    limit: Limit = LIMIT_DEFAULT,
    url: Url = None,
    key: AdminKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the keys of an account, without their secrets."""
    path = f"/admin/accounts/{part(account_id)}/keys"
    rows = administration(url, key).read_pages(path, limit)
    show_rows(rows, COLUMNS, as_json=as_json)


@key.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="What stands before the dot.", show_default=False)],
    url: Url = None,
    key: AdminKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """End a key at once."""
    administration(url, key).delete(f"/admin/keys/{part(key_id)}")
    if as_json:
        show_json({"key_id": key_id, "revoked": True})
    else:
        typer.echo(f"{key_id} is revoked")
