"""The embedded journal: one SQLite file, written by one thread.

Rule 1: when `append` returns, the block is on disk (WAL, `synchronous=FULL`).
Rule 2: an error of `append` is final. The journal takes nothing more and does not tidy up on close,
because after a failed fsync nobody knows what the disk holds.

Theory of operation
-------------------
One row is one block, not one record: Python hands its lock over and back for every row it executes,
which costs more beside a busy event loop than SQLite itself does. A block's records are lines of
text, `hash body`; the link of the first stands in a column, every other record is linked to the
line before it. `first` is the key, so reading on from a sequence is one descent of the tree.

Reads use a connection of their own that cannot write. It is closed last, so that closing never
checkpoints behind our back (SQLite's last writing connection would).
"""

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from openoutcry.journal.reader import APPLICATION_ID, FORMAT, JournalReader, check_header, named
from openoutcry.journal.record import Block, StoredRecord, new_epoch
from openoutcry.model.errors import DirectoryLocked

CHECKPOINT_BYTES: Final = 1024 * 1024
"""What the WAL may grow by before it is brought into the main file, while a block waits. Measured
with blocks of 70 kB: 1 MB holds one up for 2 ms, 4 MB for 6 ms, at nearly the same rate."""
BLOCK_OVERHEAD: Final = 2 * 4096
"""Bytes that a block adds to the WAL beside its lines: pages of the tree above them."""
BUSY_S: Final = 5.0
"""How long to wait for another process that reads the file, a backup for example."""

_SCHEMA: Final = """
BEGIN;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE epochs (first INTEGER PRIMARY KEY, epoch TEXT NOT NULL);
CREATE TABLE blocks (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, link BLOB NOT NULL, records BLOB NOT NULL
);
"""
_APPEND: Final = "INSERT INTO blocks VALUES (?, ?, ?, ?)"


class SqliteJournal:
    """The journal in one file; `last` and `last_hash` follow every append."""

    def __init__(self, path: Path) -> None:
        self._broken = False
        self._wal_bytes = 0
        with ExitStack() as opened, named(path):
            path.touch(mode=0o600, exist_ok=True)
            self._writer = opened.enter_context(
                closing(
                    sqlite3.connect(
                        path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
                    )
                )
            )
            _prepare(self._writer, path)
            reader = self._reader = opened.enter_context(closing(JournalReader(path)))
            self.epochs, self.last, self.last_hash = reader.epochs, reader.last, reader.last_hash
            opened.pop_all()

    @property
    def epoch(self) -> str:
        """The name of the history being written."""
        return self.epochs[max(self.epochs)]

    def append(self, block: Block) -> None:
        """Write a block and return when it is on disk."""
        assert not self._broken, "a journal that failed once is never written again"
        self._broken = True
        lines = b"\n".join([b"%b %b" % (r.hash.hex().encode(), r.body) for r in block.records])
        # SQLite would do this inside of a commit by itself, and say nothing if it failed.
        if self._wal_bytes >= CHECKPOINT_BYTES:
            self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._wal_bytes = 0
        # Outside of BEGIN one statement is one transaction: it returns after its fsync.
        self._writer.execute(_APPEND, (block.first, block.last, block.records[0].link, lines))
        self._wal_bytes += len(lines) + BLOCK_OVERHEAD
        self.last, self.last_hash = block.last, block.records[-1].hash
        self._broken = False

    def read(self, after: int, limit: int) -> list[StoredRecord]:
        """Return up to `limit` records that end after a sequence, in order."""
        return self._reader.read(after, limit)

    def first(self) -> int:
        """Return the first sequence kept; 1 when nothing was dropped."""
        return self._reader.first()

    def begin_epoch(self, epoch: str) -> None:
        """Give the history that is written from here on another name."""
        self._writer.execute("INSERT OR REPLACE INTO epochs VALUES (?, ?)", (self.last + 1, epoch))
        self.epochs[self.last + 1] = epoch

    def close(self) -> None:
        """Put everything into the main file and close; after a failure leave the files alone."""
        if not self._broken:
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._writer.close()
        self._reader.close()


def _prepare(writer: sqlite3.Connection, path: Path) -> None:
    """Make the tables if there are none, and bring everything into the main file."""
    writer.execute("PRAGMA synchronous = FULL")
    writer.execute("PRAGMA wal_autocheckpoint = 0")
    (tables,) = writer.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables:
        writer.executescript(_SCHEMA)
        writer.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        writer.execute("INSERT INTO meta VALUES ('format', ?)", (FORMAT,))
        writer.execute("INSERT INTO epochs VALUES (1, ?)", (new_epoch(),))
        writer.execute("COMMIT")
    check_header(writer)
    (mode,) = writer.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        msg = f"its journal mode must be wal, and is {mode}"
        raise ValueError(msg)
    # What recovery is about to read may be in the WAL without having been synced: the process
    # that wrote it may have died before its fsync. Nothing is told that is not on disk.
    (busy, _, _) = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        msg = f"another process reads {path} and does not let it be opened"
        raise DirectoryLocked(msg)
