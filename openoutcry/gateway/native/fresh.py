"""Reading your own writes: a read may ask to reflect a sequence at least, and waits for it.

`min_sequence` is a parameter of every GET under /api/v1. Whoever names a sequence that the venue
does not reach in time gets 503 and may ask again; one that is far ahead is refused at once.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from openoutcry.gateway.bodies import shown
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.troubles import RETRY_AFTER
from openoutcry.gateway.venue import Venue
from openoutcry.model.units import Sequence

PATIENCE_S: Final = 2.0
"""How long a read waits for its `min_sequence`."""
AHEAD_MAX: Final = 1_000_000
"""How far beyond the venue a `min_sequence` may be."""
NAME: Final = "min_sequence"
_DIGITS_MAX: Final = 18


async def query_of(request: Request, venue: Venue) -> Mapping[str, str]:
    """Return a call's other parameters once the venue has reached what it asks for."""
    pairs = request.query_params.multi_items()
    query = dict(pairs)
    if len(query) != len(pairs):
        raise Problem(400, "repeated_property", "a parameter is there twice")
    if request.method in ("GET", "HEAD") and (text := query.pop(NAME, None)) is not None:
        await _wait(venue, _sequence(text))
    return query


async def _wait(venue: Venue, sequence: Sequence) -> None:
    durable = venue.sequencer.durable
    if sequence > durable + AHEAD_MAX:
        detail = f"{NAME} is far ahead of the venue, which is at {durable}; found {sequence}"
        raise Problem(400, "invalid_value", detail)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await venue.sequencer.settled(sequence)
            await venue.history.caught_up(sequence)
    except TimeoutError:
        detail = f"the venue is at {venue.sequencer.durable}, not yet at {sequence}; ask again"
        raise Problem(503, "not_ready", detail, headers=RETRY_AFTER) from None


def _sequence(text: str) -> Sequence:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
        detail = f"{NAME} is a sequence number; found {shown(text)}"
        raise Problem(400, "invalid_value", detail)
    return Sequence(int(text))
