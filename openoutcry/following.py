"""`python -m openoutcry.following`: the process beside a venue that writes its history.

Rule: it holds no lock and listens to nobody but the venue that started it, through its standard
input, and ends when that does. See `history.follower` for what is said.
"""

import select
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from openoutcry.gateway.simple.order import shown
from openoutcry.giving_way import give_way
from openoutcry.history.database import Database
from openoutcry.history.follower import READY, Task
from openoutcry.history.writing import BATCH_RECORDS, Writing
from openoutcry.journal.reader import JournalReader
from openoutcry.journal.record import decode
from openoutcry.model.record import Record
from openoutcry.model.units import Sequence
from openoutcry.simulation.market import AGENTS

NICENESS: Final = 10
"""Below the venue: where processors are short, orders come before what is written of them. On two
busy cores the venue took 8,400 orders a second instead of 5,300 (measured); history that stays
behind too far makes commands wait, so it is not forgotten."""


def main() -> None:
    """Follow a journal until nobody asks any more."""
    give_way(NICENESS)
    # Ctrl-C is for the venue, which then lets its follower end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    database = Database(task.history)
    try:
        with (
            closing(JournalReader(Path(task.journal))) as journal,
            closing(Writing(database.writing, shown, AGENTS)) as writing,
        ):
            _say(READY)
            _follow(journal, writing)
    except Exception as fault:  # noqa: BLE001  (the venue logs it, and writes history itself)
        _say(repr(fault).encode())
        sys.exit(1)
    finally:
        database.close()


def _follow(journal: JournalReader, writing: Writing) -> None:
    coming = select.poll()
    coming.register(sys.stdin, select.POLLIN)
    while line := sys.stdin.buffer.readline():
        after, last = map(int, line.split())
        for records in _pages(journal, after, last):
            writing.write(records)
        _say(b"%d" % last)
        while not coming.poll(0) and writing.rest(Sequence(last)):
            pass


def _pages(journal: JournalReader, after: int, last: int) -> Iterator[list[Record]]:
    """Yield the records after a sequence, up to another, a transaction's worth at a time."""
    while after < last:
        found = (decode(stored) for stored in journal.read(after, BATCH_RECORDS))
        records = [record for record in found if record.last <= last]
        if not records:
            raise LookupError(f"the journal has no record after sequence {after}")
        yield records
        after = records[-1].last


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line.replace(b"\n", b" ") + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
