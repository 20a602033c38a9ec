"""Reading the journal's file: for the venue that writes it, and for anybody beside that venue.

Rule: nothing here writes or needs the lock. What is read is what was committed; `last`, `last_hash`
and `epochs` are as of the opening, and what was written later is read all the same.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

from openoutcry.journal.record import StoredRecord, last_of
from openoutcry.model.errors import JournalDamaged

APPLICATION_ID: Final = 0x4F435259
"""`OCRY` in the file's header: tells this file from any other SQLite file."""
FORMAT: Final = "1"
"""Edition of the tables."""

_NEWEST: Final = "SELECT last, link, records FROM blocks ORDER BY first DESC LIMIT 1"
_READ: Final = """
SELECT first, link, records FROM blocks
WHERE first >= coalesce((SELECT max(first) FROM blocks WHERE first <= ?), 0) ORDER BY first
"""


class JournalReader:
    """One connection that cannot write; its reads may come from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reading = Lock()
        read_only = f"{path.absolute().as_uri()}?mode=ro"
        with named(path):
            self._connection = sqlite3.connect(read_only, uri=True, check_same_thread=False)
            try:
                check_header(self._connection)
                self.epochs = epochs_of(self._connection)
                self.last, self.last_hash = self._newest()
            except BaseException:
                self._connection.close()
                raise

    @property
    def epoch(self) -> str:
        """The name of the newest history in the file."""
        return self.epochs[max(self.epochs)]

    def read(self, after: int, limit: int) -> list[StoredRecord]:
        """Return up to `limit` records that end after a sequence, in order."""
        found: list[StoredRecord] = []
        with (
            self._reading,
            named(self._path, f" after sequence {after}"),
            closing(self._connection.execute(_READ, (after + 1,))) as rows,
        ):
            for first, link, lines in rows:
                records = list(_records_of(link, lines))
                if first <= after:
                    records = [record for record in records if last_of(record) > after]
                found += records
                if len(found) >= limit:
                    break
        return found[:limit]

    def first(self) -> int:
        """Return the first sequence kept; 1 when nothing was dropped."""
        with self._reading, named(self._path):
            (found,) = self._connection.execute("SELECT min(first) FROM blocks").fetchone()
        return 1 if found is None else int(found)

    def close(self) -> None:
        """Let go of the file when a read under way has ended."""
        with self._reading:
            self._connection.close()

    def _newest(self) -> tuple[int, bytes]:
        row = self._connection.execute(_NEWEST).fetchone()
        if row is None:
            return 0, b""
        last, link, lines = row
        newest = list(_records_of(link, lines))[-1]
        if last_of(newest) != last:
            msg = f"the newest block says it ends at sequence {last}, its record {last_of(newest)}"
            raise JournalDamaged(msg)
        return last, newest.hash


def _records_of(link: object, lines: object) -> Iterator[StoredRecord]:
    if not (isinstance(link, bytes) and isinstance(lines, bytes)):
        msg = "a block is not made of bytes"  # A flipped bit can change a column's type.
        raise ValueError(msg)  # noqa: TRY004  (the callers name the place)
    for line in lines.split(b"\n"):
        found, _, body = line.partition(b" ")
        record = StoredRecord(link, bytes.fromhex(found.decode()), body)
        yield record
        link = record.hash


def check_header(connection: sqlite3.Connection) -> None:
    """Raise ValueError unless this is a journal of this program and of an edition known here."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        msg = "it is not a journal of this program"
        raise ValueError(msg)
    found = connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
    if found != (FORMAT,):
        msg = f"its format is {found}, this release reads {FORMAT}"
        raise ValueError(msg)


def epochs_of(connection: sqlite3.Connection) -> dict[int, str]:
    """Return every epoch by the sequence it began at."""
    epochs = dict(connection.execute("SELECT first, epoch FROM epochs ORDER BY first"))
    if 1 not in epochs:
        msg = "the name of its first epoch is missing"
        raise ValueError(msg)
    return epochs


@contextmanager
def named(path: Path, place: str = "") -> Iterator[None]:
    """Say JournalDamaged, and where, of whatever shows that the file is not what we wrote."""
    try:
        yield
    except (sqlite3.Error, ValueError) as error:
        msg = f"{path} cannot be read{place}: {error}"
        raise JournalDamaged(msg) from error
