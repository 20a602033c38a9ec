"""Callers who behave badly, under `openoutcry serve`: nobody else notices, and nothing grows."""

import asyncio
import json
import urllib.request

import pytest

from tests.venue import running_venue

IDLE = 500
"""Sockets that say nothing; the soak opens ten thousand."""
ORDER = b'{"stocks": "AAPL", "quantity": 1}'
REQUEST = b"POST /orders HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: %d\r\n\r\n%b" % (
    len(ORDER),
    ORDER,
)


@pytest.fixture(scope="module")
def venue():
    with running_venue(server="openoutcry", SIMULATION="off", EXECUTION_DELAY_MS=60_000) as started:
        yield started


def place(venue):
    request = urllib.request.Request(f"{venue.url}/orders", ORDER, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status, json.loads(answer.read())["order_id"]


def listed(venue):
    with urllib.request.urlopen(f"{venue.url}/orders", timeout=30) as answer:
        return [order["order_id"] for order in json.loads(answer.read())]


async def open_idle(venue, count):
    """Open sockets that say nothing, a hundred at a time."""
    opened = []
    while len(opened) < count:
        wave = min(100, count - len(opened))
        opened += await asyncio.gather(
            *[asyncio.open_connection("127.0.0.1", venue.port) for _ in range(wave)]
        )
    return opened


async def close_all(opened):
    for _, writer in opened:
        writer.close()
    await asyncio.gather(*[writer.wait_closed() for _, writer in opened], return_exceptions=True)


async def idle_sockets_disturb_nobody(venue, count):
    """Place orders while `count` sockets say nothing; see the venue close them all."""
    opened = await open_idle(venue, count)
    try:
        for _ in range(20):
            status, _ = await asyncio.to_thread(place, venue)
            assert status == 201
        # Who sends no request is closed by the venue: every reader comes to its end.
        ends = await asyncio.wait_for(asyncio.gather(*[r.read() for r, _ in opened]), 60)
        assert ends == [b""] * count
    finally:
        await close_all(opened)


async def an_endless_body_is_given_up(venue):
    """Begin a body and never end it; see others answered meanwhile, and a 408 at last."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    writer.write(b"POST /orders HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 40\r\n\r\n{")
    status, _ = await asyncio.to_thread(place, venue)
    assert status == 201
    head = await asyncio.wait_for(reader.readuntil(b"\r\n"), 60)
    assert head.split()[1] == b"408"
    writer.close()
    await writer.wait_closed()


@pytest.mark.slow
def test_silent_sockets_and_endless_bodies_are_given_up_and_disturb_nobody(venue):
    async def together():
        await asyncio.gather(
            idle_sockets_disturb_nobody(venue, IDLE), an_endless_body_is_given_up(venue)
        )

    asyncio.run(together())


def test_callers_that_vanish_after_asking_leave_whole_orders_behind(venue):
    before = listed(venue)

    async def vanish():
        _, writer = await asyncio.open_connection("127.0.0.1", venue.port)
        writer.write(REQUEST)
        await writer.drain()
        writer.transport.abort()

    async def all_vanish():
        await asyncio.gather(*[vanish() for _ in range(100)])

    asyncio.run(all_vanish())
    status, mine = place(venue)
    assert status == 201
    after = listed(venue)
    assert after[: len(before)] == before
    assert mine in after
    assert len(set(after)) == len(after) <= len(before) + 101


def test_a_flood_that_nobody_reads_does_not_stop_another_caller(venue):
    async def story():
        reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
        writer.write(REQUEST * 2_000)
        status, _ = await asyncio.to_thread(place, venue)
        assert status == 201
        # The flood is answered as well, once somebody reads.
        answered = 0
        while answered < 2_000:
            chunk = await asyncio.wait_for(reader.read(1 << 16), 60)
            assert chunk, "the venue closed a connection that it should have served"
            answered += chunk.count(b"HTTP/1.1 201")
        writer.close()
        await writer.wait_closed()

    asyncio.run(story())
