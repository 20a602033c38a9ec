"""Cancel on disconnect: all open orders of an account end when one of its connections does.

It fires when the connection ends in whatever way, or when nothing has come over it for `SILENCE_S`;
then anew once something came. It does not fire when the client logs out, nor when the venue stops.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from openoutcry.gateway.native.calls import Call, begin
from openoutcry.gateway.venue import Venue
from openoutcry.model.commands import CancelAllOrders
from openoutcry.model.errors import NotReady, Overloaded
from openoutcry.model.reasons import Reason
from openoutcry.sequencer.batch import Outcome

SILENCE_S: Final = 5.0
"""Without any message, and the client is taken for gone."""
AGAIN_S: Final = 0.1
"""When the venue held too many commands to take one more."""

_log: Final = structlog.get_logger("openoutcry")


class DeadMan:
    """The switch of one connection."""

    def __init__(self, venue: Venue, now: Callable[[], float]) -> None:
        self._venue = venue
        self._now = now
        self._call: Call | None = None
        self._heard_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_armed(self) -> bool:
        """Whether it fires at the end of the connection."""
        return self._call is not None

    def arm(self, call: Call) -> None:
        """Fire for an account from now on."""
        self._call = call
        self.hear()

    def disarm(self) -> None:
        """Do not fire."""
        self._call = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def hear(self) -> None:
        """Note that a message came."""
        self._heard_at = self._now()
        if self._timer is None and self._call is not None:
            self._timer = asyncio.get_running_loop().call_later(SILENCE_S, self._look)

    def end(self) -> None:
        """Fire because the connection, or who it belongs to, is gone."""
        call = self._call
        self.disarm()
        if call is not None:
            self._fire(call, "closed")

    def _look(self) -> None:
        self._timer = None
        call = self._call
        if call is None:
            return
        left = self._heard_at + SILENCE_S - self._now()
        if left > 0:
            self._timer = asyncio.get_running_loop().call_later(left, self._look)
        else:
            self._fire(call, "silent")

    def _fire(self, call: Call, why: str) -> None:
        command = CancelAllOrders(account_id=call.account_id, reason=Reason.DISCONNECT)
        try:
            begin(self._venue, call, command).add_done_callback(_note_end)
        except Overloaded:
            asyncio.get_running_loop().call_later(AGAIN_S, self._fire, call, why)
            return
        except NotReady:
            return  # The venue has stopped, and the market with it.
        _log.info("orders_canceled_on_disconnect", account_id=call.account_id, client=why)


def _note_end(canceled: "asyncio.Future[Outcome]") -> None:
    """Take the outcome off the future; a venue that stopped meanwhile is no fault of ours."""
    if not canceled.cancelled():
        canceled.exception()
