"""`openoutcry verify`, `backup` and `doctor` on good data and on bad."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from openoutcry.admin_key import admin_key_of
from openoutcry.journal.directory import DataDirectory
from openoutcry.journal.reader import JournalReader
from openoutcry.journal.record import last_of, opening, seal
from openoutcry.journal.snapshots import SnapshotFiles
from tests.cli.conftest import Shell
from tests.sequencer.trading import Day
from tests.venue import running_venue


@pytest.fixture
def kept(tmp_path):
    """A data directory with some blocks, and snapshots in the middle and at the end."""
    path = tmp_path / "data"
    with closing(DataDirectory(path)) as directory, closing(directory.open_journal()) as journal:
        day = Day(journal)
        day.trade(10).keep(directory.snapshots)
        day.trade(10).keep(directory.snapshots)
    return path


def blocks_of(path):
    with closing(sqlite3.connect(path / "journal.sqlite3")) as connection:
        return connection.execute(
            "SELECT first, last, records FROM blocks ORDER BY first"
        ).fetchall()


def change(path, statement, *values):
    with closing(sqlite3.connect(path / "journal.sqlite3")) as connection:
        connection.execute(statement, values)
        connection.commit()


def test_good_data_is_verified_from_its_first_command(kept, offline):
    verified = offline.json("verify")
    snapshots = sorted(int(file.stem[9:]) for file in kept.glob("snapshot-*.json"))
    assert (verified["first"], verified["last"]) == (1, snapshots[-1])
    assert verified["records"] == 20 * 7
    assert verified["snapshots"] == snapshots
    assert offline.json("verify", kept) == verified


def test_a_flipped_byte_is_named_by_its_sequence(kept, offline):
    first, last, lines = blocks_of(kept)[5]
    damaged = bytearray(lines)
    damaged[-10] ^= 1
    change(kept, "UPDATE blocks SET records = ? WHERE first = ?", bytes(damaged), first)
    told = offline.run("verify", code=1)
    named = int(re.search(r"after sequence (\d+) is damaged", told)[1])
    assert first <= named + 1 <= last


def test_a_missing_block_is_named(kept, offline):
    first, _, _ = blocks_of(kept)[7]
    change(kept, "DELETE FROM blocks WHERE first = ?", first)
    assert f"after sequence {first - 1}" in offline.run("verify", code=1)


def test_an_event_that_the_command_does_not_cause_is_named(kept, offline):
    """A forger can make every hash right again, but not the engine agree."""
    with closing(JournalReader(kept / "journal.sqlite3")) as journal:
        records = journal.read(0, 10_000)
        epochs = journal.epochs
    accepted, expired = b'"event":"order_accepted"', b'"event":"order_expired"'
    place = next(at for at, record in enumerate(records) if at > 10 and accepted in record.body)
    forged = records[place]
    link = forged.link
    bodies = [forged.body.replace(accepted, expired), *(one.body for one in records[place + 1 :])]
    remade = records[:place]
    for one in bodies:
        remade.append(seal(link, one))
        link = remade[-1].hash
    lines = b"\n".join(b"%b %b" % (one.hash.hex().encode(), one.body) for one in remade)
    last = last_of(remade[-1])
    change(kept, "DELETE FROM blocks")
    change(kept, "INSERT INTO blocks VALUES (1, ?, ?, ?)", last, opening(epochs[1]), lines)
    first = last_of(records[place - 1]) + 1
    told = offline.run("verify", code=1)
    assert f"the record at sequence {first}, applied again, has other events" in told


def test_a_lost_end_is_noticed_by_the_snapshot_that_reached_further(kept, offline):
    first, last, _ = blocks_of(kept)[-1]
    change(kept, "DELETE FROM blocks WHERE first = ?", first)
    told = offline.run("verify", code=1)
    assert f"ends at sequence {first - 1}, but sequence {last} was reached" in told


def test_a_damaged_snapshot_is_named(kept, offline):
    newest = max(kept.glob("snapshot-*.json"))
    content = bytearray(newest.read_bytes())
    content[-5] ^= 1
    newest.write_bytes(content)
    told = offline.run("verify", code=1)
    assert newest.name in told
    assert "the journal is in order up to sequence" in told


def test_nothing_to_verify_is_said(offline, tmp_path):
    assert "there is no data directory" in offline.run("verify", code=1)
    (tmp_path / "data").mkdir()
    assert "there is no journal" in offline.run("verify", code=1)
    (tmp_path / "data" / "journal.sqlite3").write_bytes(b"something else")
    assert "cannot be read" in offline.run("verify", code=1)


@pytest.mark.slow
def test_a_running_venue_is_verified_and_backed_up_and_the_copy_starts(tmp_path):
    with running_venue(EXECUTION_DELAY_MS=100) as venue:
        shell = Shell(tmp_path, OPENOUTCRY_DATA_DIR=venue.data_dir, PORT=str(venue.port))
        order = shell.json("order", "place", "buy", "3", "AAPL", "--price", "1")
        verified = shell.json("verify")
        assert verified["last"] >= order["sequence"]
        target = tmp_path / "copy"
        made = shell.json("backup", target)
        assert made["verified"]
        assert made["last"] >= verified["last"]
        assert "is there already" in shell.run("backup", target, code=1)
    with running_venue(DATA_DIR=target, SIMULATION="off") as restored:
        again = Shell(tmp_path, OPENOUTCRY_DATA_DIR=str(target), PORT=str(restored.port))
        assert again.json("order", "show", order["order_id"]) == order


def test_a_backup_brings_the_newest_snapshot_that_it_reaches(kept, offline, tmp_path):
    made = offline.json("backup", tmp_path / "copy")
    assert made["snapshot"] == made["last"]
    assert not [file for file in (tmp_path / "copy").iterdir() if file.stat().st_mode & 0o077]
    damaged = max(kept.glob("snapshot-*.json"))
    damaged.write_bytes(b"nothing")
    again = offline.json("backup", tmp_path / "again", "--no-verify")
    assert again["snapshot"] < again["last"]
    assert not again["verified"]


def test_a_backup_of_nothing_is_refused(offline, tmp_path):
    (tmp_path / "data").mkdir()
    assert "no journal" in offline.run("backup", tmp_path / "copy", code=1)
    assert not (tmp_path / "copy").exists()


def findings(shell, code=0):
    listed = json.loads(shell.run("doctor", "--json", code=code))
    return {one["subject"]: one for one in listed}


def test_the_doctor_finds_a_running_venue_in_good_health(shell, venue):
    found = findings(shell)
    assert str(venue.pid) in found["lock"]["found"]
    assert found["port"]["found"] == f"a venue answers at {venue.url}"
    for subject in ("python", "versions", "sqlite", "wal", "journal", "history", "clock"):
        assert found[subject]["verdict"] == "ok", found[subject]
    assert "ok" in shell.run("doctor")


def test_the_doctor_says_what_is_wrong_and_what_to_do(kept, offline, monkeypatch):
    kept.chmod(0o755)
    first, _, _ = blocks_of(kept)[-1]
    change(kept, "DELETE FROM blocks WHERE first = ?", first)
    monkeypatch.setenv("OPENOUTCRY_SEEED", "1")
    found = findings(offline, code=1)
    assert found["data directory"]["advice"] == f"chmod 700 {kept}"
    assert "records are lost" in found["journal"]["found"]
    assert "OPENOUTCRY_SEEED" in found["settings"]["found"]
    assert found["lock"]["found"] == "free"


def test_the_doctor_looks_at_the_end_of_the_journal(kept, offline):
    found = findings(offline)
    assert "records are whole" in found["journal tail"]["found"]
    first, _, _ = blocks_of(kept)[-1]
    change(kept, "UPDATE blocks SET records = replace(records, 'at', 'ta') WHERE first = ?", first)
    found = findings(offline, code=1)
    assert found["journal"]["verdict"] == "fail"


def test_the_doctor_warns_of_a_key_that_others_can_read(kept, offline):
    admin_key_of(kept, "")
    assert findings(offline)["admin key"]["verdict"] == "ok"
    (kept / "admin.key").chmod(0o644)
    assert findings(offline)["admin key"]["advice"] == f"chmod 600 {kept / 'admin.key'}"
    (kept / "admin.key").unlink()
    assert "makes one" in findings(offline)["admin key"]["found"]
    offline.variables["OPENOUTCRY_ADMIN_KEY"] = "chosen"
    assert "OPENOUTCRY_ADMIN_KEY" in findings(offline)["admin key"]["found"]


def test_the_doctor_tells_whose_the_data_are(kept, offline, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 12_345)
    found = findings(offline)
    assert found["data directory"]["verdict"] == "warn"
    assert "12345" in found["data directory"]["found"]


def test_the_doctor_before_the_first_start_has_nothing_to_complain_of(offline, tmp_path):
    offline.variables["PORT"] = "0"
    found = findings(offline)
    assert "will be made" in found["data directory"]["found"]
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_warns_of_a_venue_that_is_open_to_the_network(offline):
    found = findings(offline)
    assert found["access"]["verdict"] == "ok"
    offline.variables |= {"HOST": "0.0.0.0", "PORT": "0"}
    found = findings(offline)
    assert "OPENOUTCRY_AUTH=keys" in found["access"]["advice"]
    offline.variables["OPENOUTCRY_AUTH"] = "keys"
    assert findings(offline)["access"]["verdict"] == "ok"


def test_the_doctor_leaves_nothing_behind(kept, offline):
    before = sorted(
        file.name for file in kept.iterdir() if not file.name.endswith(("-shm", "-wal"))
    )
    offline.variables["PORT"] = "0"
    findings(offline)
    after = sorted(file.name for file in kept.iterdir() if not file.name.endswith(("-shm", "-wal")))
    assert before == after
    shutil.rmtree(kept)


@pytest.mark.slow
def test_a_backup_of_a_shortened_journal_brings_the_history_that_holds_the_rest(tmp_path):
    with running_venue(SIMULATION="off") as venue:
        shell = Shell(tmp_path, OPENOUTCRY_DATA_DIR=venue.data_dir, PORT=str(venue.port))
        order = shell.json("order", "place", "buy", "3", "AAPL", "--price", "1")
        venue.restart()
        shell.run("order", "place", "buy", "1", "AAPL", "--price", "2")
        data = Path(venue.data_dir)
        snapshot = max(int(file.stem[9:]) for file in data.glob("snapshot-*.json"))
        venue.stop()
        change(data, "DELETE FROM blocks WHERE last <= ?", snapshot)
        made = shell.json("backup", tmp_path / "copy")
        assert made["history"]
        assert shell.json("verify")["first"] == snapshot + 1
    with running_venue(DATA_DIR=tmp_path / "copy", SIMULATION="off") as restored:
        again = Shell(tmp_path, OPENOUTCRY_DATA_DIR=venue.data_dir, PORT=str(restored.port))
        assert again.json("order", "show", order["order_id"]) == order
        assert len(again.json("order", "list")) == 2


@pytest.mark.parametrize(
    ("forged", "words"),
    [("image", "holds another state than the journal makes"), ("hash", "follows another record")],
)
def test_a_snapshot_that_is_whole_and_untrue_is_named(kept, offline, forged, words):
    files = SnapshotFiles(kept)
    newest, older = (files.load(sequence) for sequence in files.sequences())
    files.save(replace(newest, **{forged: getattr(older, forged)}))
    told = offline.run("verify", code=1)
    assert f"the snapshot at sequence {newest.sequence} {words}" in told
