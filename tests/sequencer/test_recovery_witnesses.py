"""Snapshots and history as witnesses of a journal: what they show of it, and which are no use."""

import pytest
from msgspec.structs import replace

from openoutcry.journal.memory import MemoryJournal
from openoutcry.journal.record import Block, decode
from openoutcry.journal.snapshots import SnapshotFiles
from openoutcry.model.errors import JournalDamaged
from openoutcry.sequencer.recovery import recover
from tests.sequencer.trading import Day


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


def test_a_snapshot_that_this_release_cannot_read_is_passed_over(journal, directory):
    day = Day(journal).trade(2).keep(directory.snapshots)
    snapshot = directory.snapshots.load(journal.last)
    directory.snapshots.save(replace(snapshot, image=b'{"format":99}'))
    recovered = recover(journal, directory.snapshots)
    assert recovered.snapshot_sequence == 0
    assert recovered.engine.digest() == day.engine.digest()
    assert len(recovered.passed_over) == 1


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
