"""Dropping the oldest blocks of the journal's file, beside the thread that writes it.

Rule 1: who calls says how far nothing is needed any more; nothing here decides that.
Rule 2: one short transaction drops a few blocks, so the writer waits for milliseconds at most.

The file does not get smaller: what is dropped becomes free pages, and the next blocks take those.
So the live size counts, the pages that are not free. Nothing is synced here: a drop that a power
cut undoes is done again.
"""

import sqlite3
from pathlib import Path
from typing import Final, NamedTuple

from openoutcry.journal.reader import check_header, named

DROP_BYTES: Final = 8 * 1024 * 1024
"""Dropped in one transaction; one block may be larger. Measured: 8 MB take 1.5 ms."""
DROP_BLOCKS: Final = 1_000
BUSY_S: Final = 5.0
"""How long to wait for the writer; it holds the file for one block at a time."""

_OLDEST: Final = """
SELECT last, length(records) FROM blocks WHERE last <= ? ORDER BY first LIMIT ?
"""


class Dropped(NamedTuple):
    """What one transaction dropped."""

    blocks: int
    until: int
    """The last sequence that is gone; 0 when nothing was dropped."""


class OldBlocks:
    """A connection of its own; used by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with named(path):
            self._connection = sqlite3.connect(
                path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
            try:
                # The writer alone decides when the WAL is brought into the file.
                self._connection.execute("PRAGMA wal_autocheckpoint = 0")
                self._connection.execute("PRAGMA synchronous = NORMAL")
                # Nobody is kept from reading what was there, so nothing is overwritten.
                self._connection.execute("PRAGMA secure_delete = OFF")
                check_header(self._connection)
            except BaseException:
                self._connection.close()
                raise

    def live_bytes(self) -> int:
        """Return the bytes of the file that hold something."""
        pages, free, size = (
            int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    def drop(self, until: int) -> Dropped:
        """Drop a few of the oldest blocks, of those that end at a sequence or before it."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            dropped = self._choose(until)
            if dropped.blocks:
                connection.execute("DELETE FROM blocks WHERE first <= ?", (dropped.until,))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        return dropped

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _choose(self, until: int) -> Dropped:
        blocks, size, reached = 0, 0, 0
        # The newest block stays, whatever is asked: the file says by it where it ends.
        (newest,) = self._connection.execute("SELECT max(first) FROM blocks").fetchone()
        oldest = self._connection.execute(_OLDEST, (min(until, (newest or 1) - 1), DROP_BLOCKS))
        for last, length in oldest.fetchall():
            if blocks and size + length > DROP_BYTES:
                break
            blocks, size, reached = blocks + 1, size + length, last
        return Dropped(blocks, reached)
