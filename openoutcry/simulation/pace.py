"""The pace of the simulated market: how many commands its agents may submit.

Rule: in no second more than `COMMANDS_PER_SECOND_MAX`, wherever the second begins. A bucket that
holds `BURST` and gains the rest within a second keeps that without remembering single commands.
"""

from typing import Final

COMMANDS_PER_SECOND_MAX: Final = 200
"""Of all agents together. What goes beyond is not submitted; agents think again next turn."""
BURST: Final = 20
"""Commands that may be submitted in one go: two symbols quoted from nothing."""


class Pace:
    """A bucket of permissions; full at first."""

    def __init__(self, now: float) -> None:
        self._gain: Final = COMMANDS_PER_SECOND_MAX - BURST
        self._level = float(BURST)
        self._at = now

    def allows(self, now: float) -> bool:
        """Say whether one more command may be submitted at `now` (monotonic seconds)."""
        self._level = min(BURST, self._level + max(0.0, now - self._at) * self._gain)
        self._at = max(self._at, now)
        return self._level >= 1

    def count(self) -> None:
        """Note that a command was submitted."""
        assert self._level >= 1, "a command is submitted only when the pace allows it"
        self._level -= 1
