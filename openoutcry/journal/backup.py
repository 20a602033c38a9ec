"""A copy of a data directory, made while a venue may be writing to it.

Rule: the copy is one moment of the journal and a snapshot not beyond it, so a venue starts on it as
after a crash. History is left out: it is made again from the journal.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from openoutcry.journal.directory import JOURNAL_NAME
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


def back_up(source: Path, target: Path, progress: Callable[[int, int], None]) -> Backup:
    """Copy one directory into another, which is made and must not hold a journal yet."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy = target / JOURNAL_NAME
    copy.touch(mode=0o600)
    _copy_journal(source / JOURNAL_NAME, copy, progress)
    with closing(JournalReader(copy)) as journal:
        last = journal.last
    snapshot = _copy_snapshot(SnapshotFiles(source), SnapshotFiles(target), last)
    sync_directory(target)
    return Backup(last, snapshot)


def _copy_journal(source: Path, copy: Path, progress: Callable[[int, int], None]) -> None:
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(copy)) as writing,
    ):
        # One transaction around all steps: without it, every commit of the venue would start the
        # copy over again. What the venue writes meanwhile waits in its WAL.
        reading.isolation_level = None
        reading.execute("BEGIN")
        reading.execute("SELECT max(first) FROM blocks").fetchone()
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
