"""The short way of `openoutcry serve`: what a client may not do with it."""

import asyncio
import json

import pytest

from openoutcry.direct import PART_BYTES, DirectProtocol
from tests.gateway.native.stream.hall import ALICE, ORDER, told, until


def frames(client, *payloads):
    """Return the frames of a client's texts, as one piece."""
    for payload in payloads:
        client.socket.protocol.send_text(payload)
    return b"".join(client.socket.protocol.data_to_send())


def served(hall):
    """Return the server's side of the only connection."""
    (connection,) = hall.venue.connections._open
    protocol = connection.inlet
    assert isinstance(protocol, DirectProtocol)
    return protocol


def test_much_at_once_is_read_a_part_at_a_time_and_in_order(monkeypatch):
    sizes, reading = [], []
    read = DirectProtocol.__mro__[1].data_received

    def watched(self, data):
        if self._receiver is not None:
            sizes.append(len(data))
            if self._unread:
                reading.append(self.transport.is_reading())
        read(self, data)

    monkeypatch.setattr(DirectProtocol.__mro__[1], "data_received", watched)

    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await client.result("ping")
            asks = [json.dumps({"method": "ping", "request_id": n}).encode() for n in range(2_000)]
            client.socket.transport.write(frames(client, *asks))
            replies = [(await client.reply())["request_id"] for _ in asks]
            assert replies == list(range(2_000))
            assert served(hall)._unread == b""
        assert max(sizes) == PART_BYTES
        assert reading
        assert not any(reading)


def test_a_connection_that_waits_for_room_reads_the_rest_afterwards(monkeypatch):
    monkeypatch.setattr("openoutcry.gateway.native.stream.pipeline.UNDER_WAY_MAX", 4)

    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await client.result("ping")
            place = {"method": "order.place", "params": ORDER}
            asks = [json.dumps({**place, "request_id": n}).encode() for n in range(300)]
            client.socket.transport.write(frames(client, *asks))
            replies = [(await client.reply())["request_id"] for _ in asks]
            assert replies == list(range(300))
            assert await client.result("ping") == {}


def test_who_pings_and_reads_nothing_fills_no_memory():
    @told()
    async def _(hall):
        async with hall.listen(ALICE, **hall.lazy()) as client:
            await client.result("ping")
            protocol = served(hall)
            client.socket.transport.pause_reading()

            def ping(count):
                for _ in range(count):
                    client.socket.protocol.send_ping(b"x" * 125)
                client.socket.transport.write(b"".join(client.socket.protocol.data_to_send()))

            while not protocol.is_full:
                ping(500)
                await asyncio.sleep(0)
            waiting = protocol.transport.get_write_buffer_size()
            ping(5_000)
            place = {"method": "order.place", "params": ORDER}
            client.socket.transport.write(frames(client, json.dumps(place).encode()))
            await until(lambda: hall.open_orders("alice"))
            assert protocol.transport.get_write_buffer_size() <= waiting
            client.socket.transport.abort()


@pytest.mark.parametrize("compression", [None, "deflate"])
def test_a_client_that_compresses_is_understood(compression):
    @told()
    async def _(hall):
        async with hall.listen(ALICE, compression=compression) as client:
            text = json.dumps({"method": "ping", "request_id": "x" * 64})
            await client.socket.send(text + " " * 10_000)
            assert (await client.reply())["result"] == {}


def test_a_close_reaches_a_client_whose_messages_wait_unread():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await client.result("ping")
            protocol = served(hall)
            protocol.stop_reading()
            await client.send("ping")
            hall.venue.connections.close(1012)
            assert await client.close_code() == 1012
