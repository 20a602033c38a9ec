"""Who a connection belongs to: the key of its handshake, or of its last `authenticate`.

Rule: whoever shows a wrong key is nobody until a right one, the demo account included.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from openoutcry.gateway.guard import NOBODY, Caller, Guard
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission
from openoutcry.model.units import KeyId

EXPIRY_CHECK_S: Final = 60.0
"""The longest time between two looks at a key's expiry: the venue's clock may be set."""
_NANOS: Final = 1_000_000_000


class Identity:
    """The caller behind one connection."""

    def __init__(self, venue: Venue, guard: Guard, address: str) -> None:
        self._venue = venue
        self._guard = guard
        self.on_expiry: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.address = address
        self.caller = NOBODY

    def known(self, key: str) -> Caller:
        """Return who holds a key, or raise the problem that it opens nothing here."""
        caller = self._guard.identify(key, self.address)
        caller.demand(Permission.READ)
        return caller

    def become(self, caller: Caller) -> None:
        """Be somebody from now on, until the key ends."""
        self.caller = caller
        self._watch()

    def somebody(self) -> Caller:
        """Return on whose behalf a request acts, or raise 401."""
        caller = self.caller
        if caller is NOBODY:
            detail = 'send {"method": "authenticate", "params": {"key": "…"}} first'
            raise Problem(401, "unauthenticated", detail)
        if caller.key_id is not None and not self._is_valid(caller.key_id):
            raise Problem(401, "unauthenticated", "the key is no longer valid")
        return caller

    def close(self) -> None:
        """Watch the key no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _is_valid(self, key_id: KeyId) -> bool:
        sequencer = self._venue.sequencer
        key = sequencer.engine.key(key_id)
        return key is not None and (
            key.expires_at is None or key.expires_at > sequencer.clock.now()
        )

    def _watch(self) -> None:
        """End the connection when the key does."""
        self.close()
        sequencer, key_id = self._venue.sequencer, self.caller.key_id
        key = sequencer.engine.key(key_id) if key_id is not None else None
        if key is None or key.expires_at is None:
            return
        left = (key.expires_at - sequencer.clock.now()) / _NANOS
        if left <= 0:
            if self.on_expiry is not None:
                self.on_expiry()
            return
        soon = min(left, EXPIRY_CHECK_S)
        self._timer = asyncio.get_running_loop().call_later(soon, self._watch)
