"""Who waits for a sequence to be durable and told.

Rule: a waiter that went away costs nothing for long, however far ahead its sequence is: when most
of what is kept has gone, it is thrown out. Reaching a sequence looks at those it wakes alone.
"""

import asyncio
import heapq

from openoutcry.model.errors import NotReady


class Settling:
    """The waiters, the nearest sequence first. Lives on the venue's loop."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._came = 0
        self._gone = 0

    async def wait(self, sequence: int) -> None:
        """Wait until a sequence is reached; raises NotReady if it never will be."""
        settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._came += 1
        heapq.heappush(self._waiting, (sequence, self._came, settled))
        try:
            await settled
        except asyncio.CancelledError:
            self._leave()
            raise

    def reach(self, sequence: int) -> None:
        """Wake those who wait for no more than a sequence, in order of theirs."""
        waiting = self._waiting
        while waiting and waiting[0][0] <= sequence:
            settled = heapq.heappop(waiting)[2]
            if not settled.done():
                settled.set_result(None)

    def refuse(self, words: str) -> None:
        """Tell everybody that it will never be, as NotReady."""
        waiting, self._waiting = self._waiting, []
        for _, _, settled in waiting:
            if not settled.done():
                settled.set_exception(NotReady(words))

    def __len__(self) -> int:
        """Count what is kept, those included that have gone and were not thrown out yet."""
        return len(self._waiting)

    def _leave(self) -> None:
        # One that was woken at the same moment counts, too: then the rest is looked at too early.
        self._gone += 1
        if self._gone * 2 > len(self._waiting):
            self._gone = 0
            self._waiting = [one for one in self._waiting if not one[2].done()]
            heapq.heapify(self._waiting)
