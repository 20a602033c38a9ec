"""What happened, as tables for other programs: the same as the API tells."""

import csv
import io
import json
import sqlite3
import urllib.request
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pyarrow import parquet

from openoutcry.cli import writers
from openoutcry.cli.columns import What, columns_of
from openoutcry.journal.directory import HISTORY_NAME
from tests.cli.conftest import Shell

THINGS = [what.value for what in What]


def told_by_api(venue, key, path):
    """Return every item of a list, oldest first."""
    items, cursor = [], None
    while True:
        more = f"&cursor={cursor}" if cursor else ""
        question = urllib.request.Request(f"{venue.url}/api/v1{path}&limit=500{more}")
        question.add_header("Authorization", f"Bearer {key}")
        with urllib.request.urlopen(question, timeout=10) as answer:
            page = json.load(answer)
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items[::-1]


@pytest.fixture(scope="module")
def traded(venue, tmp_path_factory):
    """A market with some trades; returns the two traders' ids and keys."""
    shell = Shell(tmp_path_factory.mktemp("traded"), OPENOUTCRY_DATA_DIR=venue.data_dir)
    shell.variables["PORT"] = str(venue.port)
    shell.run("instrument", "add", "EXP", "price_increment=0.01", "quantity_increment=0.1",
              "reference_price=10", "taker_fee_bps=2.5")  # fmt: skip
    traders = []
    for name in ("seller", 'buyer, called "B"'):
        account_id = shell.json("account", "open", name, "--cash", "100000")["account_id"]
        shell.json("account", "deposit", account_id, "EXP", "1000")
        traders.append((account_id, shell.json("key", "add", account_id)["key"]))
    (_, seller), (_, buyer) = traders
    for price in ("10.00", "10.05", "10.10"):
        shell.run("order", "place", "sell", "2.5", "EXP", "--price", price, "--key", seller)
    shell.run("order", "place", "buy", "6", "EXP", "--price", "10.10", "--key", buyer,
              "--client-order-id", "mine")  # fmt: skip
    shell.run("order", "place", "buy", "1", "EXP", "--price", "9.00", "--key", buyer)
    for _, key in traders:
        assert told_by_api(venue, key, "/fills?"), "this waits until history has them"
    return traders


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def as_cells(item):
    """Return an API's object as CSV would show it."""
    shown = {True: "true", False: "false", None: ""}
    return {
        name: shown[value] if value is None or isinstance(value, bool) else str(value)
        for name, value in item.items()
    }


@pytest.mark.parametrize(
    ("what", "path"),
    [("orders", "/orders?status=all"), ("fills", "/fills?"), ("postings", "/postings?")],
)
def test_rows_are_what_the_api_tells(shell, venue, traded, what, path):
    for account_id, key in traded:
        told = [as_cells(item) for item in told_by_api(venue, key, path)]
        rows = rows_of(shell.run("export", what, "-", "--account", account_id))
        assert {row.pop("account_id", account_id) for row in rows} == {account_id}
        for item in told:
            item.pop("account_id", None)
        assert rows == told
        assert len(rows) >= 2


def test_trades_and_candles_follow_from_the_same_fills(shell, traded):
    trades = rows_of(shell.run("export", "trades", "-", "--symbol", "EXP"))
    assert [(t["price"], t["quantity"], t["side"]) for t in trades] == [
        ("10.00", "2.5", "buy"), ("10.05", "2.5", "buy"), ("10.10", "1.0", "buy"),
    ]  # fmt: skip
    (candle,) = rows_of(shell.run("export", "candles", "-", "--symbol", "EXP", "--interval", "1d"))
    assert candle == {
        "symbol": "EXP", "start": f"{trades[0]['at'][:10]}T00:00:00.000000Z",
        "open": "10.00", "high": "10.10", "low": "10.00", "close": "10.10", "volume": "6.0",
        "trades": "3",
    }  # fmt: skip


def test_a_trade_that_was_undone_is_in_no_candle_and_says_so(shell, venue, traded):
    shell.run("instrument", "add", "BST", "price_increment=0.01", "quantity_increment=1",
              "reference_price=10")  # fmt: skip
    (seller_id, key), (_, other) = traded
    shell.json("account", "deposit", seller_id, "BST", "10")
    for price in ("10.00", "11.00"):
        shell.run("order", "place", "sell", "1", "BST", "--price", price, "--key", key)
        shell.run("order", "place", "buy", "1", "BST", "--price", price, "--key", other)
    first, second = told_by_api(venue, other, "/fills?")[-2:]
    bust = urllib.request.Request(
        f"{venue.url}/api/v1/admin/trades/{second['trade_id']}/bust",
        b'{"reason": "clearly erroneous"}',
        {"Authorization": f"Bearer {Path(venue.data_dir, 'admin.key').read_text().strip()}"},
    )
    urllib.request.urlopen(bust, timeout=10).close()
    told_by_api(venue, other, "/postings?")
    trades = rows_of(shell.run("export", "trades", "-", "--symbol", "BST"))
    assert [(t["trade_id"], t["busted"]) for t in trades] == [
        (str(first["trade_id"]), "false"), (str(second["trade_id"]), "true"),
    ]  # fmt: skip
    (candle,) = rows_of(shell.run("export", "candles", "-", "--symbol", "BST", "--interval", "1d"))
    assert (candle["high"], candle["volume"], candle["trades"]) == ("10.00", "1", "1")


def test_everybodys_things_are_exported_together(shell, traded):
    ids = {account_id for account_id, _ in traded}
    for what in ("orders", "fills", "postings"):
        rows = rows_of(shell.run("export", what, "-", "--symbol", "EXP"))
        assert {row["account_id"] for row in rows} == ids
        sequences = [int(row["sequence"]) for row in rows]
        assert what == "orders" or sequences == sorted(sequences)


@pytest.mark.parametrize("what", THINGS)
def test_parquet_holds_the_same_with_types(shell, traded, tmp_path, what):
    plain = rows_of(shell.run("export", what, "-"))
    told = shell.json("export", what, tmp_path / "out.parquet")
    table = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert told["rows"] == len(table) == len(plain)
    for row, cells in zip(table, plain, strict=True):
        assert list(row) == [column.name for column in columns_of(What(what))]
        for name, value in row.items():
            if value is None:
                assert cells[name] == ""
            elif isinstance(value, Decimal):
                assert value == Decimal(cells[name])
            elif isinstance(value, datetime):
                assert value == datetime.fromisoformat(cells[name])
                assert value.tzinfo is not None
                assert value.astimezone(UTC) == value
            elif isinstance(value, bool):
                assert cells[name] == ("true" if value else "false")
            else:
                assert str(value) == cells[name]


def test_every_amount_and_time_has_a_type():
    kinds = {c.name: c.kind.value for what in What for c in columns_of(what)}
    assert {n for n in kinds if "quantity" in n or "price" in n or n.startswith("fee")} <= {
        name for name, kind in kinds.items() if kind == "decimal"
    }
    assert {n for n in kinds if n == "at" or n.endswith("_at")} <= {
        name for name, kind in kinds.items() if kind == "time"
    }


def test_a_file_that_is_there_is_not_written_over(shell, traded, tmp_path):
    target = tmp_path / "fills.csv"
    target.write_text("precious")
    assert "is there already" in shell.run("export", "fills", target, code=1)
    assert target.read_text() == "precious"
    shell.run("export", "fills", target, "--overwrite")
    assert target.read_text().startswith("account_id,trade_id")
    assert [path.name for path in tmp_path.iterdir()] == ["fills.csv"]


def test_a_file_appears_whole_or_not_at_all(shell, traded, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writers, "_write_csv", fail)
    said = shell.run("export", "fills", tmp_path / "fills.csv", code=1)
    assert "cannot write" in said
    assert "No space left" in said
    assert list(tmp_path.iterdir()) == []


def test_without_pyarrow_parquet_says_what_to_install(shell, traded, tmp_path, monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(writers, "import_module", absent)
    assert "openoutcry[parquet]" in shell.run("export", "fills", tmp_path / "f.parquet", code=1)


def test_what_cannot_be_exported_is_said_in_one_sentence(shell, offline, tmp_path):
    assert "neither .csv nor .parquet" in shell.run("export", "fills", tmp_path / "f.txt", code=1)
    assert "standard output" in shell.run("export", "fills", "-", "--format", "parquet", code=1)
    shell.run("export", "trades", "-", "--account", "demo", code=2)
    assert "there is no data directory" in offline.run("export", "fills", "-", code=1)
    (tmp_path / "data").mkdir()
    assert "there is no journal" in offline.run("export", "fills", "-", code=1)


def test_a_history_that_is_missing_is_named(shell, venue, traded, tmp_path):
    shell.run("backup", tmp_path / "copy", "--no-verify")
    assert not (tmp_path / "copy" / HISTORY_NAME).exists()
    said = shell.run("export", "fills", "-", "--from", tmp_path / "copy", code=1)
    assert "start the venue once" in said


def test_nothing_holds_the_database_for_long(shell, venue, traded, tmp_path, monkeypatch):
    monkeypatch.setattr("openoutcry.history.extract.PAGE_ROWS", 2)
    assert len(rows_of(shell.run("export", "orders", "-", "--symbol", "EXP"))) == 5
    path = f"file:{venue.data_dir}/{HISTORY_NAME}"
    with sqlite3.connect(path, uri=True) as connection:
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    connection.close()
    assert not busy
