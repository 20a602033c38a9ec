"""Start-up: from an empty directory, from a long journal, after a clean stop, and after a kill."""

import os
import shutil
import signal
import statistics
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.engine import apart
from benchmarks.harness import Effort, Server, in_turns, load, median_and_spread, say, scratch
from benchmarks.journals import write
from benchmarks.mix import WORDS, entry_of, mix, opening
from benchmarks.past import JOURNAL, past_of, start_without_snapshot
from benchmarks.report import Answer
from benchmarks.venue import ORDER, venue
from openoutcry.engine.engine import Engine
from openoutcry.journal.reader import JournalReader
from openoutcry.journal.record import decode, encode, last_of
from openoutcry.journal.snapshots import SnapshotFiles
from openoutcry.journal.sqlite import SqliteJournal
from openoutcry.sequencer.recovery import recover

QUESTION: Final = "How long does a start take, and how fast is a journal read back?"
READ_RECORDS: Final = 4096
CONNECTIONS: Final = 64
TAIL_S: Final = 1.5
TAIL_RATE: Final = 60_000
"""A start after a kill may take `TAIL_S`, and a second for so many records behind the snapshot."""
METHOD: Final = f"""\
A start is the time from the start of the process to its first answer, imports included. `empty`:
no data directory. `clean`: after a clean stop, with a snapshot, and history complete. `journal`:
the same directory without any snapshot, so that every record is read, its hash checked, its
command applied again, and the result compared byte by byte; its rate is the number of records over
what this start took longer than an empty one. Its baseline in the same run is reading the journal
without applying anything: every record decoded and encoded again in a loop. The past is executed
simple orders. `killed`: a copy of the same directory is traded on over {CONNECTIONS} connections,
its server is killed while the last of these orders go to market, and the next start is timed; the
tail is what the journal then held beyond the newest snapshot.

What a record takes depends on what happened in it: each of these is an order that is accepted, goes
to market and is executed, three events with both sides' money. Beside them the flow of `engine` is
read back, its journal in full blocks, by the same `recover` in a process of its own: {WORDS}."""


class Took(NamedTuple):
    """Seconds on the clock, and of the processor."""

    elapsed: float
    processor: float


class Killed(NamedTuple):
    """A start after a kill."""

    took: Took
    tail: int
    """Records behind the newest snapshot."""

    @property
    def allowed_s(self) -> float:
        """How long it may take."""
        return TAIL_S + self.tail / TAIL_RATE


def measure(effort: Effort) -> Answer:
    """Start a venue in turns from nothing, from a snapshot and from the journal alone."""
    past = past_of(effort.orders)
    took = in_turns(
        effort.rounds,
        {
            "empty": _empty,
            "clean": lambda: _clean(past.directory),
            "journal": lambda: _journal(past.directory),
            "reading": lambda: _reading(past.directory / JOURNAL),
        },
    )
    mixed, flow = _mixed(effort.rounds)
    killed = [_killed(past.directory, effort.seconds) for _ in range(effort.rounds)]
    records = past.records
    rows = [
        ("figure", "on the clock", "of the processor", "target"),
        _row("start, empty, s", took["empty"], "≤ 1.5"),
        _row(
            f"start, clean, {effort.orders:,} orders in history, s",
            took["clean"],
            "≤ 3 with 1,000,000",
        ),
        _row("start after a kill, s", [one.took for one in killed], _allowed(killed)),
        _row(f"start, journal of {records:,} records, s", took["journal"], ""),
        _rates("records/s read back", records, _beyond(took["journal"], took["empty"])),
        _rates("records/s decoded and encoded alone", records, took["reading"]),
        _rates("records/s of the engine's flow read back", flow, mixed),
    ]
    return Answer(METHOD, rows)


def _row(figure: str, took: Sequence[Took], target: str) -> tuple[str, ...]:
    elapsed, processor = ([one[part] for one in took] for part in (0, 1))
    form = "{:.2f}"
    return figure, median_and_spread(elapsed, form), median_and_spread(processor, form), target


def _rates(figure: str, records: int, took: Sequence[Took]) -> tuple[str, ...]:
    elapsed, processor = ([records / one[part] for one in took] for part in (0, 1))
    target = "≥ 60,000" if figure.endswith("back") else ""
    return figure, median_and_spread(elapsed), median_and_spread(processor), target


def _beyond(starts: Sequence[Took], empty: Sequence[Took]) -> list[Took]:
    elapsed, processor = (statistics.median(one[part] for one in empty) for part in (0, 1))
    return [Took(one.elapsed - elapsed, one.processor - processor) for one in starts]


def _empty() -> Took:
    with scratch() as fresh, venue(fresh / "venue") as server:
        return _told("empty", server)


def _clean(past: Path) -> Took:
    with venue(past) as server:
        return _told("clean", server)


def _journal(past: Path) -> Took:
    with start_without_snapshot(past) as server:
        return _told("journal", server)


def _killed(past: Path, seconds: int) -> Killed:
    """Trade on a copy of the past, kill the server meanwhile, and start again."""
    with scratch() as directory:
        copy = Path(shutil.copytree(past, directory / "copy"))
        with venue(copy) as server:
            load(server, "/orders", [ORDER], connections=CONNECTIONS, seconds=seconds)
            os.kill(server.pid, signal.SIGKILL)
        tail = _tail(copy)
        with venue(copy) as server:
            return Killed(_told(f"killed, a tail of {tail:,}", server), tail)


def _tail(directory: Path) -> int:
    """Count the records that the next start has to apply again."""
    journal = JournalReader(directory / JOURNAL)
    after = max(SnapshotFiles(directory).sequences(), default=0)
    count = 0
    while stored := journal.read(after, READ_RECORDS):
        count += len(stored)
        after = last_of(stored[-1])
    journal.close()
    return count


def _allowed(killed: Sequence[Killed]) -> str:
    tails = median_and_spread([one.tail for one in killed])
    allowed = median_and_spread([one.allowed_s for one in killed], "{:.2f}")
    return f"≤ {allowed}, for tails of {tails} records"


def _mixed(rounds: int) -> tuple[list[Took], int]:
    """Read the engine's flow back some times; return what that took, and its records."""
    with scratch() as directory:
        path = directory / JOURNAL
        engine = Engine()
        opened = (entry_of(engine, command) for command in opening())
        with closing(SqliteJournal(path)) as journal:
            records = write(journal, engine, chain(opened, mix()[0]))
        return [apart(partial(_read_back, path)) for _ in range(rounds)], records


def _read_back(path: Path) -> Took:
    with closing(SqliteJournal(path)) as journal:
        started, used = time.perf_counter(), time.process_time()
        recover(journal)
        return Took(time.perf_counter() - started, time.process_time() - used)


def _told(side: str, server: Server) -> Took:
    took = Took(server.start_s, server.processor_s())
    say(f"{side}: {took.elapsed:.2f} s, {took.processor:.2f} s of the processor")
    return took


def _reading(path: Path) -> Took:
    started, used = time.perf_counter(), time.process_time()
    journal = SqliteJournal(path)
    after = 0
    while stored := journal.read(after, READ_RECORDS):
        records = [decode(one) for one in stored]
        for record in records:
            encode(record)
        after = records[-1].last
    journal.close()
    return Took(time.perf_counter() - started, time.process_time() - used)
