"""Requests that came before: what they became, and the way back to it.

Rule: a request is repeated if any of its keys was used, and then all that were used must have been
used for it: same body, same record. Anything else is another request under a used key.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from openoutcry.engine.engine import Engine
from openoutcry.engine.retries import Remembered
from openoutcry.model.errors import KeyReused, Overloaded, VenueError
from openoutcry.model.record import Record, Retry
from openoutcry.sequencer.batch import Answer, Outcome
from openoutcry.sequencer.ports import Past

LOOKUPS_MAX: Final = 1_000
"""Earlier records being read from the journal at a time; beyond it Overloaded."""

FirstRecord = Callable[[int, Retry], Record | None]


def original(engine: Engine, retry: Retry) -> Remembered | None:
    """Return the first request under these keys, None if they are new; raises KeyReused."""
    found = [one for one in engine.retried(retry.keys) if one is not None]
    if not found:
        return None
    first = found[0]
    if any(one.body != retry.body or one.first != first.first for one in found):
        msg = "the key was used for another request"
        raise KeyReused(msg)
    return first


def original_of(found: list[Record], retry: Retry) -> Record | None:
    """Return the same from what an index of all keys found; raises KeyReused."""
    for record in found:
        first = record.entry.retry
        if first is None or first.body != retry.body or record.first != found[0].first:
            msg = "the key was used for another request"
            raise KeyReused(msg)
    return found[0] if found else None


class Lookups:
    """Answers that are being read from the journal, in threads."""

    def __init__(self, first_record: FirstRecord, *, loop: asyncio.AbstractEventLoop) -> None:
        self._first_record = first_record
        self._loop = loop
        self._looking_back: set[asyncio.Future[list[Record]]] = set()
        self._under_way: dict[asyncio.Future[Record | None], Answer] = {}

    def start(self, first: int, retry: Retry, answer: Answer) -> None:
        """Answer with the record that begins at a sequence."""
        if len(self._under_way) >= LOOKUPS_MAX:
            msg = f"{LOOKUPS_MAX} earlier answers are being looked up already"
            answer.set_exception(Overloaded(msg))
            return
        lookup = self._loop.run_in_executor(None, self._first_record, first, retry)
        self._under_way[lookup] = answer
        lookup.add_done_callback(self._finish)

    def look_back(
        self, past: Past, retry: Retry, answer: Answer, is_new: Callable[[], None]
    ) -> None:
        """Answer with what the keys became in the whole past, or call `is_new`."""

        def finish(lookup: asyncio.Future[list[Record]]) -> None:
            self._looking_back.discard(lookup)
            try:
                record = original_of(lookup.result(), retry)
            except VenueError as fault:
                if not answer.done():
                    answer.set_exception(fault)
                return
            if record is None:
                is_new()
            elif not answer.done():
                answer.set_result(Outcome(record, replayed=True))

        lookup = self._loop.run_in_executor(None, past.find, retry.keys)
        self._looking_back.add(lookup)
        lookup.add_done_callback(finish)

    async def finish(self) -> None:
        """Wait until every answer is given."""
        while self._under_way:
            await asyncio.wait(self._under_way)
        while self._looking_back:
            await asyncio.wait(self._looking_back)

    def _finish(self, lookup: asyncio.Future[Record | None]) -> None:
        answer = self._under_way.pop(lookup)
        fault = lookup.exception()
        if answer.done():
            return
        if fault is not None:
            answer.set_exception(fault)
        elif (record := lookup.result()) is None:
            answer.set_exception(KeyReused("the answer to this request is no longer kept"))
        else:
            answer.set_result(Outcome(record, replayed=True))
