"""The venue under test: its server with a data directory of its own, and what its journal holds."""

import json
import sqlite3
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.harness import Server

ADMIN_KEY: Final = "benchmark-admin-key"
ORDER: Final = '{"stocks": "AAPL", "quantity": 10}'
"""What programs of the simple API send."""


class Trader(NamedTuple):
    """An account of its own, with the bearer token that trades for it."""

    account_id: str
    key: str


def venue(directory: Path, **settings: str) -> Server:
    """Start the venue, quiet unless told otherwise, as `uvicorn main:app` does."""
    return Server("main:app", _environment(directory, settings))


def served_venue(directory: Path, **settings: str) -> Server:
    """Start the venue as `openoutcry serve` does."""
    command = ("-m", "openoutcry", "serve", "--port")
    return Server("", _environment(directory, settings), command)


def plain_venue(directory: Path, **settings: str) -> Server:
    """Start the venue by `uvicorn main:app` with all of uvicorn's defaults."""
    command = ("-m", "uvicorn", "main:app", "--port")
    return Server("", _environment(directory, settings), command)


def _environment(directory: Path, settings: Mapping[str, str]) -> dict[str, str]:
    chosen = {
        "DATA_DIR": str(directory),
        "ADMIN_KEY": ADMIN_KEY,
        "SIMULATION": "off",
        "LOG_LEVEL": "warning",
        **{name.upper(): value for name, value in settings.items()},
    }
    return {f"OPENOUTCRY_{name}": value for name, value in chosen.items()}


def call(server: Server, method: str, path: str, content: object = None, key: str = "") -> str:
    """Make one call and return the body of its answer; anything but 2xx is an error."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(server.url + path, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=120) as answer:
        text: str = answer.read().decode()
        return text


def open_trader(server: Server, name: str, symbol: str, shares: int, cash: int) -> Trader:
    """Open an account with cash, shares of a symbol and a key."""
    made = call(
        server, "POST", "/api/v1/admin/accounts", {"name": name, "cash": str(cash)}, ADMIN_KEY
    )
    account_id = json.loads(made)["account_id"]
    path = f"/api/v1/admin/accounts/{account_id}"
    key = call(server, "POST", f"{path}/keys", {"permissions": ["trade"]}, ADMIN_KEY)
    paid_in = {"asset": symbol, "quantity": str(shares)}
    call(server, "POST", f"{path}/deposits", paid_in, ADMIN_KEY)
    return Trader(account_id, json.loads(key)["key"])


def limit_order(symbol: str, side: str, quantity: int, price: str) -> dict[str, str]:
    """Return the body of a native limit order."""
    return {
        "symbol": symbol,
        "side": side,
        "type": "limit",
        "quantity": str(quantity),
        "price": price,
    }


def events_in_journal(directory: Path, *names: str) -> tuple[int, ...]:
    """Count events by name in what a stopped venue has on disk, past all of its own code."""
    journal = (directory / "journal.sqlite3").as_uri() + "?mode=ro"
    counts = [0] * len(names)
    with closing(sqlite3.connect(journal, uri=True)) as connection:
        for (records,) in connection.execute("SELECT records FROM blocks"):
            for place, name in enumerate(names):
                counts[place] += records.count(b'"event":"%b"' % name.encode())
    return tuple(counts)
