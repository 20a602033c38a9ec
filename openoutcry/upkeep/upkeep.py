"""The thread that keeps a venue in shape: it looks at the disk, the snapshots and the journal.

Rule 1: it never makes the venue's loop or the journal's writer wait.
Rule 2: a fault of upkeep is reported and does not stop trading; it looks again at the next turn.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Final, NamedTuple

import structlog

from openoutcry.model.record import Record
from openoutcry.sequencer.sequencer import Sequencer
from openoutcry.upkeep.disk import DiskWatch, Volume, refuse_growth, volume_of
from openoutcry.upkeep.retention import Retention, SyncedHistory
from openoutcry.upkeep.snapshots import RECORDS_BETWEEN, SECONDS_BETWEEN, RunningSnapshots

LOOK_S: Final = 1.0
"""Between two looks."""
DROP_PAUSE_S: Final = 0.01
"""Between two transactions that drop blocks: the journal's writer has the file to itself."""
RETENTION_EVERY_S: Final = 60.0
"""Between two looks at the journal's size, unless a snapshot was taken meanwhile."""

_log: Final = structlog.get_logger("openoutcry")


class Terms(NamedTuple):
    """How much is kept, and how often a snapshot is made."""

    retention_bytes: int
    records_between: int = RECORDS_BETWEEN
    seconds_between: float = SECONDS_BETWEEN


class Upkeep:
    """One venue's upkeep. A listener, and a thread between `start` and `close`."""

    def __init__(
        self,
        directory: Path,
        sequencer: Sequencer,
        history: SyncedHistory,
        *,
        terms: Terms,
        measure: Callable[[Path], Volume] = volume_of,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self.disk = DiskWatch(directory, measure)
        self.snapshots = RunningSnapshots(
            directory,
            records_between=terms.records_between,
            seconds_between=terms.seconds_between,
            now=now,
        )
        self.retention = Retention(directory, history, terms.retention_bytes)
        self.failures = 0
        self._sequencer = sequencer
        self._refuse = partial(refuse_growth, sequencer.engine)
        self._now = now
        self._retention_at = now()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Look at the disk now, and at everything from now on."""
        self.look_at_disk()
        self._thread.start()

    def close(self) -> None:
        """End the thread and the process it may have started. Blocks."""
        self._stopping.set()
        self._thread.join()
        self.snapshots.close()

    def tell(self, records: list[Record]) -> None:
        """Count durable records."""
        self.snapshots.count(len(records))

    def look(self) -> None:
        """Look at everything once."""
        self.look_at_disk()
        taken = self.snapshots.look()
        if taken or self._now() >= self._retention_at:
            self._retention_at = self._now() + RETENTION_EVERY_S
            self.retention.look(self._goes_on)

    def look_at_disk(self) -> None:
        """Measure the volume and let new orders in or not."""
        self._sequencer.refuse = self._refuse if self.disk.look() else None

    def _goes_on(self) -> bool:
        """Say whether a long piece of work may go on; the disk is looked at meanwhile."""
        self.look_at_disk()
        return not self._stopping.wait(DROP_PAUSE_S)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            try:
                self.look()
            except Exception as fault:  # noqa: BLE001  (a supervisor: trading goes on)
                self.failures += 1
                _log.error("upkeep_failed", fault=repr(fault), exc_info=fault)
