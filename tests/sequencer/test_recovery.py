"""Start-up is recovery: what is made again is what was, from the beginning or from a snapshot."""

import os
import subprocess
import sys
from contextlib import closing

import pytest

from openoutcry.engine.engine import Engine
from openoutcry.journal.directory import DataDirectory
from openoutcry.journal.memory import MemoryJournal
from openoutcry.sequencer import recovery
from openoutcry.sequencer.recovery import recover, save_snapshot
from tests.sequencer.rig import Rig, account, keyed, on_a_loop, order
from tests.sequencer.trading import Day, copy_files


def test_an_empty_journal_gives_an_empty_engine(journal, directory):
    recovered = recover(journal, directory.snapshots, history_reached=0)
    assert recovered.engine.digest() == Engine().digest()
    assert recovered[1:3] == (0, 0)


def test_from_the_beginning_or_from_any_snapshot_the_state_is_the_same(journal, directory):
    day = Day(journal).trade(5).keep(directory.snapshots).trade(5)
    whole = recover(journal)
    assert whole.engine.digest() == day.engine.digest()
    assert (whole.records, whole.snapshot_sequence) == (70, 0)
    tail = recover(journal, directory.snapshots, history_reached=journal.last)
    assert tail.engine.digest() == day.engine.digest()
    assert tail.records == 35
    assert tail.snapshot_sequence == directory.snapshots.sequences()[0] > 0
    day.keep(directory.snapshots)
    nothing = recover(journal, directory.snapshots)
    assert nothing.engine.digest() == day.engine.digest()
    assert nothing.records == 0
    nothing.engine.check()


@pytest.mark.parametrize("seed", ["0", "1", "424242"])
@pytest.mark.slow
def test_the_state_does_not_depend_on_the_hash_seed(journal, directory, seed):
    day = Day(journal).trade(10)
    code = (
        "import sys; from pathlib import Path\n"
        "from openoutcry.journal.sqlite import SqliteJournal\n"
        "from openoutcry.sequencer.recovery import recover\n"
        "print(recover(SqliteJournal(Path(sys.argv[1]))).engine.digest())"
    )
    path = os.pathsep.join(filter(None, sys.path))
    digest = subprocess.run(
        [sys.executable, "-c", code, str(directory.path / "journal.sqlite3")],
        env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert digest.stdout.strip() == day.engine.digest()


def test_what_was_on_disk_when_the_process_died_is_all_there(journal, directory, tmp_path):
    day = Day(journal)
    for number in range(5):
        day.trade(2)
        with (
            closing(DataDirectory(copy_files(directory.path, tmp_path / str(number)))) as crashed,
            closing(crashed.open_journal()) as left,
        ):
            assert recover(left, crashed.snapshots).engine.digest() == day.engine.digest()


def test_progress_is_told_up_to_the_end(journal, monkeypatch):
    monkeypatch.setattr(recovery, "READ_RECORDS", 10)
    Day(journal).trade(5)
    told = []
    recover(journal, progress=lambda done, end: told.append((done, end)))
    assert len(told) == 4
    assert told[-1] == (journal.last, journal.last)
    assert told == sorted(told)


def test_a_long_recovery_leaves_a_snapshot(journal, directory, monkeypatch):
    day = Day(journal).trade(3)
    recover(journal, directory.snapshots)
    assert directory.snapshots.sequences() == []
    monkeypatch.setattr(recovery, "SNAPSHOT_AFTER_S", 0)
    recover(journal, directory.snapshots)
    assert directory.snapshots.sequences() == [journal.last]
    recovered = recover(journal, directory.snapshots)
    assert recovered.records == 0
    assert recovered.engine.digest() == day.engine.digest()


@on_a_loop
async def test_a_clean_stop_leaves_a_snapshot_from_which_the_next_start_goes_on(tmp_path):
    with closing(DataDirectory(tmp_path)) as directory:
        rig = Rig(directory.open_journal(), snapshots=directory.snapshots)
        async with rig:
            await rig.submit(account("demo"))
            record = (await rig.submit(order(), keyed(1))).record
        recovered = recover(directory.open_journal(), directory.snapshots)
        assert (recovered.records, recovered.snapshot_sequence) == (0, rig.sequencer.durable)
        assert recovered.engine.digest() == rig.engine.digest()
        again = Rig(directory.open_journal(), recovered.engine, snapshots=directory.snapshots)
        async with again:
            copy = await again.submit(order(), keyed(1))
            assert (copy.record, copy.replayed) == (record, True)
        assert directory.snapshots.sequences() == [record.last]


def test_a_snapshot_is_not_written_twice(journal, directory):
    day = Day(journal).trade(1).keep(directory.snapshots)
    directory.snapshots.save = lambda _: pytest.fail("written twice")
    save_snapshot(day.engine, journal, directory.snapshots)
    save_snapshot(Engine(), MemoryJournal(), directory.snapshots)
