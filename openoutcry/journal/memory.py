"""A journal that keeps nothing beyond the process: for `:memory:` venues and for tests."""

from bisect import bisect_right
from itertools import islice
from typing import Final

from openoutcry.journal.record import Block, StoredRecord, last_of, new_epoch

RECORDS_MAX: Final = 100_000
"""Records kept; beyond it the oldest are dropped, a tenth at a time."""


class MemoryJournal:
    """Records in a list, the newest last."""

    def __init__(self, *, records_max: int = RECORDS_MAX) -> None:
        self.epochs = {1: new_epoch()}
        self.last = 0
        self.last_hash = b""
        self._first = 1
        self._records_max = records_max
        self._kept: tuple[list[int], list[StoredRecord]] = ([], [])

    @property
    def epoch(self) -> str:
        """The name of the history being written."""
        return self.epochs[max(self.epochs)]

    def append(self, block: Block) -> None:
        """Keep a block."""
        lasts, records = self._kept
        lasts.extend(map(last_of, block.records))
        records.extend(block.records)
        self.last, self.last_hash = block.last, block.records[-1].hash
        if len(records) > self._records_max:
            drop = len(records) - self._records_max * 9 // 10
            self._first = lasts[drop - 1] + 1
            # A reader in another thread holds either the old pair of lists or the new one.
            self._kept = (lasts[drop:], records[drop:])

    def read(self, after: int, limit: int) -> list[StoredRecord]:
        """Return up to `limit` records that end after a sequence, in order."""
        lasts, records = self._kept
        start = bisect_right(lasts, after)
        return list(islice(records, start, start + limit))

    def first(self) -> int:
        """Return the first sequence kept."""
        return self._first

    def begin_epoch(self, epoch: str) -> None:
        """Give the history that is written from here on another name."""
        self.epochs = {**self.epochs, self.last + 1: epoch}

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""
