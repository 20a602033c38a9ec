"""The venue's time: it never stands still and never goes back, whatever the wall clock does.

Rule: two stamps are never equal, so `at` orders records as `sequence` does.

From one stamp to the next, time advances as the monotonic clock does. When the wall clock is
behind, the venue keeps its pace and reports by how much, so an order that waits is never held up by
a clock set back. When it is a little ahead, the venue follows. When it is far ahead (somebody set
it, or the machine slept), the venue catches up in one leap that is told to the engine, so that an
order that waits still waits for its whole delay.
"""

import time
from collections.abc import Callable
from typing import Final

from openoutcry.model.units import Nanos

LEAP_MIN: Final = 1_000_000_000
"""A wall clock that is ahead by this much was set; by less, it drifts."""


class VenueClock:
    """Stamps; goes on from `last`, the newest record's time, or from the wall clock's."""

    def __init__(
        self,
        last: int,
        *,
        wall: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._at = max(last, wall() - 1)
        self._stamped_at = monotonic()

    def now(self) -> Nanos:
        """Return the time, without taking a stamp."""
        paced, wall = self._paced(), self._wall()
        return Nanos(wall if paced < wall < paced + LEAP_MIN else paced)

    def leap(self) -> Nanos:
        """Catch up with a wall clock that is far ahead, and return by how much; else 0."""
        ahead = self._wall() - self._paced()
        if ahead < LEAP_MIN:
            return Nanos(0)
        self._at += ahead - 1  # So that the next stamp can be the wall clock's.
        return Nanos(ahead - 1)

    def stamp(self) -> Nanos:
        """Return the time for one record, later than every stamp before."""
        monotonic = self._monotonic()
        at = self._at + monotonic - self._stamped_at  # As `_paced`, with one reading of the clock.
        wall = self._wall()
        if at < wall < at + LEAP_MIN:
            at = wall
        if at <= self._at:
            at = self._at + 1
        self._at = at
        self._stamped_at = monotonic
        return Nanos(at)

    def wall_behind(self) -> Nanos:
        """Return how far the wall clock is behind the venue; 0 when it is not."""
        return Nanos(max(0, self._paced() - self._wall()))

    def _paced(self) -> int:
        return self._at + self._monotonic() - self._stamped_at
