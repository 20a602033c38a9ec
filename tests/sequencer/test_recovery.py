"""Start-up is recovery: what is made again is what was, and what contradicts it is named."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from msgspec.structs import replace

from openoutcry.engine.engine import Engine
from openoutcry.journal.directory import DataDirectory
from openoutcry.journal.memory import MemoryJournal
from openoutcry.journal.record import Block, decode, encode, link_at, opening, seal
from openoutcry.journal.snapshots import SnapshotFiles
from openoutcry.model.errors import JournalDamaged
from openoutcry.sequencer import recovery
from openoutcry.sequencer.recovery import recover, save_snapshot
from tests.sequencer.rig import Rig, account, keyed, on_a_loop, order
from tests.sequencer.trading import Day, copy_files


@pytest.fixture
def directory(tmp_path):
    with closing(DataDirectory(tmp_path / "data")) as directory:
        yield directory


@pytest.fixture
def journal(directory):
    with closing(directory.open_journal()) as journal:
        yield journal


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


# Damage is named.


def rewritten(journal, at, change):
    """A journal in memory like `journal`, one record changed, its chain made again."""
    copy = MemoryJournal()
    copy.epochs = dict(journal.epochs)
    for number, stored in enumerate(journal.read(0, 10_000)):
        body = change(decode(stored)) if number == at else stored.body
        if body is not None:
            record = seal(copy.last_hash or opening(copy.epoch), body)
            copy.append(Block(decode(record).first, decode(record).last, [record]))
    return copy


def test_events_that_do_not_follow_from_the_command_are_named(journal):
    Day(journal).trade(3)
    for number, stored in enumerate(journal.read(0, 100)):
        record = decode(stored)
        if record.events:
            forged = rewritten(
                journal,
                number,
                lambda r: (
                    encode(replace(r, events=[*r.events[:-1], r.events[0]]))
                    if len(r.events) > 1
                    else encode(replace(r, events=[]))
                ),
            )
            with pytest.raises(JournalDamaged, match=f"sequence {record.first}, applied again"):
                recover(forged)


def test_a_missing_record_is_named_by_what_comes_before(journal):
    Day(journal).trade(3)
    records = [decode(stored) for stored in journal.read(0, 100)]
    for number, record in enumerate(records[:-1]):
        with pytest.raises(JournalDamaged, match=f"after sequence {record.first - 1} comes"):
            recover(rewritten(journal, number, lambda _: None))


def test_a_record_that_was_exchanged_breaks_the_chain(journal):
    Day(journal).trade(3)
    copy = MemoryJournal()
    copy.epochs = dict(journal.epochs)
    stored = journal.read(0, 100)
    record = decode(stored[10])
    other = seal(stored[10].link, encode(replace(record, entry=replace(record.entry, actor="x"))))
    for one in [*stored[:10], other, *stored[11:]]:
        copy.append(Block(decode(one).first, decode(one).last, [one]))
    following = decode(stored[11]).first
    with pytest.raises(JournalDamaged, match=f"sequence {following} does not follow"):
        recover(copy)


def test_the_newest_record_must_be_the_one_the_journal_says(journal):
    Day(journal).trade(1)
    journal.last_hash = b"another"
    with pytest.raises(JournalDamaged, match=f"ends at sequence {journal.last} with another"):
        recover(journal)
    journal.last += 1
    with pytest.raises(JournalDamaged, match=f"after sequence {journal.last - 1} is missing"):
        recover(journal)


def test_a_journal_under_another_name_is_refused(journal):
    Day(journal).trade(1)
    journal.epochs[1] = "other"
    with pytest.raises(JournalDamaged, match="sequence 1 does not follow"):
        recover(journal)


def test_an_entry_that_the_engine_cannot_take_is_named_and_stops(journal):
    Day(journal).trade(2)
    back = rewritten(
        journal, 5, lambda record: encode(replace(record, entry=replace(record.entry, at=1)))
    )
    with pytest.raises(AssertionError, match="time never goes back") as caught:
        recover(back)
    first = decode(journal.read(0, 100)[5]).first
    assert caught.value.__notes__ == [f"while the record at sequence {first} was applied again"]


# Snapshots that cannot be used, and snapshots as witnesses.


def test_a_damaged_snapshot_is_passed_over_and_named(journal, directory):
    day = Day(journal).trade(2).keep(directory.snapshots)
    older = journal.last
    day.trade(2).keep(directory.snapshots)
    path = directory.path / f"snapshot-{journal.last:020d}.json"
    path.write_bytes(path.read_bytes()[:-1])
    recovered = recover(journal, directory.snapshots)
    assert recovered.snapshot_sequence == older
    assert recovered.engine.digest() == day.engine.digest()
    assert [path.name in one for one in recovered.passed_over] == [True]


def test_a_snapshot_that_is_not_of_this_chain_is_refused(journal, directory):
    day = Day(journal).trade(2).keep(directory.snapshots)
    sequence = journal.last
    snapshot = directory.snapshots.load(sequence)
    directory.snapshots.save(replace(snapshot, hash=b"x" * 32))
    with pytest.raises(JournalDamaged, match=f"ends at sequence {sequence} with another record"):
        recover(journal, directory.snapshots)
    day.trade(1)
    with pytest.raises(JournalDamaged, match=f"sequence {sequence + 1} does not follow"):
        recover(journal, directory.snapshots)


def test_a_snapshot_that_holds_another_sequence_is_refused(journal, directory):
    day = Day(journal).trade(2).keep(directory.snapshots)
    sequence = journal.last
    snapshot = directory.snapshots.load(sequence)
    day.trade(1)
    directory.snapshots.save(replace(snapshot, sequence=journal.last))
    with pytest.raises(
        JournalDamaged,
        match=f"snapshot named {journal.last} holds the state of sequence {sequence}",
    ):
        recover(journal, directory.snapshots)


def test_a_snapshot_of_another_venue_is_refused(journal, directory, tmp_path):
    Day(journal).trade(3)
    other = MemoryJournal()
    Day(other, seed=2).trade(1).keep(directory.snapshots)
    with pytest.raises(JournalDamaged, match=f"of epoch {other.epoch}, the journal of"):
        recover(journal, directory.snapshots)


@pytest.mark.parametrize("damaged", [False, True])
def test_a_snapshot_beyond_the_end_shows_that_records_are_lost(journal, directory, damaged):
    day = Day(journal).trade(2)
    left = MemoryJournal()
    left.epochs = dict(journal.epochs)
    for stored in journal.read(0, 100):
        left.append(Block(decode(stored).first, decode(stored).last, [stored]))
    day.trade(2).keep(directory.snapshots)
    if damaged:
        path = directory.path / f"snapshot-{journal.last:020d}.json"
        path.write_bytes(b"")
    message = f"ends at sequence {left.last}, but sequence {journal.last} was reached"
    with pytest.raises(JournalDamaged, match=message):
        recover(left, directory.snapshots)
    assert left.epochs == journal.epochs


def test_a_history_beyond_the_end_shows_that_records_are_lost(journal):
    Day(journal).trade(2)
    assert recover(journal, history_reached=journal.last).lost_until == 0
    end = journal.last
    with pytest.raises(JournalDamaged, match=f"ends at sequence {end}, but sequence {end + 1}"):
        recover(journal, history_reached=end + 1)


def test_a_journal_that_vanished_is_noticed(journal, directory):
    Day(journal).trade(2).keep(directory.snapshots)
    with pytest.raises(JournalDamaged, match=f"ends at sequence 0, but sequence {journal.last}"):
        recover(MemoryJournal(), directory.snapshots)


# Going on after a loss.


def lose_a_block(directory):
    with closing(sqlite3.connect(directory.path / "journal.sqlite3")) as vandal:
        vandal.execute("DELETE FROM blocks WHERE first = (SELECT max(first) FROM blocks)")
        vandal.commit()


def test_an_accepted_loss_goes_on_from_the_end_under_a_new_name(directory):
    journal = directory.open_journal()
    day = Day(journal).trade(4).keep(directory.snapshots).trade(1)
    kept = journal.last
    image = day.engine.digest()
    day.trade(1).keep(directory.snapshots)
    reached, old = journal.last, journal.epoch
    journal.close()
    lose_a_block(directory)
    with closing(directory.open_journal()) as left:
        recovered = recover(left, directory.snapshots, accept_loss=True)
        assert (left.last, recovered.lost_until) == (kept, reached)
        assert recovered.engine.digest() == image
        assert left.epochs == {1: old, kept + 1: left.epoch}
        assert left.epoch != old
        again = Day(left, seed=3, engine=recovered.engine).trade(9)
        assert left.last > reached
        digest = again.engine.digest()
        assert recover(left).engine.digest() == digest
        assert recover(left, directory.snapshots).engine.digest() == digest
    with closing(directory.open_journal()) as reopened:
        assert recover(reopened, directory.snapshots).engine.digest() == digest
        link = link_at(reopened.epochs, kept + 1, reopened.read(kept - 1, 1)[0].hash)
        assert reopened.read(kept, 1)[0].link == link


def test_a_loss_accepted_just_before_a_crash_is_not_reported_again(directory):
    journal = directory.open_journal()
    Day(journal).trade(4).keep(directory.snapshots)
    journal.close()
    lose_a_block(directory)
    with closing(directory.open_journal()) as left:
        left.begin_epoch("new")  # And before the snapshot was discarded, the power went.
        recovered = recover(left, directory.snapshots)
        assert recovered.lost_until == 0
        assert recovered.snapshot_sequence == 0


def test_a_loss_of_everything_can_be_accepted(journal, directory):
    Day(journal).trade(2).keep(directory.snapshots)
    empty = MemoryJournal()
    recovered = recover(empty, directory.snapshots, history_reached=5, accept_loss=True)
    assert recovered.engine.sequence == 0
    assert directory.snapshots.sequences() == []


# A journal that does not begin at 1.


@pytest.fixture
def shortened(tmp_path):
    """A journal whose first blocks were dropped, and snapshots that do and do not reach it."""
    journal = MemoryJournal(records_max=30)
    files = {name: SnapshotFiles(tmp_path / name) for name in ("early", "late")}
    for name in files:
        (tmp_path / name).mkdir()
    day = Day(journal).trade(1).keep(files["early"]).trade(3)
    day.keep(files["late"])
    day.trade(1)
    assert 1 < journal.first() <= files["late"].sequences()[0]
    return day, files


def test_a_journal_that_begins_later_needs_a_snapshot_that_reaches_it(shortened):
    day, files = shortened
    recovered = recover(day.journal, files["late"], history_reached=day.journal.last)
    assert recovered.engine.digest() == day.engine.digest()
    for snapshots in (None, files["early"]):
        with pytest.raises(
            JournalDamaged,
            match=f"begins at sequence {day.journal.first()} and no snapshot reaches it",
        ):
            recover(day.journal, snapshots)


def test_a_snapshot_of_the_very_record_before_the_journal_begins_is_enough(directory, journal):
    day = Day(journal).trade(2).keep(directory.snapshots)
    day.trade(1)
    first = directory.snapshots.sequences()[0] + 1
    journal._writer.execute("DELETE FROM blocks WHERE first < ?", (first,))
    assert journal.first() == first
    assert recover(journal, directory.snapshots).engine.digest() == day.engine.digest()
    journal._writer.execute("DELETE FROM blocks WHERE first = ?", (first,))
    Day(journal, seed=3, engine=day.engine).trade(1)
    with pytest.raises(JournalDamaged, match="no snapshot reaches it"):
        recover(journal, directory.snapshots)


def test_a_journal_that_begins_later_needs_a_history_that_reaches_it(shortened):
    day, files = shortened
    first = day.journal.first()
    recover(day.journal, files["late"], history_reached=first - 1)
    with pytest.raises(JournalDamaged, match=f"history ends at sequence {first - 2}, but"):
        recover(day.journal, files["late"], history_reached=first - 2)


# Together with the sequencer.


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


def test_a_snapshot_that_this_release_cannot_read_is_passed_over(journal, directory):
    day = Day(journal).trade(2).keep(directory.snapshots)
    snapshot = directory.snapshots.load(journal.last)
    directory.snapshots.save(replace(snapshot, image=b'{"format":99}'))
    recovered = recover(journal, directory.snapshots)
    assert recovered.snapshot_sequence == 0
    assert recovered.engine.digest() == day.engine.digest()
    assert len(recovered.passed_over) == 1
