"""A copy of a data directory, made while a venue may be writing to it.

Rule: the copy is one moment of the journal and a snapshot not beyond it, so a venue starts on it as
after a crash. History is left out, for it is made again from the journal, unless the journal has
dropped its beginning; then history holds what nothing else does.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from openoutcry.journal.directory import HISTORY_NAME, JOURNAL_NAME
from openoutcry.journal.reader import JournalReader
from openoutcry.journal.snapshots import SnapshotFiles, sync_directory

PAGES: Final = 1_000
"""Pages copied between two reports, 4 MB."""


class Backup(NamedTuple):
    """What was copied."""

    sequence: int
    """The last one in the copy."""
    snapshot: int | None
    """The sequence of the snapshot in the copy."""
    history: bool
    """Whether history is in the copy."""


def back_up(source: Path, target: Path, progress: Callable[[int, int], None]) -> Backup:
    """Copy one directory into another, which is made and must not hold a journal yet."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(JournalReader(source / JOURNAL_NAME)) as journal:
        history = journal.first() > 1 and (source / HISTORY_NAME).exists()
    # History first: it must not be ahead of the journal that it is copied with.
    if history:
        _copy(source / HISTORY_NAME, target / HISTORY_NAME, progress)
    _copy(source / JOURNAL_NAME, target / JOURNAL_NAME, progress)
    with closing(JournalReader(target / JOURNAL_NAME)) as journal:
        last = journal.last
    snapshot = _copy_snapshot(SnapshotFiles(source), SnapshotFiles(target), last)
    sync_directory(target)
    return Backup(last, snapshot, history)


def _copy(source: Path, copy: Path, progress: Callable[[int, int], None]) -> None:
    """Copy one SQLite file as it is at one moment."""
    copy.touch(mode=0o600)
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(copy)) as writing,
    ):
        # One transaction around all steps: without it, every commit of the venue would start the
        # copy over again. What the venue writes meanwhile waits in its WAL.
        reading.isolation_level = None
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        reading.backup(
            writing, pages=PAGES, progress=lambda _, left, total: progress(total - left, total)
        )


def _copy_snapshot(source: SnapshotFiles, target: SnapshotFiles, last: int) -> int | None:
    """Copy the newest good snapshot that the copied journal reaches."""
    for sequence in source.sequences():
        if sequence > last:
            continue
        try:
            snapshot = source.load(sequence)
        except FileNotFoundError:  # The venue beside us keeps the newest three.
            continue
        if snapshot is not None:
            target.save(snapshot)
            return sequence
    return None
