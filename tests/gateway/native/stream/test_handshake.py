"""Who may connect, and how many."""

import json

import pytest
from starlette.testclient import TestClient

from openoutcry.app import create_app
from openoutcry.gateway.native.stream.door import is_packed_of
from openoutcry.gateway.problems import Problem
from openoutcry.settings import Settings
from openoutcry.streams import connections
from tests.gateway.native.stream.hall import ALICE, BOB, ORDER, READER, ROOT, SERVERS, told, until


@pytest.mark.parametrize("server", SERVERS)
def test_without_a_key_one_is_the_demo_account_and_the_heart_beats_at_once(server):
    @told(server)
    async def _(hall):
        async with hall.listen() as client:
            beat = await client.next()
            assert list(beat) == ["channel", "sequence", "at", "channels"]
            assert (beat["channel"], beat["channels"]) == ("heartbeat", {})
            assert beat["sequence"] == hall.venue.sequencer.durable
            assert (await client.result("order.place", **ORDER))["account_id"] == "demo"
            second = await client.on("heartbeat")
            assert second["sequence"] == hall.venue.sequencer.durable


@pytest.mark.parametrize("server", SERVERS)
def test_the_header_says_who_it_is_and_a_wrong_key_is_refused_before_the_upgrade(server):
    @told(server)
    async def _(hall):
        async with hall.listen(ALICE) as client:
            assert (await client.result("order.place", **ORDER))["account_id"] == "alice"
        assert (await hall.refused(401, "alice-key.wrong"))["code"] == "unauthenticated"
        assert (await hall.refused(403, additional_headers={"Host": "evil.example"}))["code"] == (
            "host_not_allowed"
        )


def test_where_keys_are_needed_nobody_is_told_anything_before_one():
    @told(auth="keys")
    async def _(hall):
        async with hall.listen() as client:
            assert await client.refusal("order.place", **ORDER) == (401, "unauthenticated")
            subscribe = {"channel": "book", "symbols": ["AAPL"]}
            assert await client.refusal("subscribe", **subscribe) == (401, "unauthenticated")
            assert await client.refusal("unsubscribe", **subscribe) == (401, "unauthenticated")
            assert await client.result("ping") == {}
            assert client.heard == []
            assert await client.result("authenticate", key=ALICE) == {
                "account_id": "alice",
                "permissions": ["trade"],
            }
            assert (await client.next())["channel"] == "heartbeat"
            assert (await client.result("subscribe", **subscribe))["symbols"] == ["AAPL"]


def test_whoever_shows_a_wrong_key_is_nobody_until_a_right_one():
    @told()
    async def _(hall):
        async with hall.listen() as client:
            assert await client.refusal("authenticate", key="x.y") == (401, "unauthenticated")
            assert await client.refusal("order.place", **ORDER) == (401, "unauthenticated")
            await client.result("authenticate", key=BOB)
            assert (await client.result("order.place", **ORDER))["account_id"] == "bob"
            await client.result("authenticate", key=ROOT)
            assert (await client.result("order.place", **ORDER))["account_id"] == "demo"
            for junk, code in (
                ({}, "missing_property"),
                ({"key": None}, "missing_property"),
                ({"key": 5}, "invalid_type"),
                ({"key": BOB, "name": "bob"}, "unknown_property"),
            ):
                assert await client.refusal("authenticate", **junk) == (400, code)


def test_a_key_that_reads_may_listen_and_not_trade():
    @told()
    async def _(hall):
        async with hall.listen(READER) as client:
            await client.result("subscribe", channel="executions")
            for method, params in (
                ("order.place", ORDER),
                ("order.cancel", {"order_id": 1}),
                ("orders.cancel_all", {}),
                ("subscribe", {"channel": "executions", "cancel_on_disconnect": True}),
            ):
                assert await client.refusal(method, **params) == (403, "not_permitted"), method


def test_the_format_is_json_or_msgpack_and_nothing_else_stands_in_the_address():
    assert not is_packed_of(b"")
    assert not is_packed_of(b"format=json")
    assert is_packed_of(b"format=msgpack")
    for query in (b"format=", b"format=xml", b"format=json&format=json", b"key=x", b"token"):
        with pytest.raises(Problem) as refused:
            is_packed_of(query)
        assert refused.value.status == 400

    @told()
    async def _(hall):
        assert (await hall.refused(400, query="?format=xml"))["code"] == "invalid_value"
        assert (await hall.refused(400, query="?key=abc"))["code"] == "unknown_property"


def test_one_connection_more_than_an_account_may_have_is_refused(monkeypatch):
    monkeypatch.setattr(connections, "ACCOUNT_CONNECTIONS_MAX", 2)
    monkeypatch.setattr(connections, "DEMO_CONNECTIONS_MAX", 3)

    @told()
    async def _(hall):
        async with hall.listen(ALICE) as one, hall.listen(ALICE), hall.listen() as demo:
            problem = await hall.refused(429, ALICE)
            assert problem["code"] == "rate_limited"
            await demo.next()
            assert await demo.refusal("authenticate", key=ALICE) == (429, "rate_limited")
            assert (await demo.result("order.place", **ORDER))["account_id"] == "demo"
            async with hall.listen(), hall.listen():
                assert (await hall.refused(429))["code"] == "rate_limited"
            await one.result("authenticate", key=BOB)
            async with hall.listen(ALICE):
                assert len(hall.venue.connections) == 4
        await until(lambda: len(hall.venue.connections) == 0)
        assert not hall.venue.connections._by_account


def test_without_the_servers_help_too():
    settings = Settings(_env_file=None, data_dir=":memory:", simulation="off", log_level="error")
    with TestClient(create_app(settings)) as client:
        with client.websocket_connect("/api/v1/stream") as socket:
            assert socket.receive_json()["channel"] == "heartbeat"
            socket.send_json({"method": "order.place", "params": ORDER, "request_id": 1})
            placed = socket.receive_json()
            assert list(placed) == [
                "request_id", "result", "time_in", "time_out", "sequence", "replayed",
            ]  # fmt: skip
            assert placed["result"]["status"] == "new"
        with client.websocket_connect("/api/v1/stream?format=msgpack") as socket:
            assert isinstance(socket.receive_bytes(), bytes)
            socket.send_text(json.dumps({"method": "logout"}))
            assert isinstance(socket.receive_bytes(), bytes)
            assert socket.receive()["code"] == 1000
