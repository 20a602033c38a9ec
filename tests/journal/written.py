"""Records to write: commands that are small, chained as the sequencer would chain them."""

from openoutcry.journal.record import Block, encode, link_at, seal
from openoutcry.model.account import Account
from openoutcry.model.commands import AdvanceTime, OpenAccount
from openoutcry.model.events import AccountOpened
from openoutcry.model.order import Door
from openoutcry.model.record import FORMAT, Entry, Record


def quiet(first):
    """A record without events: it uses one number."""
    entry = Entry(at=1_000 + first, actor="venue", door=Door.VENUE, command=AdvanceTime())
    return Record(format=FORMAT, first=first, last=first, entry=entry, events=[])


def eventful(first, events=3):
    """A record with several events: it uses as many numbers."""
    entry = Entry(at=1_000 + first, actor="é", door=Door.ADMIN, command=OpenAccount(name="a\nb"))
    opened = [AccountOpened(account=Account(account_id=f"a{n}", name="a")) for n in range(events)]
    last = first + events - 1
    return Record(format=FORMAT, first=first, last=last, entry=entry, events=opened)


def block_after(journal, records):
    """Seal records as the next block of a journal."""
    stored = []
    link = link_at(journal.epochs, journal.last + 1, journal.last_hash)
    for record in records:
        stored.append(seal(link, encode(record)))
        link = stored[-1].hash
    return Block(records[0].first, records[-1].last, stored)


def write(journal, *blocks):
    """Append blocks of so many records each, every second record with events; return them all."""
    written = []
    for size in blocks:
        records, first = [], journal.last + 1
        for _ in range(size):
            records.append(quiet(first) if len(written + records) % 2 else eventful(first))
            first = records[-1].last + 1
        block = block_after(journal, records)
        journal.append(block)
        written += block.records
    return written
