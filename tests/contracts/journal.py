"""The contract of the port `Journal`: a subclass gives the fixture `journal`, empty and open."""

from threading import Thread

from openoutcry.journal.record import decode, link_at, new_epoch, opening
from tests.journal.written import block_after, eventful, quiet, write


class JournalContract:
    def test_a_new_journal_is_empty_and_begins_at_1(self, journal):
        assert (journal.last, journal.last_hash, journal.first()) == (0, b"", 1)
        assert journal.epochs == {1: journal.epoch}
        assert journal.read(0, 10) == []

    def test_what_was_written_is_read_back_to_the_byte_in_order(self, journal):
        written = write(journal, 1, 5, 1, 3)
        assert journal.read(0, 100) == written
        assert journal.last_hash == written[-1].hash
        assert journal.last == decode(written[-1]).last

    def test_every_record_is_linked_to_the_one_before(self, journal):
        write(journal, 2, 3)
        previous = opening(journal.epoch)
        for stored in journal.read(0, 100):
            assert stored.link == previous
            previous = stored.hash

    def test_reading_goes_on_after_any_sequence_also_inside_a_block_or_a_record(self, journal):
        written = write(journal, 4, 1, 4)
        for after in range(journal.last + 2):
            expected = [stored for stored in written if decode(stored).last > after]
            assert journal.read(after, 100) == expected

    def test_no_more_is_read_than_was_asked_for(self, journal):
        written = write(journal, 3, 3, 3)
        for limit in range(1, 11):
            assert journal.read(0, limit) == written[:limit]
        after = decode(written[1]).last
        assert journal.read(after, 4) == written[2:6]

    def test_an_epoch_that_begins_later_changes_what_its_first_record_is_linked_to(self, journal):
        (first,) = write(journal, 1)
        old, new = journal.epoch, new_epoch()
        journal.begin_epoch(new)
        assert journal.epoch == new
        assert journal.epochs == {1: old, 4: new}
        assert link_at(journal.epochs, 4, journal.last_hash) == opening(new, first.hash)
        journal.append(block_after(journal, [quiet(4), eventful(5)]))
        assert journal.read(3, 1)[0].link == opening(new, first.hash)

    def test_an_epoch_in_which_nothing_was_written_gives_way_to_the_next(self, journal):
        journal.begin_epoch("unused")
        journal.begin_epoch("used")
        assert journal.epochs == {1: "used"}

    def test_another_thread_reads_whole_blocks_while_they_are_written(self, journal):
        faults = []

        def read_on():
            after = 0
            try:
                while after < 400:
                    for stored in journal.read(after, 7):
                        record = decode(stored)
                        assert record.first == after + 1
                        after = record.last
            except BaseException as fault:
                faults.append(fault)
                raise

        reader = Thread(target=read_on)
        reader.start()
        while journal.last < 400:
            write(journal, 3)
        reader.join()
        assert faults == []
