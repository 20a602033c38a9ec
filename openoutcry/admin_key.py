"""The operator's key: the one that was set, or one made for the data directory."""

import os
import secrets
from pathlib import Path
from typing import Final

import structlog

NAME: Final = "admin.key"
SECRET_BYTES: Final = 32
_log: Final = structlog.get_logger("openoutcry")


class BadAdminKey(Exception):
    """The file of the operator's key holds no key; the message names it."""


def admin_key_of(directory: Path | None, chosen: str) -> str:
    """Return the bearer token of the admin API; empty when nothing is kept and none was set.

    The file is readable by its owner only and is written before anybody can hold the key. One that
    is empty, as an editor or a full disk leaves it, is no key that anybody holds: it is made again.
    """
    if chosen or directory is None:
        return chosen
    path = directory / NAME
    kept = _read(path)
    if not kept:
        if path.exists():
            _log.warning("admin_key_was_empty", path=str(path), made="a new one")
        kept = secrets.token_urlsafe(SECRET_BYTES)
        _write(path, kept)
    return kept


def _read(path: Path) -> str:
    """Return the key in a file, empty when there is none."""
    if not path.exists():
        return ""
    text = path.read_bytes().decode("latin-1").strip()
    if not all("!" <= character <= "~" for character in text):
        raise BadAdminKey(
            f"{path} is no admin key: expected one line of visible ASCII characters; "
            "remove the file, and the next start makes a new one"
        )
    return text


def _write(path: Path, secret: str) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{secret}\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
