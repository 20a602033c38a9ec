"""Everything after a sequence, then on with the live messages: no gap, no duplicate.

The past is read from the journal in pages, rendered by the same function as the live messages, and
sent at the client's pace. Live messages join when a page shows that the journal's end is near:

    journal   ... [page][page][short page]|gap|
    live                                  |   |---- told from here on, waiting in the queue ---->
                                          ^ joined at `durable`, decided on the venue's loop

The loop tells records and moves `durable` in one step, so a record is either in the gap or told.
Waiting until nothing is left to read would never end on a busy venue; joining first always does.
"""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from openoutcry.model.record import Record
from openoutcry.model.units import AccountId
from openoutcry.sequencer.sequencer import Sequencer
from openoutcry.streams.audience import Audience
from openoutcry.streams.subscriber import Subscriber

PAGE_RECORDS: Final = 500
"""Records read from the journal at once."""


class Lost(Exception):
    """The journal no longer holds everything after the sequence."""


class _Page(NamedTuple):
    texts: list[str]
    cursor: int
    is_short: bool


class Resume:
    """One socket's way from a sequence in the past to the present."""

    def __init__(
        self,
        after: int,
        account_id: AccountId,
        subscriber: Subscriber,
        audience: Audience,
        sequencer: Sequencer,
    ) -> None:
        self._after = after
        self._cursor = after
        self._account_id = account_id
        self._subscriber = subscriber
        self._audience = audience
        self._sequencer = sequencer

    async def run(self, is_over: Callable[[], bool]) -> None:
        """Send the past and join the present; raise `Lost`, not joined, if there is a hole.

        If it is over before the present is reached, nothing is joined.
        """
        is_near = False
        while not is_near:
            page = await self._page(None)
            await self._subscriber.write(page.texts)
            if is_over() or self._subscriber.close_code is not None:
                return
            # Nothing is told yet, so all that can wait in the queue is answers.
            await self._subscriber.flush()
            is_near = page.is_short
        until = self._sequencer.durable
        self._audience.join(self._account_id, self._subscriber)
        while self._cursor < until:
            page = await self._page(until)
            await self._subscriber.write(page.texts)

    async def _page(self, until: int | None) -> _Page:
        """Read and render the next page, in a thread; move the cursor."""
        page = await asyncio.to_thread(self._read, self._sequencer.durable, until)
        self._cursor = page.cursor
        return page

    def _read(self, durable: int, until: int | None) -> _Page:
        records = self._sequencer.read(self._cursor, PAGE_RECORDS)
        first = records[0].first if records else durable + 1
        if first > self._cursor + 1:
            raise Lost
        is_short = len(records) < PAGE_RECORDS
        if until is not None:
            records = [record for record in records if record.last <= until]
        texts = [text for record in records for text in self._texts(record)]
        return _Page(texts, records[-1].last if records else self._cursor, is_short)

    def _texts(self, record: Record) -> list[str]:
        return [
            text
            for account_id, sequence, text in self._audience.render(record)
            if account_id == self._account_id and sequence > self._after
        ]
