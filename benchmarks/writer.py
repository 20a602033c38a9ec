"""Whoever changes a book on the clock: orders that come to rest, and others that are canceled.

A write starts when it is due, whether or not earlier ones have been answered.
"""

import asyncio
import json
import time
from collections import deque
from typing import Final, NamedTuple

from benchmarks.connection import Connection, request_of
from benchmarks.harness import Server
from benchmarks.venue import limit_order

CONNECTIONS: Final = 8
KEPT: Final = 30
"""Orders in the book, before the oldest are canceled in turn with new ones."""
PRICES: Final = 12
"""On each side: more than a book of ten levels shows, so levels come, change and go."""
_PATH: Final = "/api/v1/orders"


class Written(NamedTuple):
    """One change of the book."""

    due: float
    """On the clock of `time.perf_counter`."""
    answered: float
    sequence: int
    """Of the event that it became."""


class Writer:
    """One account that changes one book."""

    def __init__(self, server: Server, key: str, symbol: str) -> None:
        self._server = server
        self._key = key
        self._symbol = symbol
        self._placed = 0
        self._open: deque[asyncio.Task[int]] = deque()

    async def write(self, rate: float, seconds: float) -> list[Written]:
        """Change the book so often for so long; return the changes once all are answered."""
        opened = [await Connection.open(self._server.port) for _ in range(CONNECTIONS)]
        written: list[Written] = []
        started = time.perf_counter() + 0.01
        changes = []
        for number in range(int(rate * seconds)):
            due = started + number / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            connection = opened[number % CONNECTIONS]
            request = await self._next()
            changes.append(asyncio.create_task(_change(connection, request, due, written)))
            if request.startswith(b"POST"):
                self._open.append(changes[-1])
        await asyncio.gather(*changes)
        for connection in opened:
            connection.close()
        return sorted(written)

    async def _next(self) -> bytes:
        if len(self._open) > KEPT:
            order_id = await self._open.popleft()  # Placed long ago, so nobody waits here.
            return request_of("DELETE", f"{_PATH}/{order_id}", key=self._key)
        number = self._placed
        self._placed += 1
        cents = number // 2 % PRICES
        side, price = ("sell", 1_001 + cents) if number % 2 else ("buy", 1_000 - cents)
        order = limit_order(self._symbol, side, 1 + number % 7, f"{price / 100:.2f}")
        return request_of("POST", _PATH, json.dumps(order), self._key)


async def _change(
    connection: Connection, request: bytes, due: float, written: list[Written]
) -> int:
    order = json.loads(await connection.call(request))
    written.append(Written(due, time.perf_counter(), order["sequence"]))
    return int(order["order_id"])
