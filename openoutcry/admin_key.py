"""The operator's key: the one that was set, or one made for the data directory."""

import os
import secrets
from pathlib import Path
from typing import Final

NAME: Final = "admin.key"
SECRET_BYTES: Final = 32


def admin_key_of(directory: Path | None, chosen: str) -> str:
    """Return the bearer token of the admin API; empty when nothing is kept and none was set.

    The file is readable by its owner only and is written before anybody can hold the key.
    """
    if chosen or directory is None:
        return chosen
    path = directory / NAME
    if not path.exists():
        _write(path, secrets.token_urlsafe(SECRET_BYTES))
    return path.read_text(encoding="ascii").strip()


def _write(path: Path, secret: str) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{secret}\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
