"""Finding an order wherever it is: in the engine while it lives, just closed, or in history."""

import asyncio

from openoutcry.gateway.venue import Venue
from openoutcry.model.order import OrderReport
from openoutcry.model.units import OrderId


async def find_order(venue: Venue, order_id: OrderId) -> OrderReport | None:
    """Return an order as it stands, once what it shows is durable; None if it never was."""
    report = venue.sequencer.engine.order(order_id)
    if report is not None:
        await venue.sequencer.settled(report.sequence)
        return report
    # It may have ended in a record that is not durable yet, so recent orders come after that.
    sequence = venue.sequencer.engine.sequence
    await venue.sequencer.settled(sequence)
    report = venue.recent.get(order_id)
    if report is not None:
        return report
    await venue.history.caught_up(sequence)
    return await asyncio.to_thread(venue.history.order, order_id)
