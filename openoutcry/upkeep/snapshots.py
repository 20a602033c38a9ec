"""Snapshots while the venue trades: when the next one is due, and the process that makes it.

Rule: nothing here waits for that process but `close`, which ends it; a snapshot that failed is
reported and tried again when the next is due.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Final

import msgspec
import structlog

import openoutcry
from openoutcry.journal.snapshots import SnapshotFiles
from openoutcry.upkeep.next_snapshot import Report

RECORDS_BETWEEN: Final = 100_000
"""Records after which the next snapshot is due."""
SECONDS_BETWEEN: Final = 60.0
"""At least so long from one start of the process to the next."""
END_S_MAX: Final = 5.0
"""How long the process has to end when it is asked to; then it is killed."""
_ROOT: Final = Path(openoutcry.__file__).parent.parent

_log: Final = structlog.get_logger("openoutcry")


class RunningSnapshots:
    """At most one process at a time. `count` is for the venue's loop, the rest for one thread."""

    def __init__(
        self,
        directory: Path,
        *,
        records_between: int = RECORDS_BETWEEN,
        seconds_between: float = SECONDS_BETWEEN,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self.sequence = 0
        """Of the newest snapshot; 0: none."""
        self.taken = 0
        self.failures = 0
        """Processes that ended without a snapshot, those that found a fault among them."""
        self.faults = 0
        """Of those, the ones that found the journal to be other than its commands make it."""
        self.seconds = 0.0
        """That the last one took."""
        self.memory_bytes = 0
        """That the last one used at the most."""
        self._directory = directory.absolute()
        self._records_between = records_between
        self._seconds_between = seconds_between
        self._now = now
        self._taken_at = now()
        self._started_at = now() - seconds_between
        self._records = 0
        self._counting = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        files = SnapshotFiles(directory)
        files.discard_drafts()
        self.sequence = max(files.sequences(), default=0)

    def count(self, records: int) -> None:
        """Take note of records that became durable."""
        with self._counting:
            self._records += records

    def age(self) -> float:
        """Return the seconds since the newest snapshot, or since the start when it is older."""
        return self._now() - self._taken_at

    def is_due(self) -> bool:
        """Say whether the next snapshot is to be made now."""
        return (
            self._process is None
            and self._records >= self._records_between
            and self._now() - self._started_at >= self._seconds_between
        )

    def look(self) -> bool:
        """Start the process if it is due, hear it if it has ended; say whether one was taken."""
        process = self._process
        if process is None:
            if self.is_due():
                self._start()
            return False
        if process.poll() is None:
            return False
        self._process = None
        return self._hear(process)

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.communicate(timeout=END_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        SnapshotFiles(self._directory).discard_drafts()
        _log.info("snapshot_given_up", process=process.pid)

    def _start(self) -> None:
        with self._counting:
            self._records = 0
        self._started_at = self._now()
        # Its answer is one line, so nobody needs to read before it has ended.
        self._process = subprocess.Popen(  # noqa: S603  (our own module, by its own interpreter)
            [sys.executable, "-m", "openoutcry.upkeep.next_snapshot", str(self._directory)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        _log.info("snapshot_started", process=self._process.pid)

    def _hear(self, process: subprocess.Popen[bytes]) -> bool:
        said, _ = process.communicate()
        try:
            report = msgspec.json.decode(said, type=Report)
        except msgspec.MsgspecError:
            self.failures += 1
            _log.error("snapshot_failed", process=process.pid, exit_code=process.returncode)
            return False
        if report.fault:
            self.failures += 1
            self.faults += 1
            _log.critical("verification_failed", process=process.pid, fault=report.fault)
            return False
        self.taken += 1
        self.sequence = report.sequence
        self._taken_at = self._now()
        self.seconds = report.seconds
        self.memory_bytes = report.memory_bytes
        _log.info(
            "snapshot_taken",
            sequence=report.sequence,
            after=report.after,
            records=report.records,
            seconds=round(report.seconds, 3),
            memory_bytes=report.memory_bytes,
        )
        return True
