"""Which outcomes a repeated request is answered with again.

What was decided is: done, refused by a rule of the market, or too late. What only said that
something was not there, or stood in the way, is not: it may be there, or gone, next time.
"""

from typing import Final

from openoutcry.model.commands import Command, EnterSimpleOrder
from openoutcry.model.events import (
    CancelRejected,
    CommandRefused,
    Event,
    OrderRejected,
    ReplaceRejected,
)
from openoutcry.model.reasons import Reason

_IN_THE_WAY: Final = frozenset(
    {
        Reason.UNKNOWN_ACCOUNT,
        Reason.UNKNOWN_ORDER,
        Reason.NOT_FOUND,
        Reason.ALREADY_EXISTS,
        Reason.ORDERS_RESTING,
        Reason.ALREADY_BUSTED,
        Reason.POSITIONS_OPEN,
    }
)


def is_remembered(command: Command, events: list[Event]) -> bool:
    """Say whether a request with the same key gets the outcome of this one."""
    first = events[0] if events else None
    if isinstance(first, CommandRefused):
        return first.reason not in _IN_THE_WAY and first.reason is not Reason.UNKNOWN_INSTRUMENT
    if isinstance(first, OrderRejected):
        # The simple API tells every refusal as a fault of the request.
        return first.reason not in _IN_THE_WAY and not isinstance(command, EnterSimpleOrder)
    if isinstance(first, CancelRejected | ReplaceRejected):
        return first.reason not in _IN_THE_WAY
    return True
