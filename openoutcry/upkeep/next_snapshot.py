"""A process of its own that verifies what a running venue wrote and keeps the next snapshot.

    python -m openoutcry.upkeep.next_snapshot DATA_DIR

Rule 1: it only reads what the venue writes; its result is a new file beside it.
Rule 2: it has the lowest priority, and ends when its standard input does: when the venue goes.

It restores the newest snapshot, applies the durable records after it again, and compares every
event with the journal. So a venue that never stops is verified all the same, and a restart after a
crash has little left to apply. The answer is one line of JSON; exit code 1 comes with a fault.
"""

import gc
import os
import resource
import sys
from contextlib import closing
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Final

import msgspec
from msgspec import Struct

from openoutcry.giving_way import give_way
from openoutcry.journal.directory import JOURNAL_NAME
from openoutcry.journal.reader import JournalReader
from openoutcry.journal.snapshots import SnapshotFiles
from openoutcry.sequencer.recovery import Replay, newest_beginning, save_snapshot

NICE: Final = 19
LEFT_ALONE: Final = 2
"""Exit code when the venue has gone meanwhile."""


class Report(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of it."""

    sequence: int = 0
    """Of the new snapshot."""
    after: int = 0
    """Of the snapshot it began with; 0: none."""
    records: int = 0
    """Applied again and found to be what the journal says."""
    seconds: float = 0.0
    memory_bytes: int = 0
    """At the most."""
    fault: str = ""
    """What is wrong, with the sequence; empty: nothing."""


def main() -> None:
    """Do it, and say on standard output what came of it."""
    give_way(NICE)
    gc.disable()  # Nearly nothing here is garbage in cycles, and it does not live for long.
    Thread(target=_end_with_the_venue, daemon=True).start()
    report = take(Path(sys.argv[1]))
    sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    sys.stdout.flush()
    sys.exit(1 if report.fault else 0)


def take(directory: Path) -> Report:
    """Verify what is new in a data directory and keep its state."""
    started = perf_counter()
    try:
        with closing(JournalReader(directory / JOURNAL_NAME)) as journal:
            snapshots = SnapshotFiles(directory)
            beginning = newest_beginning(journal, snapshots)
            replay = Replay(journal, beginning)
            replay.run(None)
            save_snapshot(replay.engine, journal, snapshots)
    except OSError:
        raise  # The disk is full, the file gone: that says nothing about what is in it.
    except Exception as fault:  # noqa: BLE001  (a supervisor: whatever it is, the venue is told)
        notes = getattr(fault, "__notes__", [])
        words = " ".join([str(fault) or repr(fault), *notes])
        return Report(fault=f"{type(fault).__name__}: {words}")
    return Report(
        sequence=journal.last,
        after=beginning.sequence,
        records=replay.records,
        seconds=perf_counter() - started,
        memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


def _end_with_the_venue() -> None:
    """End without a word when nobody holds the other end of standard input any more."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(LEFT_ALONE)


if __name__ == "__main__":
    main()
