"""Instruments: listed, changed, moved to another phase, delisted."""

import time
from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from openoutcry.gateway.native.admin import instrument_bodies as bodies
from openoutcry.gateway.native.admin.submitting import (
    operation,
    refused,
    submit_as_admin,
    unknown_instrument,
)
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import (
    Answer,
    Call,
    answer_durable,
    answer_outcome,
    answer_refusal,
)
from openoutcry.gateway.native.market import instrument_shape
from openoutcry.gateway.native.recalling import recalled_or
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.refusals import OF_AN_INSTRUMENT
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission
from openoutcry.model.commands import ChangeInstrument, DelistInstrument, ListInstrument
from openoutcry.model.events import (
    CommandRefused,
    InstrumentChanged,
    InstrumentDelisted,
    InstrumentListed,
    PhaseChanged,
)
from openoutcry.model.instrument import Instrument, Phase
from openoutcry.model.reasons import Reason
from openoutcry.model.units import Symbol
from openoutcry.sequencer.batch import Outcome
from openoutcry.wire import market as wire


async def instruments(venue: Venue, call: Call) -> Answer:
    """Answer with every instrument."""
    call.caller.demand(Permission.ADMIN)
    listed = venue.sequencer.engine.instruments()
    return await answer_durable(venue, [instrument_shape(one) for one in listed])


async def list_instrument(venue: Venue, call: Call, content: Mapping[str, object]) -> Answer:
    """List an instrument."""
    now = venue.sequencer.clock.now()
    new = bodies.new_instrument(content, venue.calendars, now)
    # The phase may be the calendar's, which is another one when the request is repeated.
    asked = ("list_instrument", replace(new, phase=Phase.CLOSED), content.get("phase"))
    outcome = await submit_as_admin(venue, call, ListInstrument(instrument=new), asked)
    listed = outcome.record.events[0]
    if not isinstance(listed, InstrumentListed):
        return refused(outcome, OF_AN_INSTRUMENT)
    return answer_outcome(201, instrument_shape(listed.instrument), outcome)


async def change_instrument(
    venue: Venue, call: Call, symbol: Symbol, content: Mapping[str, object]
) -> Answer:
    """Change an instrument's fields; its grid only while nothing is open in it."""
    call.caller.demand(Permission.ADMIN)
    asked = ("change_instrument", symbol, content)
    try:
        listed = _listed(venue, symbol)
        changed = bodies.changed_instrument(content, listed, venue.calendars)
    except Problem as problem:
        outcome = await recalled_or(venue, call, asked, problem)
    else:
        command = ChangeInstrument(instrument=changed, based_on=listed)
        outcome = await submit_as_admin(venue, call, command, asked)
    event = outcome.record.events[0]
    if not isinstance(event, InstrumentChanged):
        return _refused(outcome)
    return answer_outcome(200, instrument_shape(event.instrument), outcome)


async def delist_instrument(venue: Venue, call: Call, symbol: Symbol) -> Answer:
    """End trading in an instrument for good; answer with what it was."""
    outcome = await submit_as_admin(venue, call, DelistInstrument(symbol=symbol))
    for event in outcome.record.events:
        if isinstance(event, InstrumentDelisted):
            return answer_outcome(200, instrument_shape(event.instrument), outcome)
    return _refused(outcome)


async def set_phase(
    venue: Venue, call: Call, symbol: Symbol, content: Mapping[str, object]
) -> Answer:
    """Move an instrument to another phase; an auction that ends uncrosses."""
    venue.attention.touch(symbol, time.monotonic())
    outcome = await submit_as_admin(venue, call, bodies.set_phase(content, symbol))
    for event in outcome.record.events:
        if isinstance(event, PhaseChanged) and event.symbol == symbol:
            return answer_outcome(200, instrument_shape(event.instrument), outcome)
    return _refused(outcome)


def _listed(venue: Venue, symbol: Symbol) -> Instrument:
    found = venue.sequencer.engine.instrument(symbol)
    if found is None:
        raise unknown_instrument()
    return found


def _refused(outcome: Outcome) -> Answer:
    """Tell a refusal; what a path names and is not there is 404, not a rule of the market."""
    refusal = outcome.record.events[0]
    if isinstance(refusal, CommandRefused) and refusal.reason is Reason.UNKNOWN_INSTRUMENT:
        return answer_refusal(unknown_instrument(), outcome)
    return refused(outcome, OF_AN_INSTRUMENT)


async def _list_all(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await instruments(venue, asked.call)


async def _list(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await list_instrument(venue, asked.call, asked.content())


async def _change(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await change_instrument(venue, asked.call, asked.symbol(), asked.content())


async def _delist(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await delist_instrument(venue, asked.call, asked.symbol())


async def _set_phase(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await set_phase(venue, asked.call, asked.symbol(), asked.content())


ROUTES: Final[tuple[Line, ...]] = (
    ("GET", "/admin/instruments", _list_all),
    ("POST", "/admin/instruments", _list),
    ("PUT", "/admin/instruments/{symbol:path}/phase", _set_phase),
    ("PATCH", "/admin/instruments/{symbol:path}", _change),
    ("DELETE", "/admin/instruments/{symbol:path}", _delist),
)
OPERATIONS: Final = (
    operation("get", "/instruments", "List instruments", list[wire.Instrument]),
    operation(
        "post", "/instruments", "List an instrument", wire.Instrument,
        status=201, body=bodies.LISTING,
    ),
    operation(
        "put", "/instruments/{symbol:path}/phase",
        "Move an instrument to a phase; leaving an auction uncrosses it",
        wire.Instrument, body=bodies.PHASE,
    ),
    operation(
        "patch", "/instruments/{symbol:path}", "Change an instrument", wire.Instrument,
        body=bodies.INSTRUMENT,
    ),
    operation(
        "delete", "/instruments/{symbol:path}",
        "Delist an instrument: what rests is canceled, positions stay", wire.Instrument,
    ),
)  # fmt: skip
