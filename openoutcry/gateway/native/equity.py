"""What an account was worth over time, sampled at the ends of intervals.

Marks are the last trades before. A day is the UTC day. What a bust or a reset changed, it changed
then: the past is shown as it was.
"""

import asyncio
from typing import Final

from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import Answer, Call, answer
from openoutcry.gateway.native.candles import Asking, asking
from openoutcry.gateway.openapi import Operation
from openoutcry.gateway.venue import Venue
from openoutcry.history.equity import Point, begin_of, equity_at
from openoutcry.history.pages import Series, cursor_of
from openoutcry.history.queries import reached
from openoutcry.marketdata.candles import SECOND
from openoutcry.model.account import Permission
from openoutcry.model.decimals import text_of
from openoutcry.model.units import Nanos, Sequence
from openoutcry.wire.accounts import EquityPage, EquityPoint
from openoutcry.wire.times import time_text

INTERVALS: Final = ("1m", "5m", "15m", "1h", "1d")


async def equity(venue: Venue, call: Call, asked: Asking) -> Answer:
    """Answer with a page of points, oldest first, from the account's beginning until now."""
    call.caller.demand(Permission.READ)
    now = venue.sequencer.clock.now()
    await venue.history.caught_up(venue.sequencer.engine.sequence)

    def look() -> tuple[list[Point], Sequence]:
        with venue.history.reading() as connection:
            began = begin_of(connection, call.account_id)
            first, count = _span(asked, began, now)
            found: list[Point] = []
            if count > 0:
                found = equity_at(connection, call.account_id, asked.interval, first, count)
            return found, reached(connection)

    found, at = await asyncio.to_thread(look)
    items = found[: asked.limit]
    more = len(found) > asked.limit
    cursor = cursor_of(Series.EQUITY, items[-1].at // SECOND) if more else None
    page = EquityPage([shape(point) for point in items], cursor)
    return answer(200, page, at)


def _span(asked: Asking, began: Nanos | None, now: Nanos) -> tuple[int, int]:
    """Return the first moment of a page, and how many there are, one more than it has at most."""
    if began is None:
        return 0, 0
    first = max(began, asked.start or 0)
    if asked.after is not None:
        first = max(first, asked.after + 1)
    first += -first % asked.interval
    last = now if asked.end is None else min(now, asked.end)
    return first, min((last - first) // asked.interval + 1, asked.limit + 1)


def shape(point: Point) -> EquityPoint:
    """Return a point as the API shows it."""
    return EquityPoint(
        at=time_text(point.at), equity=text_of(point.equity), cash=text_of(point.cash)
    )


async def _equity(venue: Venue, asked: Asked) -> Answer:
    return await equity(venue, asked.call, asking(asked.query, Series.EQUITY, *INTERVALS))


ROUTES: Final[tuple[Line, ...]] = (("GET", "/equity", _equity),)
OPERATIONS: Final = (
    Operation(
        "get",
        "/api/v1/equity",
        "List what the account was worth over time, oldest first",
        "account",
        EquityPage,
        query=("interval", "start", "end", "limit", "cursor"),
    ),
)
