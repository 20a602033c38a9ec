"""Snapshots beside trading: when, by whom, and what is said when the journal is not true."""

import os
import signal
import subprocess
import sys

import msgspec
import pytest
import structlog

from openoutcry.journal.record import Block, encode, link_at, seal
from openoutcry.model.commands import CancelOrder
from openoutcry.model.order import Door
from openoutcry.model.record import FORMAT, Entry, Record
from openoutcry.sequencer.recovery import recover
from openoutcry.upkeep import next_snapshot
from openoutcry.upkeep.next_snapshot import LEFT_ALONE, Report, take
from openoutcry.upkeep.snapshots import RunningSnapshots
from tests.sequencer.trading import Day
from tests.venue import ROOT


class Clock:
    now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def snapshots(directory, clock):
    running = RunningSnapshots(directory.path, records_between=50, seconds_between=60.0, now=clock)
    yield running
    running.close()


def finish(running):
    """Wait for the process as a thread with nothing else to do would."""
    running._process.wait(30)
    return running.look()


def forge(journal, day):
    """Append a record that chains well, of a command that causes more than it says."""
    first = journal.last + 1
    command = CancelOrder(account_id="alice", order_id=10**6)
    entry = Entry(at=day.at + 1, actor="test", door=Door.NATIVE, command=command)
    lie = Record(format=FORMAT, first=first, last=first, entry=entry, events=[])
    sealed = seal(link_at(journal.epochs, first, journal.last_hash), encode(lie))
    journal.append(Block(first, first, [sealed]))
    return first


def test_the_next_snapshot_begins_with_the_last_and_checks_what_follows(directory, journal):
    day = Day(journal).trade(5).keep(directory.snapshots)
    began_at = journal.last
    day.trade(5)
    report = take(directory.path)
    assert (report.sequence, report.after, report.records) == (journal.last, began_at, 35)
    assert report.fault == ""
    recovered = recover(journal, directory.snapshots)
    assert (recovered.snapshot_sequence, recovered.records) == (journal.last, 0)
    assert recovered.engine.digest() == day.engine.digest()


def test_what_is_written_meanwhile_is_left_to_the_next(directory, journal, monkeypatch):
    day = Day(journal).trade(5)
    ends = journal.last
    opened = next_snapshot.newest_beginning

    def while_trading(*parts):
        day.trade(3)
        return opened(*parts)

    monkeypatch.setattr(next_snapshot, "newest_beginning", while_trading)
    assert take(directory.path).sequence == ends < journal.last
    assert take(directory.path).fault == ""


def test_the_first_snapshot_begins_with_nothing(directory, journal):
    Day(journal).trade(3)
    assert take(directory.path).after == 0
    assert directory.snapshots.sequences() == [journal.last]


def test_a_record_that_its_command_does_not_cause_is_named_and_no_snapshot_is_kept(
    directory, journal
):
    day = Day(journal).trade(3).keep(directory.snapshots)
    kept = directory.snapshots.sequences()
    first = forge(journal, day)
    report = take(directory.path)
    assert f"sequence {first}" in report.fault
    assert directory.snapshots.sequences() == kept


def test_trouble_with_the_disk_is_no_fault_of_the_journal(directory, journal, monkeypatch):
    Day(journal).trade(1)

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(next_snapshot, "save_snapshot", full)
    with pytest.raises(OSError, match="no space"):
        take(directory.path)


def test_it_is_due_by_records_and_by_time_and_one_at_a_time(directory, journal, snapshots, clock):
    Day(journal).trade(8)
    snapshots.count(49)
    assert not snapshots.is_due()
    assert not snapshots.look()
    assert snapshots._process is None
    snapshots.count(1)
    assert snapshots.is_due()
    snapshots.look()
    running = snapshots._process
    snapshots.count(50)
    clock.now += 60
    assert not snapshots.is_due()
    running.wait(30)
    assert snapshots.look()
    assert snapshots.is_due()


def test_not_more_often_than_once_in_a_while(directory, journal, snapshots, clock):
    Day(journal).trade(8)
    snapshots.count(50)
    snapshots.look()
    assert finish(snapshots)
    snapshots.count(50)
    clock.now += 59
    assert not snapshots.is_due()
    clock.now += 1
    assert snapshots.is_due()


def test_the_process_has_the_lowest_priority_and_reports_what_it_made(
    directory, journal, snapshots, clock
):
    Day(journal).trade(8)
    snapshots.count(56)
    with structlog.testing.capture_logs() as logged:
        snapshots.look()
        pid = snapshots._process.pid
        clock.now += 5
        assert finish(snapshots)
    assert (snapshots.taken, snapshots.failures, snapshots.faults) == (1, 0, 0)
    assert snapshots.sequence == journal.last == directory.snapshots.sequences()[0]
    assert snapshots.age() == 0
    assert snapshots.memory_bytes > 1_000_000
    assert [(line["event"], line.get("process")) for line in logged] == [
        ("snapshot_started", pid),
        ("snapshot_taken", None),
    ]
    assert logged[1]["sequence"] == journal.last
    assert logged[1]["records"] == 56


def test_a_difference_is_told_loudly_and_does_not_end_anything(directory, journal, snapshots):
    first = forge(journal, Day(journal).trade(8))
    snapshots.count(57)
    with structlog.testing.capture_logs() as logged:
        snapshots.look()
        assert not finish(snapshots)
    assert (snapshots.taken, snapshots.failures, snapshots.faults) == (0, 1, 1)
    assert logged[-1]["event"] == "verification_failed"
    assert logged[-1]["log_level"] == "critical"
    assert f"sequence {first}" in logged[-1]["fault"]
    assert snapshots._process is None


def test_a_process_that_dies_is_a_failure_and_the_next_one_is_tried(
    directory, journal, snapshots, clock
):
    Day(journal).trade(8)
    snapshots.count(50)
    snapshots.look()
    os.kill(snapshots._process.pid, signal.SIGKILL)
    with structlog.testing.capture_logs() as logged:
        assert not finish(snapshots)
    assert (snapshots.failures, snapshots.faults) == (1, 0)
    assert logged[-1]["event"] == "snapshot_failed"
    snapshots.count(50)
    clock.now += 60
    snapshots.look()
    assert finish(snapshots)


def test_closing_ends_the_process_and_leaves_no_draft(directory, journal, snapshots):
    Day(journal).trade(8)
    snapshots.count(50)
    snapshots.look()
    process = snapshots._process
    draft = directory.path / f"snapshot-{journal.last:020d}.draft"
    draft.write_text("half of it")
    snapshots.close()
    assert process.returncode is not None
    assert not draft.exists()


def test_drafts_of_a_venue_that_died_are_deleted_at_the_start(directory, journal, clock):
    draft = directory.path / f"snapshot-{7:020d}.draft"
    other = directory.path / "snapshot-x.draft"
    for path in (draft, other):
        path.write_text("half of it")
    RunningSnapshots(directory.path, now=clock)
    assert not draft.exists()
    assert other.exists()


def test_the_process_ends_when_the_venue_has_gone(tmp_path):
    """Its standard input ends; what it was about to do does not matter any more."""
    code = (
        "import time\nfrom openoutcry.upkeep import next_snapshot\n"
        "next_snapshot.take = lambda _: time.sleep(60)\nnext_snapshot.main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE
    )
    process.stdin.close()
    assert process.wait(30) == LEFT_ALONE


def test_it_runs_at_the_lowest_priority(tmp_path):
    code = (
        "import os\nfrom openoutcry.upkeep import next_snapshot as one\n"
        "one.take = lambda _: one.Report(sequence=os.nice(0))\none.main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        said = process.stdout.read()
    assert msgspec.json.decode(said, type=Report).sequence == 19
