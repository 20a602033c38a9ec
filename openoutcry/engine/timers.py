"""When orders are due: those of the simple API to go to market, others to expire.

Rule: the earliest comes first, of equal ones the older order. A timer whose order has ended, or is
due at another moment by now, means nothing.

The delay of the simple API is the same for all, so nearly every timer is later than those before
it: such ones queue up, which costs the same however many wait. Only the others need a heap.
"""

import heapq
from collections import deque
from typing import Final

from openoutcry.engine.working import WorkingOrder
from openoutcry.model.units import Nanos, OrderId

SPARE: Final = 1_024
"""Stale timers that are not worth a sweep."""


class Timers:
    """The timers of live orders, which are those in `orders`."""

    __slots__ = ("_heap", "_orders", "_queue", "_swept")

    def __init__(self, orders: dict[OrderId, WorkingOrder]) -> None:
        self._orders = orders
        self._queue: deque[tuple[Nanos, OrderId]] = deque()
        self._heap: list[tuple[Nanos, OrderId]] = []
        self._swept = 0
        """How many there were when stale ones were swept out last."""

    def __len__(self) -> int:
        """Return how many there are, stale ones included."""
        return len(self._queue) + len(self._heap)

    def set(self, order: WorkingOrder, due: Nanos) -> None:
        """Let a delayed order go to market, or one that is at market expire, at `due`."""
        order.due = due
        self._add(order, (due, order.terms.order_id))
        if len(self) > 2 * self._swept + SPARE:
            self._sweep()

    def first(self) -> tuple[Nanos, OrderId] | None:
        """Return the earliest, and drop the stale ones that came before it."""
        queue, heap = self._queue, self._heap
        while queue and not self._waits(queue[0]):
            queue.popleft()
        while heap and not self._waits(heap[0]):
            heapq.heappop(heap)
        if queue and not (heap and heap[0] < queue[0]):
            return queue[0]
        return heap[0] if heap else None

    def pop(self) -> WorkingOrder:
        """Take out what `first` has just returned, and return its order."""
        queue, heap = self._queue, self._heap
        if queue and not (heap and heap[0] < queue[0]):
            return self._orders[queue.popleft()[1]]
        return self._orders[heapq.heappop(heap)[1]]

    def renew(self) -> None:
        """Make all of them again from what the orders say."""
        self._queue.clear()
        self._heap.clear()
        orders = self._orders
        timers = [(o.due, order_id) for order_id, o in orders.items() if o.due is not None]
        for timer in sorted(timers):
            self._add(orders[timer[1]], timer)
        self._swept = len(timers)

    def _add(self, order: WorkingOrder, timer: tuple[Nanos, OrderId]) -> None:
        queue = self._queue
        # Only special terms expire. That may be far ahead: all others would be before it.
        if order.terms.special is None and not (queue and timer < queue[-1]):
            queue.append(timer)
        else:
            heapq.heappush(self._heap, timer)

    def _sweep(self) -> None:
        """Drop the stale ones, which are most: of orders that ended long before they were due."""
        self._queue = deque(filter(self._waits, self._queue))
        self._heap = list(filter(self._waits, self._heap))
        heapq.heapify(self._heap)
        self._swept = len(self)

    def _waits(self, timer: tuple[Nanos, OrderId]) -> bool:
        order = self._orders.get(timer[1])
        return order is not None and order.due == timer[0]
