"""Writing a journal as the sequencer does, but in full blocks and waiting for nobody."""

from collections.abc import Iterable

from openoutcry.engine.engine import Engine
from openoutcry.journal.record import (
    BLOCK_RECORDS_MAX,
    Block,
    StoredRecord,
    encode,
    link_at,
    seal,
)
from openoutcry.journal.sqlite import SqliteJournal
from openoutcry.model.record import FORMAT, Entry, Record
from openoutcry.model.units import Sequence


def write(journal: SqliteJournal, engine: Engine, entries: Iterable[Entry]) -> int:
    """Apply entries to an engine as of the journal's end and write what came of each; count them.

    Each entry is asked for when the one before it has been applied.
    """
    link = link_at(journal.epochs, journal.last + 1, journal.last_hash)
    stored: list[StoredRecord] = []
    first = engine.sequence + 1
    written = 0
    for entry in entries:
        stored.append(seal(link, encode(_applied(engine, entry))))
        link = stored[-1].hash
        written += 1
        if len(stored) == BLOCK_RECORDS_MAX:
            journal.append(Block(first, engine.sequence, stored))
            stored, first = [], engine.sequence + 1
    if stored:
        journal.append(Block(first, engine.sequence, stored))
    return written


def _applied(engine: Engine, entry: Entry) -> Record:
    first = Sequence(engine.sequence + 1)
    events = engine.apply(entry)
    return Record(format=FORMAT, first=first, last=engine.sequence, entry=entry, events=events)
