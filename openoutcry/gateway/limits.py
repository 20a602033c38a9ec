"""How much an account may ask: one token bucket for all doors, told in the headers of every answer.

Rule 1: what takes risk off costs less than other calls and is never refused: cancels, the renewal
of a cancel-after, the kill switch, a key revoked.
Rule 2: a bucket is per account, however many keys and connections it has.

A bucket holds `RATE_LIMIT` tokens, the requests of one minute, and refills evenly. Calls that do
not count, the operator's and those that anybody may make, tell of a full one.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from openoutcry.gateway.guard import NOBODY, OPERATOR, Caller, is_open
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.replies import Header
from openoutcry.model.units import AccountId

BUCKETS_MAX: Final = 100_000
"""Accounts whose bucket is remembered; the one longest unused is forgotten, that is: full again."""
RATE: Final = b"ratelimit-"
"""What the headers about it begin with."""
CANCEL_COST: Final = 0.2
CALL_COST: Final = 1.0
METRICS: Final = "/metrics"
CALMING: Final = frozenset({"/api/v1/cancel-after", "/api/v1/admin/kill-switch"})
"""What takes risk off, beside everything that is called by DELETE."""
_MINUTE: Final = 60.0


class Limits:
    """The buckets of all accounts. With a limit of 0 it lets everything pass and says nothing."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._per_second = per_minute / _MINUTE
        self._now = now
        self._buckets: OrderedDict[AccountId, tuple[float, float]] = OrderedDict()
        self.untouched: tuple[Header, ...] = self._headers(self._size) if per_minute else ()
        """The headers that tell of a full bucket."""

    def charge(self, caller: Caller, method: str, path: str) -> tuple[Header, ...]:
        """Take the cost of an HTTP call, if it counts, and return what to tell; or raise 429."""
        if not self._per_second:
            return ()
        if caller is OPERATOR or caller is NOBODY or is_open(path) or path == METRICS:
            return self.untouched
        cost = CANCEL_COST if method == "DELETE" or path in CALMING else CALL_COST
        return self.take(caller.account_id, cost)

    def spend(self, caller: Caller, cost: float = CALL_COST) -> tuple[Header, ...]:
        """Take the cost of what is no call by itself, if it counts: a message on a socket, the
        further orders of a batch. Return what to tell of what is left, or raise 429."""
        if self._per_second and caller is not OPERATOR:
            return self.take(caller.account_id, cost)
        return ()

    def take(self, account_id: AccountId, cost: float = CALL_COST) -> tuple[Header, ...]:
        """Take the cost of a call and return the headers that tell what is left; or raise 429."""
        if not self._per_second:
            return ()
        now = self._now()
        left, at = self._buckets.pop(account_id, (self._size, now))
        left = min(self._size, left + (now - at) * self._per_second)
        allowed = left >= cost or cost < CALL_COST
        if allowed:
            left = max(0.0, left - cost)
        self._buckets[account_id] = (left, now)
        if len(self._buckets) > BUCKETS_MAX:
            self._buckets.popitem(last=False)
        headers = self._headers(left)
        if allowed:
            return headers
        wait = max(1, math.ceil((cost - left) / self._per_second))
        raise Problem(
            429,
            "rate_limited",
            f"the account may make {self._size:.0f} requests a minute; retry in {wait} s",
            headers=(*headers, (b"retry-after", b"%d" % wait)),
        )

    def _headers(self, left: float) -> tuple[Header, ...]:
        full_in = math.ceil((self._size - left) / self._per_second)
        return (
            (b"ratelimit-limit", b"%d" % self._size),
            (b"ratelimit-remaining", b"%d" % left),
            (b"ratelimit-reset", b"%d" % full_in),
        )
