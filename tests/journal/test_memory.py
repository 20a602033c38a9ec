"""The journal of a venue that keeps nothing."""

import pytest

from openoutcry.journal.memory import MemoryJournal
from openoutcry.journal.record import decode
from tests.contracts.journal import JournalContract
from tests.journal.written import write


@pytest.fixture
def journal():
    return MemoryJournal()


class TestMemoryJournal(JournalContract):
    pass


def test_the_oldest_records_are_dropped_beyond_the_maximum():
    journal = MemoryJournal(records_max=20)
    written = write(journal, *[3] * 11)
    kept = journal.read(0, 100)
    assert len(kept) <= 20
    assert kept == written[-len(kept) :]
    assert journal.first() == decode(kept[0]).first > 1
    assert journal.last == decode(written[-1]).last


def test_nothing_is_dropped_up_to_the_maximum():
    journal = MemoryJournal(records_max=20)
    written = write(journal, 10, 10)
    assert journal.read(0, 100) == written
    assert journal.first() == 1
