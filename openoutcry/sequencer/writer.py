"""The thread that waits for the disk, so that the loop does not.

Rule: one block at a time, in order; after the first error nothing is written any more.
"""

from asyncio import AbstractEventLoop
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from time import perf_counter

from openoutcry.journal.record import Block

Append = Callable[[Block], None]
Durable = Callable[[float], None]
Failed = Callable[[BaseException], None]


class Writer:
    """Appends blocks; on the loop it reports `durable(seconds)` for each, `failed(error)` once."""

    def __init__(
        self, append: Append, *, loop: AbstractEventLoop, durable: Durable, failed: Failed
    ) -> None:
        self._append = append
        self._loop = loop
        self._durable = durable
        self._failed = failed
        # At most one block waits here: the sequencer hands over the next when one is durable.
        self._blocks: SimpleQueue[Block | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def write(self, block: Block) -> None:
        """Hand over a block."""
        self._blocks.put(block)

    def close(self) -> None:
        """End the thread when it has written what it was given."""
        self._blocks.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (block := self._blocks.get()) is not None:
            started = perf_counter()
            try:
                self._append(block)
            except BaseException as error:  # noqa: BLE001  (it stops the venue, on the loop)
                self._loop.call_soon_threadsafe(self._failed, error)
                return
            self._loop.call_soon_threadsafe(self._durable, perf_counter() - started)
