"""When a call is made again: after silence, a broken connection, or a venue that is not ready.

Rule: only what the venue recognises is repeated, with the same key, so nothing happens twice. That
is every call of this client: what changes something has a key, what reads needs none.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from openoutcry.client.errors import Problem, Unanswered

AGAIN: Final = frozenset({429, 502, 503, 504})
"""Answers that say "not now": of the venue, or of what stands before it."""


@dataclass(frozen=True)
class Patience:
    """How long a call is tried. `seconds=0` tries once."""

    seconds: float = 30.0
    """For all attempts together, waiting included."""
    attempt_s: float = 10.0
    """For the answer to one attempt."""
    first_wait_s: float = 0.05
    """Before the second attempt; each further wait is twice as long, and up to half of it chance,
    so that a thousand clients do not come back as one."""
    longest_wait_s: float = 2.0
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)


class Waits:
    """Waits between attempts, each longer than the last."""

    def __init__(self, patience: Patience) -> None:
        self._wait = patience.first_wait_s
        self._longest = patience.longest_wait_s

    def next(self, at_least: float | None = None) -> float:
        """Return how long to wait now, at least what the venue asks for."""
        wait = self._wait * (1 - random.random() / 2)  # noqa: S311  (it only spreads clients out)
        self._wait = min(self._wait * 2, self._longest)
        return max(wait, at_least or 0.0)


class Attempts:
    """The attempts at one call."""

    def __init__(self, patience: Patience, key: str | None) -> None:
        self._patience = patience
        self._key = key
        self._until = patience.clock() + patience.seconds
        self._waits = Waits(patience)

    @property
    def left_s(self) -> float:
        """How many seconds remain."""
        return max(0.0, self._until - self._patience.clock())

    def wait_after(self, fault: Exception) -> float:
        """Return how long to wait before the next attempt, or raise because there is none.

        A refusal is raised as it is. Where the last attempts gave no answer, the call may have
        happened: that is `Unanswered`.
        """
        if isinstance(fault, Problem) and fault.status not in AGAIN:
            raise fault
        wait = self._waits.next(fault.retry_after if isinstance(fault, Problem) else None)
        if wait > self.left_s:
            if isinstance(fault, Problem):
                raise fault
            reason = str(fault) or type(fault).__name__
            raise Unanswered(f"the venue did not answer: {reason}", self._key) from fault
        return wait
