"""Retention: the journal's oldest blocks go when the file is larger than it should be.

Rule: a block goes only when the oldest good snapshot is beyond it and history, synced, holds it.
So a start finds a state to begin with and a history without a hole, and every key that was ever
used still finds its answer.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, Protocol

import structlog

from openoutcry.journal.directory import JOURNAL_NAME
from openoutcry.journal.dropping import OldBlocks
from openoutcry.journal.snapshots import SnapshotFiles
from openoutcry.model.units import Sequence

_log: Final = structlog.get_logger("openoutcry")


class SyncedHistory(Protocol):
    """What retention asks of history."""

    def sync(self) -> Sequence:
        """Return a sequence that history has reached even after a power cut. Blocks."""


class Retention:
    """Drops what is not needed, when it is told to look; used by one thread."""

    def __init__(self, directory: Path, history: SyncedHistory, bytes_max: int) -> None:
        self.dropped_until = 0
        """The last sequence that was dropped since the start."""
        self.dropped_blocks = 0
        self.live_bytes = 0
        """Of the journal, when it was last looked at."""
        self._directory = directory
        self._history = history
        self._bytes_max = bytes_max
        self._good: dict[int, bool] = {}
        """Whether a snapshot is what was written; a file is read once."""

    def look(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Drop as long as the journal is too large, something may go, and the caller goes on."""
        with closing(OldBlocks(self._directory / JOURNAL_NAME)) as blocks:
            self.live_bytes = blocks.live_bytes()
            if self.live_bytes <= self._bytes_max:
                return
            until = self._unneeded()
            began_at = self.dropped_blocks
            while self.live_bytes > self._bytes_max and goes_on():
                dropped = blocks.drop(until)
                if not dropped.blocks:
                    break
                self.dropped_blocks += dropped.blocks
                self.dropped_until = dropped.until
                self.live_bytes = blocks.live_bytes()
        if self.dropped_blocks > began_at:
            _log.info(
                "journal_shortened",
                dropped_until=self.dropped_until,
                blocks=self.dropped_blocks - began_at,
                live_bytes=self.live_bytes,
                bytes_max=self._bytes_max,
            )

    def _unneeded(self) -> int:
        """Return the sequence up to which nobody needs the journal; 0: all of it is needed."""
        files = SnapshotFiles(self._directory)
        kept = sorted(files.sequences())
        self._good = {sequence: good for sequence, good in self._good.items() if sequence in kept}
        for sequence in kept:
            if sequence not in self._good:
                self._good[sequence] = files.load(sequence) is not None
            if self._good[sequence]:
                return min(sequence, self._history.sync())
        return 0
