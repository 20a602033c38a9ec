"""A journal that contradicts itself is not recovered from, and the record that does is named."""

import pytest
from msgspec.structs import replace

from openoutcry.journal.memory import MemoryJournal
from openoutcry.journal.record import Block, decode, encode, opening, seal
from openoutcry.model.errors import JournalDamaged
from openoutcry.sequencer.recovery import recover
from tests.sequencer.trading import Day


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
