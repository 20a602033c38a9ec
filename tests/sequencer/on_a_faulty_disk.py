"""A venue on a disk that breaks at every point once; run with `broken_disk.c` preloaded.

At each point one kind of fault is tried, in turn, or with `--every` each of them. Prints one line
for each kind: its name, points tried, venues stopped.
"""

import asyncio
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

from openoutcry.engine.engine import Engine
from openoutcry.journal import sqlite
from openoutcry.journal.directory import DataDirectory
from openoutcry.journal.record import decode
from openoutcry.model.errors import JournalDamaged, NotReady
from openoutcry.model.order import Door
from openoutcry.sequencer.clock import VenueClock
from openoutcry.sequencer.recovery import recover
from openoutcry.sequencer.sequencer import Sequencer
from tests.proof.disk import Disk, Fault, Place
from tests.sequencer.rig import account, order
from tests.sequencer.trading import copy_files

BLOCKS = 5
BLOCK = 9

disk = Disk()


class Trial:
    """What one venue answered, and what broke it."""

    def __init__(self):
        self.answered = []
        self.faults = []
        self.asked_later = 0

    def note_fault(self, fault):
        self.faults.append(fault)
        self.asked_later = disk.asked_later()


async def trade(directory, trial, point, fault):
    """Open, trade, stop; the disk breaks at a point on the way, or never."""
    journal = directory.open_journal()
    sequencer = Sequencer(Engine(), journal, VenueClock(0), on_fault=trial.note_fault)
    await sequencer.start()
    disk.breaks(Place.JOURNAL, point, fault)
    try:
        await sequencer.submit(account("demo"), actor="test", door=Door.VENUE)
        for _ in range(BLOCKS):
            answers = [
                sequencer.submit(order(), actor="test", door=Door.SIMPLE) for _ in range(BLOCK)
            ]
            for outcome in await asyncio.gather(*answers, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome
                trial.answered.append(outcome.record)
    except NotReady:
        pass
    counts = [disk.points(Place.JOURNAL, of) for of in (Fault.TORN_WRITE, Fault.SYNC_EIO)]
    broke = disk.broke()
    disk.holds()
    await sequencer.stop()
    return counts, broke


def check(directory, trial, work):
    """Start on what is left: everything answered is there."""
    crashed = copy_files(directory.path, work)
    with closing(DataDirectory(crashed)) as again, closing(again.open_journal()) as left:
        recover(left).engine.check()
        kept = [decode(stored) for stored in left.read(0, 10_000)]
    assert [record for record in kept if record in trial.answered] == trial.answered
    return kept


def run(work, point, fault):
    """Run one trial; return the calls that there were and whether the venue stopped."""
    trial = Trial()
    with closing(DataDirectory(work / "live")) as directory:
        counts, broke = asyncio.run(trade(directory, trial, point, fault))
        kept = check(directory, trial, work / "left")
    stopped = bool(trial.faults)
    if fault is Fault.SHORT_WRITE or not broke:
        assert not stopped, trial.faults
        assert len(trial.answered) == BLOCKS * BLOCK == len(kept) - 1
    else:
        assert stopped, f"{fault.name} at {point} was not noticed"
        assert trial.asked_later == 0, f"{fault.name} at {point}: the disk was asked again"
    return counts, stopped


def kinds_at(point, kinds, every):
    """Return the faults to be tried at a point: all, or one in turn."""
    return kinds if every else [kinds[point % len(kinds)]]


def main(work, every):
    """Try the faults at every point."""
    sqlite.CHECKPOINT_BYTES = 30_000  # So that there are some on the way.
    (writes, syncs), _ = run(work / "whole", 0, Fault.SHORT_WRITE)
    tried, stopped = Counter(), Counter()
    for points, kinds in ((writes, list(Fault)[:4]), (syncs, list(Fault)[4:])):
        for point in range(1, points + 1):
            for fault in kinds_at(point, kinds, every):
                tried[fault] += 1
                stopped[fault] += run(work / f"{fault.name}-{point}", point, fault)[1]
    for fault in Fault:
        print(fault.name, tried[fault], stopped[fault])  # noqa: T201


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), every="--every" in sys.argv)
    except JournalDamaged as damaged:
        sys.exit(f"what a fault left behind cannot be used: {damaged}")
