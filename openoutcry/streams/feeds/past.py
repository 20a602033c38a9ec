"""What came before: marks, and the events of records in their places. All of it blocks."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from openoutcry.history.history import History
from openoutcry.history.marks import STRETCH
from openoutcry.model.record import Record
from openoutcry.sequencer.sequencer import Sequencer
from openoutcry.streams.feeds.subjects import subjects_of
from openoutcry.streams.feeds.teller import Heard, Teller

PAGE_RECORDS: Final = 500
"""Records read from the journal at once."""


class Lost(Exception):
    """The journal does not go back so far any more."""


class Spoken(NamedTuple):
    """What is told of a symbol or an account on one channel."""

    channel: str
    """The one whose marks are kept."""
    key: str
    is_private: bool
    teller: Teller


class Past:
    """History and the journal, as feeds ask them."""

    def __init__(self, history: History, sequencer: Sequencer) -> None:
        self.history = history
        self.sequencer = sequencer

    def mark(self, spoken: Spoken, told: int) -> tuple[int, int]:
        """Return the last sequence that was told of something, and as of when.

        That is `told`, or later.
        """
        mark, reached = self.history.mark(spoken.channel, spoken.key)
        if reached >= told:
            return mark, reached
        return self._last_told(spoken, reached, told) or mark, told

    def mark_before(self, spoken: Spoken, sequence: int) -> int:
        """Return the last sequence up to one that was told of something; or raise Lost."""
        if not sequence:
            return 0
        page = self.sequencer.read(sequence - 1, 1)
        if not page or page[0].first > sequence:
            raise Lost
        stretch = page[0].first // STRETCH
        found = self._last_told(spoken, max(stretch * STRETCH - 1, 0), sequence)
        return found or self.history.mark(spoken.channel, spoken.key, before=stretch)[0]

    def _last_told(self, spoken: Spoken, after: int, until: int) -> int:
        """Return the last sequence in a part of the journal that is told; 0: none."""
        found = 0
        for record in self.records(after, until):
            for heard in heard_of(record, spoken):
                if after < heard.sequence <= until and spoken.teller.speaks(heard):
                    found = heard.sequence
        return found

    def records(self, after: int, until: int) -> Iterator[Record]:
        """Yield the records that end after a sequence and begin up to another; or raise Lost."""
        while after < until:
            page = self.sequencer.read(after, PAGE_RECORDS)
            if not page or page[0].first > after + 1:
                raise Lost
            for record in page:
                if record.first > until:
                    return
                yield record
            after = page[-1].last


def heard_of(record: Record, spoken: Spoken) -> Iterator[Heard]:
    """Yield the events of a record that are about a symbol or an account."""
    events = record.events
    key, is_private = spoken.key, spoken.is_private
    for place, event in enumerate(events):
        symbol, accounts = subjects_of(event)
        if key in accounts if is_private else symbol == key:
            following = events[place + 1] if place + 1 < len(events) else None
            yield Heard(event, following, record.first + place, record)
