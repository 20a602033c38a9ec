"""The venue's time: it never stands still and never goes back, whatever the wall clock does.

Rule: two stamps are never equal, so `at` orders records as `sequence` does.

From one stamp to the next, time advances as the monotonic clock does. When the wall clock is ahead
(time synchronised, the machine slept), the venue catches up at once; when it is behind, the venue
keeps its pace and reports by how much. So an order that waits is never held up by a clock set back.
"""

import time
from collections.abc import Callable

from openoutcry.model.units import Nanos


class VenueClock:
    """Stamps; continues after `last`, the time of the newest record."""

    def __init__(
        self,
        last: int,
        *,
        wall: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._at = last
        self._stamped_at = monotonic()

    def now(self) -> Nanos:
        """Return the time, without taking a stamp."""
        return Nanos(max(self._wall(), self._paced()))

    def stamp(self) -> Nanos:
        """Return the time for one record, later than every stamp before."""
        monotonic = self._monotonic()
        at = self._at + monotonic - self._stamped_at  # As `_paced`, with one reading of the clock.
        wall = self._wall()
        if wall > at:  # noqa: PLR1730  (max() is a call, and this runs for every command)
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
