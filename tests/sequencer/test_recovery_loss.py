"""Going on after records were lost, when somebody has accepted that."""

import sqlite3
from contextlib import closing

from openoutcry.journal.memory import MemoryJournal
from openoutcry.journal.record import link_at
from openoutcry.sequencer.recovery import recover
from tests.sequencer.trading import Day


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
