"""A clean stop in the middle of a load: whatever was accepted has been answered."""

import asyncio
import signal
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from openoutcry.journal.directory import JOURNAL_NAME
from openoutcry.journal.reader import JournalReader
from openoutcry.journal.record import decode
from openoutcry.model.events import OrderPended
from tests.proof.outside import Client, Unanswered
from tests.venue import STOP_SECONDS_MAX, running_venue

CLIENTS = 32
ORDERS = 600
"""Answered before the stop is asked for."""
STOPS = 2
ORDER = {"stocks": "AAPL", "quantity": 1}


async def place(client, answered, busy):
    """Place orders until the venue is gone; say when it is busy."""
    while True:
        try:
            answer = await client.call("POST", "/orders", ORDER)
        except Unanswered:
            return
        if answer.status == 503:  # It takes nothing more.
            return
        assert answer.status == 201
        answered.append(answer.json()["id"])
        if len(answered) == ORDERS:
            busy.set()


async def stopped_under_load(venue):
    """Stop a venue that is busy, and return the orders that it answered."""
    answered = []
    with ExitStack() as clients:
        opened = [clients.enter_context(closing(Client(venue.port))) for _ in range(CLIENTS)]
        busy = asyncio.Event()
        placing = asyncio.gather(*(place(client, answered, busy) for client in opened))
        waiting = asyncio.ensure_future(busy.wait())
        await asyncio.wait(
            {placing, waiting}, timeout=STOP_SECONDS_MAX, return_when=asyncio.FIRST_COMPLETED
        )
        assert await asyncio.to_thread(venue.stop) in (0, -signal.SIGTERM)
        await placing
        assert waiting.done(), "it was busy when it was stopped"
    return answered


def accepted(data_dir):
    """Return the orders that the journal says were accepted."""
    with closing(JournalReader(Path(data_dir) / JOURNAL_NAME)) as journal:
        records = map(decode, journal.read(0, journal.last))
        events = [event for record in records for event in record.events]
    return [event.order.terms.order_id for event in events if isinstance(event, OrderPended)]


@pytest.mark.slow
@pytest.mark.parametrize("server", ["openoutcry", "uvicorn"])
def test_a_clean_stop_answers_what_it_has_accepted(server):
    answered = []
    with running_venue(server=server, SIMULATION="off") as venue:
        for stop in range(STOPS):
            if stop:
                venue.start()
            answered += asyncio.run(stopped_under_load(venue))
            assert sorted(answered) == accepted(venue.data_dir)
