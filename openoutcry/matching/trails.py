"""The trailing stops of one side: they follow the best trade, and are hit when it turns.

Rule 1: a trade costs as much as it changes, however many stops there are.
Rule 2: a level in whole ticks is exact: a trade is at or beyond it if and only if it is at or
beyond the level as it would be without rounding, because trades print on whole ticks.

Theory of operation
-------------------
Prices are signed so that a better trade is a larger number: of sells as they are, of buys negated.
A stop's level is its best trade less its trail, and it is hit by a trade at its level or below.

Stops that have seen the same best trade are a group, so that one number moves them all. A better
trade makes all groups behind it one (the smaller ones move into the largest, so that a stop moves
a logarithmic number of times in its life). Within a group the smallest trail is hit first; of the
groups, the one with the highest level. Both are heaps from which nothing is taken out that is not
on top; what is stale is skipped, and swept when it is most of a heap.

What is not active yet waits in a list sorted by the price that makes it so.
"""

import heapq
from bisect import bisect_left, bisect_right, insort
from typing import Final, NamedTuple

from openoutcry.model.order import Side
from openoutcry.model.units import BPS_SCALE, OrderId, Ticks

AT_ONCE: Final = -(1 << 200)
"""Every trade makes active what has no activation price."""
SPARE: Final = 16
"""Stale entries that are not worth a sweep."""


Entry = tuple[int, OrderId]
"""A distance, and whose."""


class Trail(NamedTuple):
    """How far a stop is behind: in ticks, or in basis points of its best trade."""

    distance: int
    is_bps: bool


class Hit(NamedTuple):
    """A stop that a trade has hit, its best trade and its level."""

    order_id: OrderId
    extreme: Ticks
    level: Ticks


def level_of(side: Side, trail: Trail, extreme: int) -> int:
    """Return the level of a stop whose best trade was `extreme`, both signed."""
    if not trail.is_bps:
        return extreme - trail.distance
    width = -trail.distance if side is Side.SELL else trail.distance
    return extreme * (BPS_SCALE + width) // BPS_SCALE


class _Group:
    """Stops that have seen the same best trade; `peak` is the highest of their levels."""

    __slots__ = ("extreme", "heaps", "number", "peak", "size")

    def __init__(self, number: int, extreme: int) -> None:
        self.number = number
        self.extreme = extreme
        self.heaps: tuple[list[Entry], list[Entry]] = ([], [])
        """Trails in ticks, and in basis points."""
        self.size = 0
        self.peak = AT_ONCE

    def push(self, order_id: OrderId, trail: Trail) -> None:
        """Take in a stop; what it had here before is stale."""
        heapq.heappush(self.heaps[trail.is_bps], (trail.distance, order_id))
        self.size += 1


class Trails:
    """The trailing stops of one side."""

    __slots__ = (
        "_followers",
        "_groups",
        "_keys",
        "_numbered",
        "_peaks",
        "_waiting",
        "side",
        "sign",
    )

    def __init__(self, side: Side) -> None:
        self.side: Final = side
        self.sign: Final = 1 if side is Side.SELL else -1
        self._followers: dict[OrderId, tuple[Trail, _Group | None]] = {}
        """All there are; without a group they are not active."""
        self._groups: dict[int, _Group] = {}
        """By extreme."""
        self._keys: list[int] = []
        """The extremes of the groups, negated: the one that is first behind a trade is last."""
        self._numbered = 0
        self._peaks: list[tuple[int, int, _Group]] = []
        self._waiting: list[tuple[int, OrderId]] = []

    def __len__(self) -> int:
        return len(self._followers)

    def __contains__(self, order_id: object) -> bool:
        return order_id in self._followers

    def extreme_of(self, order_id: OrderId) -> Ticks | None:
        """Return the best trade that a stop has seen; None if it is not active, or not here."""
        _, group = self._followers.get(order_id, (None, None))
        return None if group is None else Ticks(self.sign * group.extreme)

    def add(self, order_id: OrderId, trail: Trail, extreme: Ticks) -> None:
        """Let an active stop follow, from the best trade that it has seen."""
        self._renew(self._join(order_id, trail, self.sign * extreme))

    def add_inactive(self, order_id: OrderId, trail: Trail, activation: int | None) -> None:
        """Let a stop follow from the first trade at its activation price or beyond."""
        self._followers[order_id] = trail, None
        insort(self._waiting, (self._due(activation), order_id))

    def discard(self, order_id: OrderId, activation: int | None) -> None:
        """Forget a stop; one that is not here is no matter."""
        found = self._followers.pop(order_id, None)
        if found is None:
            return
        group = found[1]
        if group is None:
            del self._waiting[bisect_left(self._waiting, (self._due(activation), order_id))]
        else:
            group.size -= 1
            self._renew(group)

    def trade(self, price: int) -> list[Hit]:
        """Let a trade hit what it reaches, and everything else follow it."""
        signed = self.sign * price
        hits = self._hit(signed)
        self._follow(signed)
        return hits

    def _due(self, activation: int | None) -> int:
        return AT_ONCE if activation is None else self.sign * activation

    def _hit(self, price: int) -> list[Hit]:
        hits: list[Hit] = []
        peaks = self._peaks
        while peaks and -peaks[0][0] >= price:
            group = peaks[0][2]
            if not group.size or group.peak != -peaks[0][0]:
                heapq.heappop(peaks)
                continue
            for order_id in self._closest(group):
                level = level_of(self.side, self._followers[order_id][0], group.extreme)
                if level >= price:
                    hits.append(
                        Hit(order_id, Ticks(self.sign * group.extreme), Ticks(self.sign * level))
                    )
                    del self._followers[order_id]
                    group.size -= 1
            self._renew(group)
        return hits

    def _follow(self, price: int) -> None:
        """Make one group of all that are behind a trade, and of what it makes active."""
        behind: list[_Group] = []
        while self._keys and -self._keys[-1] < price:
            behind.append(self._groups.pop(-self._keys.pop()))
        place = bisect_right(self._waiting, price, key=lambda waits: waits[0])
        active, self._waiting[:place] = self._waiting[:place], []
        if behind:
            level = self._groups.get(price)
            largest = max(behind if level is None else (level, *behind), key=lambda one: one.size)
            if level is None:
                self._keys.append(-price)
            for group in behind if level is None else (level, *behind):
                if group is not largest:
                    self._move(group, largest)
            largest.extreme = price
            self._groups[price] = largest
            self._renew(largest)
        for _, order_id in active:
            self._renew(self._join(order_id, self._followers[order_id][0], price))

    def _join(self, order_id: OrderId, trail: Trail, extreme: int) -> _Group:
        group = self._groups.get(extreme)
        if group is None:
            self._numbered += 1
            group = self._groups[extreme] = _Group(self._numbered, extreme)
            insort(self._keys, -extreme)
        group.push(order_id, trail)
        self._followers[order_id] = trail, group
        return group

    def _move(self, group: _Group, into: _Group) -> None:
        for heap in group.heaps:
            for entry in heap:
                if self._is_current(group, heap, entry):
                    trail = self._followers[entry[1]][0]
                    into.push(entry[1], trail)
                    self._followers[entry[1]] = trail, into
        group.size = 0

    def _is_current(self, group: _Group, heap: list[Entry], entry: Entry) -> bool:
        trail, where = self._followers.get(entry[1], (None, None))
        return (
            where is group
            and trail is not None
            and trail.distance == entry[0]
            and heap is group.heaps[trail.is_bps]
        )

    def _closest(self, group: _Group) -> list[OrderId]:
        """Return the stop with the smallest trail of each kind, and forget what is stale above."""
        found: list[OrderId] = []
        for heap in group.heaps:
            while heap and not self._is_current(group, heap, heap[0]):
                heapq.heappop(heap)
            if heap:
                found.append(heap[0][1])
        return found

    def _renew(self, group: _Group) -> None:
        """Note the highest level of a group that has changed, or that it is gone."""
        if not group.size:
            if self._groups.get(group.extreme) is group:
                del self._groups[group.extreme]
                del self._keys[bisect_left(self._keys, -group.extreme)]
            return
        if sum(map(len, group.heaps)) > 2 * group.size + SPARE:
            self._sweep(group)
        levels = [
            level_of(self.side, self._followers[order_id][0], group.extreme)
            for order_id in self._closest(group)
        ]
        if group.peak != max(levels):
            group.peak = max(levels)
            heapq.heappush(self._peaks, (-group.peak, group.number, group))
        if len(self._peaks) > 2 * len(self._groups) + SPARE:
            groups = self._groups.values()
            self._peaks[:] = [(-group.peak, group.number, group) for group in groups]
            heapq.heapify(self._peaks)

    def _sweep(self, group: _Group) -> None:
        for heap in group.heaps:
            heap[:] = sorted({entry for entry in heap if self._is_current(group, heap, entry)})
