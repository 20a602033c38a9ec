"""Clients that do not read: bounded, told where they were, and not felt by others."""

import asyncio
import json

import pytest

from openoutcry.gateway.native.stream import outlets
from openoutcry.streams import outbox
from openoutcry.streams.outbox import Excess
from tests.gateway.native.stream.hall import ALICE, ORDER, SERVERS, told, until
from tests.gateway.native.stream.puppet import puppet

every_server = pytest.mark.parametrize("server", SERVERS)
TRADES = {"channel": "trades", "symbols": ["AAPL"]}
PADDING = "x" * 1000


def stall(client):
    """Read nothing more, with what the system takes by itself bounded."""
    client.socket.transport.pause_reading()


async def fill(feeds, connection, *, most):
    """Say things until the client is given up; return how many."""
    number = 0
    while connection.code is None:
        number += 1
        assert number < most, "the client was not given up"
        feeds.say("trades:AAPL", number, padding=PADDING)
        if number % 50 == 0:
            await asyncio.sleep(0)
    return number


@every_server
@pytest.mark.parametrize("bound", [Excess.MESSAGES, Excess.BYTES])
def test_a_client_that_does_not_read_is_told_what_it_missed_and_closed(server, bound, monkeypatch):
    if bound is Excess.MESSAGES:
        monkeypatch.setattr(outbox, "MESSAGES_MAX", 500)
    else:
        monkeypatch.setattr(outbox, "BYTES_MAX", 500_000)

    @told(server)
    async def _(hall):
        feeds = puppet(hall)
        async with hall.listen(**hall.lazy()) as slow, hall.listen(ALICE) as quick:
            await slow.result("subscribe", **TRADES)
            connection = next(iter(hall.venue.connections._open))
            stall(slow)
            said = await fill(feeds, connection, most=100_000)
            assert hall.venue.connections.dropped == {bound: 1}
            assert (await quick.result("order.place", **ORDER))["status"] == "new"
            slow.socket.transport.resume_reading()
            assert await slow.close_code() == 4008
            last = slow.heard.pop()
            assert (last["type"], last["reason"]) == ("resync_required", bound.value)
            told_ = [one["sequence"] for one in slow.heard if one["channel"] == "trades"]
            assert told_ == list(range(len(told_)))
            assert last["expected"] == told_[-1] + 1 <= said
            assert last["current"] == hall.venue.sequencer.durable or last["current"] > 0
            assert not feeds.hearers["trades:AAPL"]


@every_server
def test_the_oldest_message_may_not_wait_too_long(server, monkeypatch):
    monkeypatch.setattr(outbox, "AGE_S_MAX", 0.2)

    @told(server)
    async def _(hall):
        feeds = puppet(hall)
        async with hall.listen(**hall.lazy()) as slow:
            await slow.result("subscribe", **TRADES)
            (connection,) = hall.venue.connections._open
            stall(slow)
            number = 0
            while number % 50 or not connection.outbox:
                number += 1
                feeds.say("trades:AAPL", number, padding=PADDING)
                if number % 50 == 0:
                    # What the socket takes leaves the outbox in between.
                    await asyncio.sleep(0.001)
            await until(lambda: connection.code == 4008)
            slow.socket.transport.resume_reading()
            assert await slow.close_code() == 4008
            assert slow.heard[-1]["reason"] == "age"


@every_server
def test_nobody_is_given_up_because_the_venue_itself_was_late(server, monkeypatch):
    @told(server)
    async def _(hall):
        feeds = puppet(hall)
        async with hall.listen() as client:
            await client.result("subscribe", **TRADES)
            monkeypatch.setattr(outbox, "AGE_S_MAX", -1.0)  # Whatever waits has waited too long.
            for number in range(1, 100):
                feeds.say("trades:AAPL", number)  # And the loop turns to nothing else meanwhile.
            for number in range(100):
                assert (await client.on("trades"))["sequence"] == number


def test_one_that_never_reads_is_given_up(monkeypatch):
    monkeypatch.setattr(outbox, "MESSAGES_MAX", 500)
    monkeypatch.setattr(outlets, "CLOSE_WITHIN_S", 0.2)
    monkeypatch.setattr("openoutcry.direct.ABANDON_S", 0.2)
    for server in SERVERS:

        @told(server)
        async def _(hall):
            feeds = puppet(hall)
            async with hall.listen(**hall.lazy()) as slow:
                await slow.result("subscribe", **TRADES)
                (connection,) = hall.venue.connections._open
                stall(slow)
                await fill(feeds, connection, most=100_000)
                await until(lambda: len(hall.venue.connections) == 0)
                slow.socket.transport.abort()


def test_replies_count_as_well(monkeypatch):
    monkeypatch.setattr(outbox, "MESSAGES_MAX", 200)

    @told()
    async def _(hall):
        async with hall.listen(**hall.lazy()) as slow:
            await slow.next()
            (connection,) = hall.venue.connections._open
            stall(slow)
            batch = {"method": "order.batch", "params": {"orders": [{}] * 50}}
            while connection.code is None:
                slow.socket.protocol.send_text(json.dumps(batch).encode())
                slow.socket.transport.write(b"".join(slow.socket.protocol.data_to_send()))
                await asyncio.sleep(0)
            assert connection.code == 4008
            slow.socket.transport.abort()


def test_a_past_that_is_read_slowly_is_no_reason(monkeypatch):
    monkeypatch.setattr(outbox, "MESSAGES_MAX", 50)
    monkeypatch.setattr(outbox, "BYTES_MAX", 10_000)

    @told()
    async def _(hall):
        feeds = puppet(hall)
        feeds.past["executions"] = [range(start, start + 100) for start in range(0, 10_000, 100)]
        async with hall.listen(ALICE) as client:
            since = {"epoch": "this", "sequence": 0}
            await client.send("subscribe", channel="executions", **{"from": since})
            for number in range(1, 10_000):
                if number % 1_000 == 0:
                    stall(client)
                    await asyncio.sleep(0)
                    client.socket.transport.resume_reading()
                assert (await client.on("executions"))["sequence"] == number


def test_the_snapshots_of_many_subscriptions_wait_one_at_a_time():
    @told()
    async def _(hall):
        feeds = puppet(hall)
        feeds.content = {"padding": "x" * 1_000_000}
        symbols = [one.symbol for one in hall.venue.sequencer.engine.instruments()]
        assert len(symbols) > 3
        async with hall.listen(max_size=None, **hall.lazy()) as client:
            await client.next()
            (connection,) = hall.venue.connections._open
            stall(client)
            await client.send("subscribe", channel="trades", symbols=symbols)
            await until(lambda: connection.outbox.has_past)
            await asyncio.sleep(0.1)  # Not for luck: the longer, the more would wait.
            assert len(connection.outbox) == 1
            client.socket.transport.resume_reading()
            for _ in symbols:
                assert (await client.on("trades"))["type"] == "snapshot"
