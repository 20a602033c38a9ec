"""Requests that came before: what they became, and the way back to it.

Rule: a request is repeated if any of its keys was used, and then all that were used must have been
used for it: same body, same record. Anything else is another request under a used key.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from openoutcry.engine.engine import Engine
from openoutcry.engine.retries import Remembered
from openoutcry.model.errors import KeyReused, Overloaded
from openoutcry.model.record import Record, Retry
from openoutcry.sequencer.batch import Answer, Outcome

LOOKUPS_MAX: Final = 1_000
"""Earlier records being read from the journal at a time; beyond it Overloaded."""

RecordAt = Callable[[int], Record | None]


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


class Lookups:
    """Answers that are being read from the journal, in threads."""

    def __init__(self, record_at: RecordAt, *, loop: asyncio.AbstractEventLoop) -> None:
        self._record_at = record_at
        self._loop = loop
        self._under_way: dict[asyncio.Future[Record | None], Answer] = {}

    def start(self, first: int, answer: Answer) -> None:
        """Answer with the record that begins at a sequence."""
        if len(self._under_way) >= LOOKUPS_MAX:
            msg = f"{LOOKUPS_MAX} earlier answers are being looked up already"
            answer.set_exception(Overloaded(msg))
            return
        lookup = self._loop.run_in_executor(None, self._record_at, first)
        self._under_way[lookup] = answer
        lookup.add_done_callback(self._finish)

    async def finish(self) -> None:
        """Wait until every answer is given."""
        while self._under_way:
            await asyncio.wait(self._under_way)

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
