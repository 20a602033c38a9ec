"""Cancel on disconnect: when it fires, for whom, and when it does not."""

import asyncio
import json

import pytest

from openoutcry.gateway.native.stream import deadman
from openoutcry.model.account import Permission
from openoutcry.model.commands import RevokeKey
from openoutcry.model.errors import Overloaded
from openoutcry.model.events import OrderCanceled
from openoutcry.model.reasons import Reason
from tests.gateway.native.stream.hall import ALICE, BOB, ORDER, ROOT, SERVERS, told, until
from tests.gateway.simple.desk import key_of

every_server = pytest.mark.parametrize("server", SERVERS)
ARM = {"channel": "executions", "cancel_on_disconnect": True}


async def placed(client, count=2):
    for _ in range(count):
        await client.result("order.place", **ORDER)


async def canceled(hall, account_id="alice"):
    """Wait until an account has no open orders, and see why."""
    await until(lambda: not hall.open_orders(account_id))
    sequencer = hall.venue.sequencer
    await sequencer.settled(sequencer.engine.sequence)
    records = sequencer.read(0, 1_000)
    ended = [event for one in records for event in one.events if isinstance(event, OrderCanceled)]
    assert {event.order.reason for event in ended[-2:]} == {Reason.DISCONNECT}


@every_server
@pytest.mark.parametrize("how", ["closed", "vanished", "junk", "too large"])
def test_every_end_of_the_connection_cancels_all_orders_of_the_account(server, how):
    @told(server)
    async def _(hall):
        async with hall.listen(ALICE) as other, hall.listen(BOB) as stranger:
            await placed(other)
            await placed(stranger)
            async with hall.listen(ALICE) as client:
                await client.result("subscribe", **ARM)
                match how:
                    case "closed":
                        await client.socket.close(1000)
                    case "vanished":
                        client.socket.transport.abort()
                    case "junk":
                        client.socket.transport.write(b"\xff\xff\xff")
                    case _:
                        await client.socket.send(" " * 300_000)
                        assert await client.close_code() == 1009
                await canceled(hall)
            assert len(hall.open_orders("bob")) == 2


def test_a_close_that_says_what_the_venue_would_is_a_close():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await placed(client)
            await client.result("subscribe", **ARM)
            await client.socket.close(1012)
            await canceled(hall)


def test_a_revoked_key_cancels():
    @told()
    async def _(hall):
        await hall.submit(key_of("second.s", "alice", Permission.TRADE))
        async with hall.listen("second.s") as client:
            await placed(client)
            await client.result("subscribe", **ARM)
            await hall.submit(RevokeKey(key_id="second"))
            assert await client.close_code() == 1008
            await canceled(hall)


def test_becoming_somebody_else_cancels():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await placed(client)
            await client.result("subscribe", **ARM)
            await client.result("authenticate", key=ALICE)
            assert len(hall.open_orders("alice")) == 2
            await client.result("authenticate", key=BOB)
            await canceled(hall)


@every_server
def test_silence_cancels_and_a_ping_is_enough_against_it(server, monkeypatch):
    monkeypatch.setattr(deadman, "SILENCE_S", 0.2)

    @told(server)
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await placed(client)
            await client.result("subscribe", **ARM)
            for _ in range(10):
                await asyncio.sleep(0.05)
                await client.result("ping")
            assert len(hall.open_orders("alice")) == 2
            await canceled(hall)
            await placed(client)
            await canceled(hall)
            assert await client.result("ping") == {}


@every_server
def test_not_after_a_logout(server):
    @told(server)
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await placed(client)
            await client.result("subscribe", **ARM)
            await client.result("logout")
            assert await client.close_code() == 1000
        await until(lambda: len(hall.venue.connections) == 0)
        async with hall.listen(ALICE) as client:
            await client.result("ping")
        assert len(hall.open_orders("alice")) == 2


@every_server
@pytest.mark.parametrize("code", [1011, 1012])
def test_not_when_the_venue_stops(server, code):
    @told(server)
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await placed(client)
            await client.result("subscribe", **ARM)
            hall.venue.connections.close(code)
            assert await client.close_code() == code
            await until(lambda: len(hall.venue.connections) == 0)
            assert len(hall.open_orders("alice")) == 2


@pytest.mark.parametrize(
    "then",
    [
        {"method": "subscribe", "params": {"channel": "executions"}},
        {"method": "unsubscribe", "params": {"channel": "executions"}},
    ],
)
def test_not_when_it_is_not_wanted_any_more(then):
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await placed(client)
            await client.result("subscribe", **ARM)
            await client.socket.send(json.dumps(then))
            assert "result" in await client.reply()
        await until(lambda: len(hall.venue.connections) == 0)
        assert len(hall.open_orders("alice")) == 2


def test_it_needs_a_key():
    @told()
    async def _(hall):
        async with hall.listen() as client:
            assert await client.refusal("subscribe", **ARM) == (401, "unauthenticated")
            await client.result("subscribe", channel="executions")
            await client.result("authenticate", key=ROOT)
            await client.result("subscribe", **ARM)


def test_a_venue_that_is_overloaded_does_not_forget(monkeypatch):
    monkeypatch.setattr(deadman, "AGAIN_S", 0.01)

    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            await placed(client)
            await client.result("subscribe", **ARM)
            sequencer, submit = hall.venue.sequencer, hall.venue.sequencer.submit
            refused = []

            def full(*args, **kwargs):
                if len(refused) < 3:
                    refused.append(args)
                    raise Overloaded("full")
                return submit(*args, **kwargs)

            sequencer.submit = full
        await canceled(hall)
        assert len(refused) == 3
