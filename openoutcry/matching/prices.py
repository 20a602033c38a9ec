"""Prices in order, however many: adding one and taking one out costs the logarithm of their number.

Theory of operation
-------------------
Numbers ascend and the last is the best. They lie in blocks of bounded length, so that no change
moves more than a block. The best block is `near`, a list that stays the same object: whoever looks
at the best price looks at its end and at nothing else. The others are `far`, with the first number
of each beside them, to find a block by.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Final

BLOCK: Final = 512
"""A block that has become twice as long is divided."""


class Prices:
    """Numbers in order, each once."""

    __slots__ = ("_far", "_firsts", "near")

    def __init__(self) -> None:
        self.near: Final[list[int]] = []
        """The best of them; empty only if there are none at all."""
        self._far: list[list[int]] = []
        self._firsts: list[int] = []

    def add(self, price: int) -> None:
        """Put in a number that is not there."""
        near = self.near
        if not self._far or price > self._far[-1][-1]:
            insort(near, price)
            if len(near) > 2 * BLOCK:
                self._far.append(near[:BLOCK])
                self._firsts.append(near[0])
                del near[:BLOCK]
            return
        place = self._place_of(price)
        block = self._far[place]
        insort(block, price)
        self._firsts[place] = block[0]
        if len(block) > 2 * BLOCK:
            self._far.insert(place + 1, block[BLOCK:])
            self._firsts.insert(place + 1, block[BLOCK])
            del block[BLOCK:]

    def remove(self, price: int) -> None:
        """Take out a number that is there."""
        near = self.near
        if price >= near[0]:
            if near[-1] == price:
                near.pop()
            else:
                del near[bisect_left(near, price)]
            if not near and self._far:
                near.extend(self._far.pop())
                self._firsts.pop()
            return
        place = self._place_of(price)
        block = self._far[place]
        del block[bisect_left(block, price)]
        if block:
            self._firsts[place] = block[0]
        else:
            del self._far[place], self._firsts[place]

    def descending(self) -> Iterator[int]:
        """Yield the numbers, the best first."""
        yield from reversed(self.near)
        for block in reversed(self._far):
            yield from reversed(block)

    def check(self) -> None:
        """Assert that blocks are in order, bounded, and found by what is beside them."""
        assert self.near or not self._far, "the best block is empty last"
        assert self._firsts == [block[0] for block in self._far]
        for block in (*self._far, self.near):
            assert len(block) <= 2 * BLOCK
        ascending = list(self.descending())[::-1]
        assert ascending == sorted(set(ascending)), "each once, in order"

    def _place_of(self, price: int) -> int:
        return max(0, bisect_right(self._firsts, price) - 1)
