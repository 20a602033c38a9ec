"""Checks of a data directory: who owns it, who holds it, and whether its parts fit together."""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from openoutcry.admin_key import NAME
from openoutcry.cli.finding import Finding, fail, ok, warn
from openoutcry.history.database import reached_on_disk
from openoutcry.journal.directory import HISTORY_NAME, JOURNAL_NAME, LOCK_NAME
from openoutcry.journal.reader import JournalReader
from openoutcry.journal.record import StoredRecord, decode
from openoutcry.journal.snapshots import SnapshotFiles
from openoutcry.model.errors import JournalDamaged
from openoutcry.sequencer.recovery import witnessed_loss

CLOCK_BEHIND_S: Final = 1.0
TAIL_EVENTS: Final = 1_000
"""Of the journal's end that is looked at record by record; `verify` looks at all of it."""
_MIB: Final = 1024**2
_SECOND: Final = 1_000_000_000
_RESTORE: Final = "see docs/OPERATIONS.md, Backup and restore"


def directory(path: Path) -> Finding:
    """Check that the directory is its owner's alone."""
    if not path.exists():
        return ok("data directory", f"{path} will be made at first start")
    if not path.is_dir():
        return fail("data directory", f"{path} is a file", "set OPENOUTCRY_DATA_DIR to a directory")
    found = path.stat()
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid != os.geteuid():
        owner = f"{path} belongs to user {found.st_uid}, this is user {os.geteuid()}"
        return warn("data directory", owner, "run the venue, and this, as one user of their own")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return fail("data directory", f"{path}, mode {mode:04o}", f"chmod 700 {path}")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return warn("data directory", f"{path}, mode {mode:04o}", f"chmod 700 {path}")
    return ok("data directory", f"{path}, mode {mode:04o}")


def admin_key(path: Path, *, is_set: bool) -> Finding:
    """Check that the operator's key is there and nobody else's."""
    if is_set:
        return ok("admin key", "set by OPENOUTCRY_ADMIN_KEY")
    file = path / NAME
    if not file.exists():
        return ok("admin key", "the next start makes one")
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return warn("admin key", f"{file}, mode {mode:04o}", f"chmod 600 {file}")
    return ok("admin key", f"{file}, mode {mode:04o}")


def lock(path: Path) -> Finding:
    """Say who holds the directory."""
    file = path / LOCK_NAME
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return ok("lock", "no venue has been here yet")
    except OSError as fault:
        return warn("lock", f"cannot be read: {fault.strerror}", "run this as the venue's user")
    try:
        # Shared and for a moment: it fails where a venue holds the lock, and only there.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
        return ok("lock", f"held by process {owner}")
    finally:
        os.close(descriptor)
    return ok("lock", "free")


def journal(path: Path, history_url: str) -> Iterator[Finding]:
    """Check that journal, snapshots, history and clock agree on how far the venue got."""
    file = path / JOURNAL_NAME
    if not file.exists():
        yield ok("journal", "none yet")
        return
    snapshots = SnapshotFiles(path)
    try:
        with closing(JournalReader(file)) as earlier:
            history = _history(path, history_url, earlier.epoch)
        with closing(JournalReader(file)) as reader:
            yield _ends(file, reader, snapshots)
            yield history
            newest = _newest(reader)
            yield _tail(newest)
            yield _clock(newest)
    except JournalDamaged as damage:
        yield fail("journal", str(damage), _RESTORE)


def _ends(file: Path, reader: JournalReader, snapshots: SnapshotFiles) -> Finding:
    size = sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*")) // _MIB
    found = f"sequence {reader.first()} to {reader.last}, {size} MiB, epoch {reader.epoch}"
    lost_until = witnessed_loss(reader, snapshots, None)
    if lost_until:
        return fail("journal", f"{found}; {lost_until} was reached: records are lost", _RESTORE)
    newest = max(snapshots.sequences(), default=0)
    kept = f"newest snapshot at {newest}" if newest else "no snapshot"
    return ok("journal", f"{found}, {kept}")


def _history(path: Path, history_url: str, epoch: str) -> Finding:
    url = history_url or f"sqlite:///{path.absolute() / HISTORY_NAME}"
    try:
        reached = reached_on_disk(url, epoch)
    except SQLAlchemyError as fault:
        return fail(
            "history",
            f"cannot be reached: {fault}",
            "check OPENOUTCRY_HISTORY_URL and the database",
        )
    if reached is None:
        return ok("history", "none of this epoch; the next start makes it from the journal")
    return ok("history", f"reached sequence {reached}")


def _newest(reader: JournalReader) -> list[StoredRecord]:
    return reader.read(max(0, reader.last - TAIL_EVENTS), TAIL_EVENTS) if reader.last else []


def _tail(newest: list[StoredRecord]) -> Finding:
    """Check that the newest records are whole and follow each other; raises JournalDamaged."""
    following = None
    for stored in newest:
        record = decode(stored)
        if following is not None and following != record.first:
            raise JournalDamaged(f"after sequence {following - 1} comes {record.first}")
        following = record.last + 1
    broken = sum(one.hash != other.link for one, other in pairwise(newest))
    found = f"the newest {len(newest)} records are whole"
    if broken > 1:  # An epoch that begins here is one break, and a sound one.
        return fail("journal tail", f"{found}, {broken} do not follow", "openoutcry verify")
    return ok("journal tail", found if newest else "no record yet")


def _clock(newest: list[StoredRecord]) -> Finding:
    """Check that the wall clock is not behind what has been recorded."""
    if not newest:
        return ok("clock", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    behind = (decode(newest[-1]).entry.at - time.time_ns()) / _SECOND
    if behind > CLOCK_BEHIND_S:
        advice = "set the clock (NTP); the venue goes on from its own time"
        return warn("clock", f"{behind:.1f} s behind the newest record", advice)
    return ok("clock", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
