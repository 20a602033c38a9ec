"""What a request became that was made before, where the state of now would refuse to read it again.

Whoever repeats a request is recognised when its command is sequenced. But some requests are read
against what there is: a position to close, an instrument to change, a trade to undo. Where that is
gone, there is no command to sequence; so before such a call tells that, it looks here.

Rule: look after the fault was found, never before. Then a first copy that is applied meanwhile is
seen, because the fault is no older than it.
"""

import asyncio

from openoutcry.gateway.native.calls import Call, reused
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.retry_keys import retry_of
from openoutcry.gateway.venue import Venue
from openoutcry.model.errors import KeyReused
from openoutcry.model.record import Record, Retry
from openoutcry.sequencer.batch import Outcome
from openoutcry.sequencer.repeats import original, original_of


async def recalled(venue: Venue, call: Call, asked: object) -> Outcome | None:
    """Return what the request under this Idempotency-Key became; None where it is new.

    Raises 409 where the key was used for another request.
    """
    retry = retry_of(call.account_id, asked, idempotency_key=call.idempotency_key)
    if retry is None:
        return None
    try:
        record = await _record_of(venue, retry)
    except KeyReused as fault:
        raise reused() from fault
    return None if record is None else Outcome(record, replayed=True)


async def recalled_or(venue: Venue, call: Call, asked: object, problem: Problem) -> Outcome:
    """Return what the request became, or raise the problem that there is with it now."""
    outcome = await recalled(venue, call, asked)
    if outcome is None:
        raise problem
    return outcome


async def _record_of(venue: Venue, retry: Retry) -> Record | None:
    sequencer = venue.sequencer
    first = original(sequencer.engine, retry)
    if first is not None:
        await sequencer.settled(first.last)
        record = await asyncio.to_thread(sequencer.record_at, first.first)
        if record is not None:
            return record
    past = sequencer.past
    if past is None or not past.may_hold(retry.keys):
        return None
    # What the engine forgot is in history; what it has not is there by now, or soon.
    if first is not None:
        await venue.history.caught_up(first.last)
    return original_of(await asyncio.to_thread(past.find, retry.keys), retry)
