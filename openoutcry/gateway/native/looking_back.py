"""Asking a moment of the past, for whoever answers with what was true then."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from openoutcry.gateway.venue import Venue
from openoutcry.history.moment import Moment
from openoutcry.model.units import Sequence

T = TypeVar("T")


async def look_back(venue: Venue, at: Sequence, find: Callable[[Moment], T]) -> T:
    """Return what is found at a moment, in a thread; raises `Forgotten` for one long ago."""
    await venue.history.caught_up(at)

    def look() -> T:
        with venue.history.reading() as connection:
            return find(Moment(connection, venue.sequencer.read, at))

    return await asyncio.to_thread(look)
