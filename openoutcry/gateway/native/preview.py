"""A preview of an order: what it would come to at this moment. It places nothing."""

import time
from collections.abc import Mapping
from typing import Final

from openoutcry.engine.preview import Preview
from openoutcry.gateway.native import bodies
from openoutcry.gateway.native.asked import Asked, Line
from openoutcry.gateway.native.calls import Answer, Call, answer_durable
from openoutcry.gateway.openapi import Operation
from openoutcry.gateway.refusals import figures_of, words_of
from openoutcry.gateway.venue import Venue
from openoutcry.model.account import Permission
from openoutcry.model.decimals import text_of
from openoutcry.model.instrument import Grid
from openoutcry.model.units import Lots, Sequence
from openoutcry.risk.checks import Refusal
from openoutcry.wire import trading as wire
from openoutcry.wire.prices import NOTHING, average_text, quantity_text

PATH: Final = "/api/v1/orders/preview"
"""The one call that reads and has a body."""


async def preview(venue: Venue, call: Call, content: Mapping[str, object]) -> Answer:
    """Answer with what an order would fill, cost, hold and leave, or with why it is refused."""
    call.caller.demand(Permission.READ)
    engine = venue.sequencer.engine
    command = bodies.enter_order(content, call.account_id, engine)
    venue.attention.touch(command.symbol, time.monotonic())
    found = engine.preview(command, venue.sequencer.clock.now())
    return await answer_durable(venue, shape(found, engine.sequence))


def shape(found: Preview, sequence: Sequence) -> wire.Preview:
    """Return a preview as the API shows it."""
    grid = found.grid

    def quantity(lots: Lots) -> str:
        return NOTHING if grid is None else quantity_text(grid, lots)

    return wire.Preview(
        refusal=None if found.refusal is None else _refused(found.refusal, grid),
        fills_now=quantity(found.fills),
        average_price=None if grid is None else average_text(grid, found.cost, found.fills),
        notional=text_of(found.notional),
        fee=text_of(found.fee),
        hold=text_of(found.hold),
        rests=quantity(found.rests),
        sequence=sequence,
    )


def _refused(refusal: Refusal, grid: Grid | None) -> wire.Refused:
    allowed = refusal.allowed
    figures = figures_of(allowed, grid) if allowed else None
    return wire.Refused(refusal.reason.value, words_of(refusal.reason, allowed, grid), figures)


async def _preview(venue: Venue, asked: Asked) -> Answer:
    asked.no_query()
    return await preview(venue, asked.call, asked.content())


ROUTES: Final[tuple[Line, ...]] = (("POST", "/orders/preview", _preview),)
OPERATIONS: Final = (
    Operation(
        "post",
        PATH,
        "Say what an order would come to now; places nothing",
        "orders",
        wire.Preview,
        body=bodies.PLACE,
    ),
)
