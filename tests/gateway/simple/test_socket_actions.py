"""`/ws` on a real socket: what a client may ask for, and what becomes of junk."""

import json

import pytest
import websockets

from openoutcry.gateway.simple.actions import MESSAGE_BYTES_MAX
from tests.gateway.simple.desk import asked, heard, told
from tests.gateway.simple.listening import gist, quiet


def test_a_client_may_place_list_and_cancel(tmp_path):
    @told(tmp_path)
    async def _(desk):
        async with desk.listen() as socket:
            await socket.send(
                '{"action": "place", "stocks": "AAPL", "quantity": 10, "request_id": "a1"}'
            )
            told_first = await heard(socket)
            assert gist(told_first) == (1, "PENDING", 0)
            reply = await heard(socket)
            order = (await desk.http.get("/orders/1")).json()
            assert reply == {"event": "reply", "request_id": "a1", "status": 201, "order": order}
            assert await asked(socket, action="orders") == {
                "event": "reply",
                "request_id": None,
                "status": 200,
                "orders": [order],
            }
            assert (await asked(socket, action="orders", status="EXECUTED"))["orders"] == []
            assert (await asked(socket, action="orders", after=1, limit=5))["orders"] == []
            canceled = await asked(socket, action="cancel", order_id=1, request_id=7)
            assert canceled == {"event": "reply", "request_id": 7, "status": 204}
            assert (await asked(socket, action="cancel", order_id=1))["status"] == 204
            pong = await asked(socket, action="ping", request_id="p")
            assert pong == {"event": "reply", "request_id": "p", "status": 200}


def test_a_problem_is_the_one_of_the_same_rest_call(tmp_path):
    @told(tmp_path)
    async def _(desk):
        async with desk.listen() as socket:
            reply = await asked(socket, action="place", stocks="AAPL", price=1, request_id=1)
            rest = await desk.http.post("/orders", content=b'{"stocks": "AAPL", "price": 1}')
            assert reply == {
                "event": "reply",
                "request_id": 1,
                "status": 400,
                "problem": rest.json(),
            }
            reply = await asked(socket, action="cancel", order_id=9)
            assert reply["problem"] == (await desk.http.delete("/orders/9")).json()


def test_commands_are_sequenced_and_answered_in_the_order_received(tmp_path):
    @told(tmp_path)
    async def _(desk):
        async with desk.listen() as socket:
            for number in range(250):
                await socket.send(
                    json.dumps(
                        {"action": "place", "stocks": "A", "quantity": 1, "request_id": number}
                    )
                )
            replies = []
            while len(replies) < 250:
                answer = await heard(socket)
                if answer["event"] == "reply":
                    replies.append((answer["request_id"], answer["order"]["id"]))
            assert replies == [(number, number + 1) for number in range(250)]


JUNK = (
    ("", "invalid_json"),
    ("hello", "invalid_json"),
    ("{", "invalid_json"),
    ("[]", "not_an_object"),
    ('[{"action": "ping"}]', "not_an_object"),
    ("null", "not_an_object"),
    ('{"action": "ping", "action": "ping"}', "repeated_property"),
    ("{}", "missing_property"),
    ('{"action": null}', "invalid_type"),
    ('{"action": 1}', "invalid_type"),
    ('{"action": "sell"}', "invalid_value"),
    ('{"action": "ping", "x": 1}', "unknown_property"),
    ('{"action": "ping", "request_id": {}}', "invalid_type"),
    ('{"action": "ping", "request_id": true}', "invalid_type"),
    ('{"action": "ping", "request_id": 1.5}', "invalid_type"),
    ('{"action": "ping", "request_id": "' + "x" * 65 + '"}', "invalid_value"),
    ('{"action": "place"}', "missing_property"),
    ('{"action": "place", "stocks": "A", "quantity": 1, "key": "x"}', "unknown_property"),
    ('{"action": "place", "stocks": "A", "quantity": "1"}', "invalid_type"),
    ('{"action": "place", "stocks": "", "quantity": 1}', "invalid_value"),
    ('{"action": "cancel"}', "missing_property"),
    ('{"action": "cancel", "order_id": "1"}', "invalid_type"),
    ('{"action": "cancel", "order_id": true}', "invalid_type"),
    ('{"action": "cancel", "order_id": 1.0}', "invalid_type"),
    ('{"action": "cancel", "order_id": 0}', "unknown_order"),
    ('{"action": "cancel", "order_id": -1}', "unknown_order"),
    ('{"action": "cancel", "order_id": 99999999999999999999}', "unknown_order"),
    ('{"action": "cancel", "order_id": 1, "id": 1}', "unknown_property"),
    ('{"action": "orders", "limit": 0}', "invalid_value"),
    ('{"action": "orders", "limit": "5"}', "invalid_type"),
    ('{"action": "orders", "status": 5}', "invalid_type"),
    ('{"action": "orders", "status": "OPEN"}', "invalid_value"),
    ('{"action": "authenticate"}', "missing_property"),
    ('{"action": "authenticate", "key": 5}', "invalid_type"),
    (b'{"action": "ping"}', "invalid_json"),
    (b"\xff\x00", "invalid_json"),
)


def test_junk_is_answered_by_a_problem_and_the_connection_stays(tmp_path):
    @told(tmp_path)
    async def _(desk):
        async with desk.listen() as socket:
            for junk, code in JUNK:
                await socket.send(junk)
                reply = await heard(socket)
                assert (reply["event"], reply["problem"]["code"]) == ("reply", code), junk
                assert reply["status"] == reply["problem"]["status"]
            await quiet(socket)
        assert (await desk.http.get("/orders")).json() == []


def test_a_message_beyond_64_kib_closes_the_connection(tmp_path):
    @told(tmp_path)
    async def _(desk):
        longest = '{"action": "ping"}'.ljust(MESSAGE_BYTES_MAX)
        for message in (longest + " ", b"x" * (MESSAGE_BYTES_MAX + 1), "é" * 40_000):
            async with desk.listen() as socket:
                await socket.send(longest)
                assert (await heard(socket))["status"] == 200
                await socket.send(message)
                with pytest.raises(websockets.ConnectionClosed) as caught:
                    await heard(socket)
                assert caught.value.rcvd.code == 1009
