"""The price band of one instrument: what may print, and the mean of recent trades it hangs on.

Rule 1: the reference is kept as a fraction and compared exactly; only the band's ends are rounded,
inwards, to the grid.
Rule 2: the window counts whole seconds, so that it is bounded however much trades.
"""

from collections import deque
from typing import Final

from openoutcry.model.order import Side
from openoutcry.model.units import BPS_SCALE, Nanos, Ticks, divide_up

SECOND: Final = 10**9
WINDOW_SECONDS: Final = 300
"""Trades older than this do not count for the reference."""
REFRESH_SPAN: Final = Nanos(30 * SECOND)
"""A reference stands for at least this long."""
MOVE_PER_CENT: Final = 1
"""A reference gives way to a mean that is at least so far from it."""


class Band:
    """Reference, ends, and the trades of the window summed by second."""

    __slots__ = ("bps", "count", "lower", "reference", "since", "total", "upper", "window")

    def __init__(self, bps: int, reference: tuple[int, int], since: int) -> None:
        self.bps = bps
        self.reference = reference
        """Numerator and denominator, in ticks."""
        self.since = since
        """When the reference was fixed."""
        self.window: deque[tuple[int, int, int]] = deque()
        """Second, sum of prices, number of trades."""
        self.total = 0
        self.count = 0
        self.lower = self.upper = Ticks(0)
        self.set_ends()

    def set_ends(self) -> None:
        """Derive the ends from reference and width."""
        numerator, denominator = self.reference
        scale = denominator * BPS_SCALE
        self.upper = Ticks(numerator * (BPS_SCALE + self.bps) // scale)
        self.lower = Ticks(max(1, divide_up(numerator * (BPS_SCALE - self.bps), scale)))

    def ends(self) -> tuple[Ticks, Ticks]:
        """Return the lowest and the highest price that may print."""
        return self.lower, self.upper

    def excludes(self, side: Side, limit: int) -> bool:
        """Say whether an order could only print outside: a buy above, a sell below the band."""
        return limit > self.upper if side is Side.BUY else limit < self.lower

    def clamp(self, price: int) -> Ticks:
        """Return the price, or the end of the band that it lies beyond."""
        return Ticks(min(max(price, self.lower), self.upper))

    def note(self, at: int, price: int) -> None:
        """Count a trade."""
        second = at // SECOND
        total, count = price, 1
        if self.window and self.window[-1][0] == second:
            _, total_before, count_before = self.window.pop()
            total, count = total + total_before, count + count_before
        self.window.append((second, total, count))
        self.total += price
        self.count += 1

    def refresh(self, at: int) -> bool:
        """Take the mean for the reference if it is time, and far enough; say whether it moved."""
        self._forget(at // SECOND - WINDOW_SECONDS)
        if not self.count or at < self.since + REFRESH_SPAN:
            return False
        numerator, denominator = self.reference
        here, there = self.total * denominator, numerator * self.count
        if abs(here - there) * 100 < there * MOVE_PER_CENT:
            return False
        self.reference = (self.total, self.count)
        self.since = at
        self.set_ends()
        return True

    def _forget(self, second: int) -> None:
        while self.window and self.window[0][0] <= second:
            _, total, count = self.window.popleft()
            self.total -= total
            self.count -= count

    def check(self) -> None:
        """Assert that the sums are those of the window."""
        assert self.total == sum(total for _, total, _ in self.window)
        assert self.count == sum(count for _, _, count in self.window)
