"""How a connection ends: by its client, by its key, by its size, by the venue."""

import asyncio
import json
import socket

import pytest
import websockets

from openoutcry.gateway.native.stream import identity
from openoutcry.gateway.native.stream.requests import MESSAGE_BYTES_MAX
from openoutcry.model.account import Permission
from openoutcry.model.commands import RevokeKey
from tests.gateway.native.stream.hall import ALICE, BOB, ORDER, SERVERS, told, until
from tests.gateway.simple.desk import key_of
from tests.venue import running_venue

every_server = pytest.mark.parametrize("server", SERVERS)


@every_server
def test_a_logout_is_answered_and_then_closed(server):
    @told(server)
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await client.send("logout", request_id=1)
            await client.send("ping", request_id=2)
            assert (await client.reply())["request_id"] == 1
            assert await client.close_code() == 1000
            assert client.heard[-1]["channel"] == "heartbeat"


@every_server
def test_a_message_beyond_the_limit_closes(server):
    @told(server)
    async def _(hall):
        async with hall.listen(ALICE) as client:
            text = json.dumps({"method": "ping", "request_id": "x"})
            await client.socket.send(text + " " * (MESSAGE_BYTES_MAX - len(text)))
            assert (await client.reply())["result"] == {}
            await client.socket.send(text + " " * (MESSAGE_BYTES_MAX - len(text) + 1))
            assert await client.close_code() == 1009


def test_a_message_in_parts_is_one_message():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await client.socket.send(iter(['{"method": ', '"ping", ', '"request_id": 5}']))
            assert (await client.reply())["request_id"] == 5


@every_server
def test_a_revoked_key_ends_its_connections(server):
    @told(server)
    async def _(hall):
        async with hall.listen(ALICE) as gone, hall.listen(BOB) as stays:
            await gone.result("ping")
            await hall.submit(RevokeKey(key_id="alice-key"))
            assert await gone.close_code() == 1008
            assert await stays.result("ping") == {}


def test_a_key_that_is_revoked_meanwhile_may_not_act():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await client.result("ping")
            key, engine = hall.venue.sequencer.engine.key, hall.venue.sequencer.engine
            engine.key = lambda key_id: None if key_id == "alice-key" else key(key_id)
            assert await client.refusal("order.place", **ORDER) == (401, "unauthenticated")
            del engine.key


def test_an_expired_key_ends_its_connections(monkeypatch):
    monkeypatch.setattr(identity, "EXPIRY_CHECK_S", 0.05)

    @told()
    async def _(hall):
        clock, now = hall.venue.sequencer.clock, hall.venue.sequencer.clock.now
        hour = 3600 * 10**9
        await hall.submit(key_of("brief.s", "alice", Permission.TRADE, expires_at=now() + hour))
        async with hall.listen("brief.s") as client:
            await client.result("order.place", **ORDER)
            clock.now = lambda: now() + 2 * hour
            assert await client.close_code() == 1008
            clock.now = now


@every_server
@pytest.mark.parametrize("code", [1011, 1012])
def test_the_venue_ends_all_connections_and_those_that_come(server, code):
    @told(server)
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await client.result("ping")
            hall.venue.connections.close(code)
            assert await client.close_code() == code
            async with hall.listen(ALICE) as late:
                assert await late.close_code() == code


def test_a_client_that_vanishes_leaves_nothing_behind():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await client.result("subscribe", channel="executions")
            assert len(hall.venue.connections) == 1
            client.socket.transport.abort()
            await until(lambda: len(hall.venue.connections) == 0)


def test_a_fault_of_ours_ends_that_connection_alone(monkeypatch):
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client, hall.listen(BOB) as other:
            await client.result("ping")
            hall.venue.limits.spend = lambda *_: 1 / 0
            await client.send("order.place", **ORDER)
            assert await client.close_code() == 1011
            del hall.venue.limits.spend
            assert (await other.result("order.place", **ORDER))["status"] == "new"


@pytest.mark.slow
@pytest.mark.parametrize("server", ["openoutcry", "uvicorn"])
def test_a_clean_stop_is_announced(server):
    with running_venue(server=server, SIMULATION="off") as venue:

        async def story():
            async with websockets.connect(f"{venue.ws_url}/api/v1/stream", proxy=None) as client:
                await client.recv()
                stopping = asyncio.create_task(asyncio.to_thread(venue.stop))
                said = []
                try:
                    while True:
                        said.append(json.loads(await client.recv()))
                        if said[-1].get("type") == "server_shutdown":
                            await client.send('{"method": "order.place"}')  # It still works.
                            await client.send('{"method": "logout"}')
                except websockets.ConnectionClosed as closed:
                    code = closed.rcvd.code
                return said, code, await stopping

        said, code, exit_code = asyncio.run(story())
    if server == "openoutcry":
        assert {"type": "server_shutdown", "in_s": 10} in said
        assert said[-2]["problem"]["code"] == "missing_property"
        assert (code, exit_code) == (1000, 0)
    else:
        assert code == 1012


@every_server
def test_a_handshake_and_nothing_more_is_no_burden(server):
    @told(server)
    async def _(hall):
        with socket.create_connection(("127.0.0.1", hall.port)) as peer:
            peer.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n")
        async with hall.listen(ALICE) as client:
            assert await client.result("ping") == {}
