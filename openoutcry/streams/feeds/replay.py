"""A replay: every message of a topic after a sequence, as it was told, and on with the live ones.

The past is read from the journal in pages and told by the same tellers as the live messages, from
the state that history has of that sequence. Live messages join when a page shows that the journal's
end is near; see `streams.resume` for why that always ends, and for the gap.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from openoutcry.history.moment import Moment
from openoutcry.marketdata.order_queue import OrderQueue
from openoutcry.model.units import Sequence
from openoutcry.streams.feeds.message import Message
from openoutcry.streams.feeds.orders import OrdersTeller
from openoutcry.streams.feeds.past import PAGE_RECORDS, Lost, Past, Spoken, heard_of
from openoutcry.streams.feeds.said import Said

REPLAYED_MAX: Final = 100_000
"""Sequences back from the last one told that a replay may begin; beyond it comes a snapshot."""


class Replay:
    """One hearer's way from a sequence in the past to the present."""

    def __init__(self, past: Past, spoken: Spoken, name: str, epoch: str, since: int) -> None:
        self._past = past
        self._spoken = spoken
        self._name = name
        self._epoch = epoch
        self._since = since
        self._cursor = since
        self.mark = 0

    def begin(self) -> None:
        """Find the mark, and load the state of then; raise Lost where that is gone. Blocks."""
        spoken, since = self._spoken, Sequence(self._since)
        self.mark = self._past.mark_before(spoken, since)
        teller = spoken.teller
        if isinstance(teller, OrdersTeller):
            with self._past.history.reading() as connection:
                moment = Moment(connection, self._past.sequencer.read, since)
                queues = moment.queues(teller.symbol)
                instrument = moment.instrument(teller.symbol)
            grid = teller.grid if instrument is None else instrument.grid
            teller.queue = OrderQueue(grid, *queues)

    def page(self, until: int | None) -> tuple[list[Message], bool]:
        """Return the next messages, up to a sequence; and whether the journal's end is near."""
        records = self._past.sequencer.read(self._cursor, PAGE_RECORDS)
        durable = self._past.sequencer.durable
        if (records[0].first if records else durable + 1) > self._cursor + 1:
            raise Lost
        is_near = len(records) < PAGE_RECORDS
        found: list[Message] = []
        for record in records:
            if until is not None and record.last > until:
                break
            for heard in heard_of(record, self._spoken):
                if heard.sequence <= self._since:
                    continue
                said = Said(self._epoch, heard.sequence, self.mark, record.entry.at)
                body = self._spoken.teller.update(said, heard, is_heard=True)
                if body is not None:
                    self.mark = heard.sequence
                    found.append(Message(self._name, heard.sequence, body))
            self._cursor = record.last
        return found, is_near

    def has_reached(self, sequence: int) -> bool:
        """Say whether everything up to a sequence has been read."""
        return self._cursor >= sequence


async def pages_of(
    replay: Replay, join: Callable[[], int | None], is_over: Callable[[], bool]
) -> AsyncIterator[list[Message]]:
    """Yield what a replay tells, joining the live messages on the way.

    `join` lets the hearer hear what is told from now on, and returns the last sequence before.
    """
    is_near = False
    while not is_near:
        found, is_near = await asyncio.to_thread(replay.page, None)
        if is_over():
            return
        if found:
            yield found
            if is_over():
                return
    until = join()
    while until is not None and not replay.has_reached(until):
        found, _ = await asyncio.to_thread(replay.page, until)
        if is_over():
            return
        if found:
            yield found
