"""The data directory: where a venue keeps everything, and the lock that makes it one venue's.

Rule: whoever writes below the directory holds the lock. Reading needs none.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

from openoutcry.journal.snapshots import SnapshotFiles, sync_directory
from openoutcry.journal.sqlite import SqliteJournal
from openoutcry.model.errors import DirectoryLocked

JOURNAL_NAME: Final = "journal.sqlite3"
HISTORY_NAME: Final = "history.sqlite3"
"""History's file, unless it is kept in a database elsewhere."""
LOCK_NAME: Final = "lock"


class DataDirectory:
    """A directory created if need be, held exclusively from construction to `close`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _lock(path / LOCK_NAME)
        self.snapshots = SnapshotFiles(path)

    def open_journal(self) -> SqliteJournal:
        """Open the journal, creating it with a new epoch if there is none; the caller closes it."""
        journal = SqliteJournal(self.path / JOURNAL_NAME)
        sync_directory(self.path)
        return journal

    def close(self) -> None:
        """Let another venue have the directory."""
        os.close(self._lock)


def _lock(path: Path) -> int:
    """Take the lock and write our process id into it for whoever comes second."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        msg = (
            f"the data directory {path.parent} is in use by process {owner}; one venue is "
            "one process (no --workers), another venue needs another OPENOUTCRY_DATA_DIR"
        )
        raise DirectoryLocked(msg) from None
    os.truncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor
