"""When the next timer of the engine is due, and one timer of the loop that waits for it.

Rule: an engine without timers costs nothing; no clock is looked at while nothing waits.

The loop's timer is only a reason to look: whether something is due is decided by the venue's clock.
It never sleeps for longer than `LOOK_S_MAX`, so a wall clock that is set forward meanwhile, or a
machine that slept, delays nothing for longer than that.
"""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from typing import Final

from openoutcry.engine.engine import Engine
from openoutcry.model.units import Nanos
from openoutcry.sequencer.clock import VenueClock

TOGETHER: Final = Nanos(1_000_000)
"""After the due timers have fired, those that come due within this span fire together."""
LOOK_S_MIN: Final = 0.001
LOOK_S_MAX: Final = 1.0
_SECOND: Final = 1_000_000_000


class Alarm:
    """Calls `ring` on the loop when a timer may be due."""

    def __init__(
        self,
        engine: Engine,
        clock: VenueClock,
        *,
        loop: AbstractEventLoop,
        ring: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._loop = loop
        self._ring = ring
        self._rest_until = 0
        self._timer: TimerHandle | None = None
        self._set_for = 0

    def is_due(self) -> bool:
        """Say whether the engine's time should be advanced now."""
        due = self._next()
        return due is not None and due <= self._clock.now()

    def rest(self) -> None:
        """Note that time has been advanced; if nothing is due any more, leave it for a moment."""
        engine = self._engine
        due = engine.next_due()
        if due is None or due > engine.now:
            self._rest_until = engine.now + TOGETHER

    def set(self) -> None:
        """Wait for the next timer, unless a ring is coming before it anyway."""
        due = self._next()
        if due is None or (self._timer is not None and self._set_for <= due):
            return
        self.stop()
        seconds = (due - self._clock.now()) / _SECOND
        self._set_for = due
        self._timer = self._loop.call_later(min(max(seconds, LOOK_S_MIN), LOOK_S_MAX), self._look)

    def stop(self) -> None:
        """Wait for nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        self._ring()

    def _next(self) -> int | None:
        due = self._engine.next_due()
        return None if due is None else max(due, self._rest_until)
