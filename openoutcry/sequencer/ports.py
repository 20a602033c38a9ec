"""What the sequencer needs from others, as shapes: a journal, snapshots, listeners."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from openoutcry.journal.record import Block, StoredRecord
from openoutcry.journal.snapshots import Snapshot
from openoutcry.model.record import Record


class Recorded(Protocol):
    """What a journal holds, for whoever only reads it."""

    last: int
    """The last durable sequence; 0 when empty."""
    last_hash: bytes
    """The hash of the newest record; empty when there is none."""

    @property
    def epochs(self) -> Mapping[int, str]:
        """Every epoch of this journal by the sequence it began at."""

    def read(self, after: int, limit: int) -> list[StoredRecord]:
        """Return up to `limit` records that end after a sequence, in order; from any thread."""

    def first(self) -> int:
        """Return the first sequence kept; 1 when nothing was dropped."""


class Journal(Recorded, Protocol):
    """Where records become durable, in order, for ever."""

    @property
    def epoch(self) -> str:
        """The name of the history being written."""

    def append(self, block: Block) -> None:
        """Write a block, durable on return; writer thread only. An error is final."""

    def begin_epoch(self, epoch: str) -> None:
        """Give the history that is written from here on another name; before the first append."""

    def close(self) -> None:
        """Let go of everything."""


class Snapshots(Protocol):
    """Where the engine's state is kept."""

    passed_over: list[str]
    """The ones that could not be used, and why."""

    def sequences(self) -> list[int]:
        """Return what there is, the newest first, readable or not."""

    def load(self, sequence: int) -> Snapshot | None:
        """Return one of them, or None if it cannot be trusted."""

    def save(self, snapshot: Snapshot) -> None:
        """Write one, durable on return."""

    def discard_after(self, sequence: int) -> None:
        """Delete those beyond a sequence."""


class Listener(Protocol):
    """Who is told what happened."""

    def tell(self, records: list[Record]) -> None:
        """Take durable records, in order, on the venue's loop; must not block."""


class Past(Protocol):
    """What lies behind the engine's memory: it is written behind, and knows every key for ever."""

    def room(self) -> int:
        """Return how much more it may be told before the sequencer has to wait for it."""

    async def wait_for_room(self) -> None:
        """Return when there is room."""

    def may_hold(self, keys: Iterable[str]) -> bool:
        """Say whether one of these idempotency keys may have been used; never a false no."""

    def find(self, keys: Iterable[str]) -> list[Record]:
        """Return the records that requests with these keys became; blocking, from any thread."""
