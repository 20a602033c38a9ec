"""Options that several commands have, and what they mean where they are absent."""

from pathlib import Path
from typing import Annotated, Final

import typer

from openoutcry.admin_key import NAME
from openoutcry.cli.api import Api
from openoutcry.cli.failed import Failed
from openoutcry.settings import Settings, read_settings

ADMIN_VARIABLE: Final = "OPENOUTCRY_ADMIN_KEY"
TRADE_VARIABLE: Final = "OPENOUTCRY_KEY"

Url = Annotated[
    str | None,
    typer.Option(
        "--url", envvar="OPENOUTCRY_URL", help="Where the venue answers; else by HOST and PORT."
    ),
]
AdminKey = Annotated[
    str | None,
    typer.Option(
        "--key", envvar=ADMIN_VARIABLE, help="The admin key; else the data directory's admin.key."
    ),
]
TradeKey = Annotated[
    str | None,
    typer.Option(
        "--key", envvar=TRADE_VARIABLE, help="The key of an account; else the demo account."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many at most.")]
Directory = Annotated[
    Path | None,
    typer.Argument(help="The data directory; else OPENOUTCRY_DATA_DIR.", show_default=False),
]
LIMIT_DEFAULT = 100


def url_of(host: str, port: int, scheme: str = "http") -> str:
    """Return where a person on this machine finds the venue."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    return f"{scheme}://{name}:{port}"


def administration(url: str | None, key: str | None) -> Api:
    """Return the running venue, called as its operator."""
    settings = read_settings()
    chosen = key or settings.admin_key or _kept_key(settings)
    return Api(_url(url, settings), chosen, ADMIN_VARIABLE)


def trading(url: str | None, key: str | None) -> Api:
    """Return the running venue, called as the account of a key."""
    return Api(_url(url, read_settings()), key or "", TRADE_VARIABLE)


def directory_of(chosen: Path | None) -> Path:
    """Return the data directory to look at, which must be there."""
    directory = chosen or read_settings().directory
    if directory is None:
        raise Failed(
            "this venue keeps nothing (OPENOUTCRY_DATA_DIR is :memory:); name a data directory"
        )
    if not directory.is_dir():
        raise Failed(
            f"there is no data directory {directory}; name one, or set OPENOUTCRY_DATA_DIR"
        )
    return directory


def _url(chosen: str | None, settings: Settings) -> str:
    return chosen.rstrip("/") if chosen else url_of(settings.host, settings.port)


def _kept_key(settings: Settings) -> str:
    """Return the key that the venue keeps in its data directory; empty when we cannot see it."""
    if settings.directory is None:
        return ""
    try:
        return (settings.directory / NAME).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
