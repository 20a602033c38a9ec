"""The embedded journal: the contract, and what only a file can do."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from openoutcry.journal import sqlite
from openoutcry.journal.sqlite import SqliteJournal
from openoutcry.model.errors import JournalDamaged
from tests.contracts.journal import JournalContract
from tests.journal.written import write


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def journal(path):
    journal = SqliteJournal(path)
    yield journal
    journal.close()


class TestSqliteJournal(JournalContract):
    pass


def sizes(path):
    wal = path.with_name(path.name + "-wal")
    return path.stat().st_size, wal.stat().st_size if wal.exists() else 0


def test_it_goes_on_where_it_ended(path):
    journal = SqliteJournal(path)
    written = write(journal, 2, 3)
    journal.begin_epoch("second")
    last, epochs = journal.last, dict(journal.epochs)
    journal.close()
    with closing(SqliteJournal(path)) as again:
        assert (again.last, again.last_hash) == (last, written[-1].hash)
        assert (again.epoch, again.epochs) == ("second", epochs)
        written += write(again, 2)
        assert again.read(0, 100) == written


def test_what_is_appended_is_in_the_files_before_append_returns(journal, path, tmp_path):
    for count in range(1, 4):
        write(journal, 2)
        copy = tmp_path / f"copy-{count}"
        copy.mkdir()
        for file in tmp_path.glob("journal.sqlite3*"):
            shutil.copy(file, copy)
        with closing(SqliteJournal(copy / path.name)) as after_a_crash:
            assert after_a_crash.read(0, 100) == journal.read(0, 100)


def test_a_commit_waits_for_the_disk(journal):
    assert journal._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal._writer.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_the_wal_is_brought_into_the_main_file_when_it_has_grown_and_by_nobody_else(
    path, monkeypatch
):
    monkeypatch.setattr(sqlite, "CHECKPOINT_BYTES", 50_000)
    with closing(SqliteJournal(path)) as journal:
        assert journal._writer.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)
        before = sizes(path)[0]
        written = write(journal, *[10] * 4)
        assert sizes(path)[0] == before
        written += write(journal, *[10] * 20)
        assert sizes(path)[0] > before
        assert sizes(path)[1] < 2 * 50_000
        assert journal.read(0, 1000) == written


def test_closing_lets_go_of_every_file(path):
    SqliteJournal(path).close()
    with pytest.raises(JournalDamaged):
        SqliteJournal(path.parent)
    held = [os.path.realpath(link) for link in Path("/proc/self/fd").glob("*")]
    assert [file for file in held if str(path.parent) in file] == []


def test_opening_brings_everything_into_the_main_file_first(journal, path, tmp_path):
    write(journal, 5)
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in tmp_path.glob("journal.sqlite3*"):
        shutil.copy(file, copy)
    assert sizes(copy / path.name)[1] > 0
    with closing(SqliteJournal(copy / path.name)):
        assert sizes(copy / path.name)[1] == 0


def test_only_its_owner_may_read_the_file(journal, path):
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_append_that_failed_is_final_and_leaves_the_files_as_they_were(path):
    journal = SqliteJournal(path)
    written = write(journal, 1)
    (pages,) = journal._writer.execute("PRAGMA page_count").fetchone()
    journal._writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        write(journal, 50)
    journal._writer.execute(f"PRAGMA max_page_count = {pages * 100}")
    with pytest.raises(AssertionError, match="never written again"):
        write(journal, 1)
    assert journal.read(0, 10) == written
    before = sizes(path)
    journal.close()
    assert sizes(path) == before
    assert before[1] > 0
    with closing(SqliteJournal(path)) as again:
        assert again.read(0, 10) == written


def test_a_file_of_another_program_is_refused(path):
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE orders (id)")
    before = path.read_bytes()
    with pytest.raises(JournalDamaged, match="not a journal"):
        SqliteJournal(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(path):
    path.write_bytes(b"junk" * 1000)
    with pytest.raises(JournalDamaged, match="not a database"):
        SqliteJournal(path)


def test_a_file_of_a_later_release_is_refused(path):
    SqliteJournal(path).close()
    with closing(sqlite3.connect(path)) as later:
        later.execute("UPDATE meta SET value = '2' WHERE name = 'format'")
        later.commit()
    with pytest.raises(JournalDamaged, match=r"format is .*2.*, this release reads 1"):
        SqliteJournal(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("UPDATE blocks SET last = last + 1", "says it ends at sequence 8, its record 7"),
        ("UPDATE blocks SET link = 5", "not made of bytes"),
        ("UPDATE blocks SET records = 'text'", "not made of bytes"),
        ("UPDATE blocks SET records = x'00'", "non-hexadecimal"),
        ("DELETE FROM epochs", "first epoch is missing"),
    ],
)
def test_a_newest_block_that_contradicts_itself_is_refused(path, change, message):
    journal = SqliteJournal(path)
    write(journal, 3)
    assert journal.last == 7
    journal.close()
    with closing(sqlite3.connect(path)) as vandal:
        vandal.execute(change)
        vandal.commit()
    with pytest.raises(JournalDamaged, match=message):
        SqliteJournal(path)


def test_the_first_sequence_kept_follows_what_was_dropped(journal):
    write(journal, 2, 2, 2)
    (first,) = journal._writer.execute("SELECT first FROM blocks LIMIT 1 OFFSET 1").fetchone()
    journal._writer.execute("DELETE FROM blocks WHERE first < ?", (first,))
    assert journal.first() == first == 5
    assert journal.read(0, 1) == journal.read(4, 1)
