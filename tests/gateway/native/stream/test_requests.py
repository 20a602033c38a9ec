"""What a client may send: every fault has its code, and nothing that comes in breaks anything."""

import json
import math
import os
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openoutcry.gateway.native.stream.packed import names_in
from openoutcry.gateway.native.stream.requests import (
    REQUEST_ID_MAX,
    Request,
    object_of,
    request_id_of,
    request_of,
)
from openoutcry.gateway.problems import Problem
from tests.gateway.native.stream.hall import ALICE, ORDER, SERVERS, told

pack = msgspec.msgpack.encode

JUNK = (
    ("", "invalid_json"),
    ("hello", "invalid_json"),
    ("{", "invalid_json"),
    ('{"method": "ping", "params": {"x": NaN}}', "invalid_json"),
    ("[]", "not_an_object"),
    ('[{"method": "ping"}]', "not_an_object"),
    ("null", "not_an_object"),
    ('{"method": "ping", "method": "ping"}', "repeated_property"),
    ('{"method": "order.place", "params": {"symbol": "A", "symbol": "B"}}', "repeated_property"),
    ('{"method": "order.batch", "params": {"orders": [{"a": 1, "a": 2}]}}', "repeated_property"),
    ("{}", "missing_property"),
    ('{"method": null}', "missing_property"),
    ('{"method": 1}', "invalid_type"),
    ('{"method": "sell"}', "invalid_value"),
    ('{"method": "ping", "x": 1}', "unknown_property"),
    ('{"method": "ping", "params": {"x": 1}}', "unknown_property"),
    ('{"method": "logout", "params": {"x": 1}}', "unknown_property"),
    ('{"method": "ping", "params": []}', "invalid_type"),
    ('{"method": "ping", "params": "x"}', "invalid_type"),
    ('{"method": "ping", "request_id": {}}', "invalid_type"),
    ('{"method": "ping", "request_id": true}', "invalid_type"),
    ('{"method": "ping", "request_id": 1.5}', "invalid_type"),
    ('{"method": "ping", "request_id": "' + "x" * (REQUEST_ID_MAX + 1) + '"}', "invalid_value"),
    ('{"method": "ping", "request_id": ' + "9" * 30 + "}", "invalid_value"),
    ('{"method": "ping", "idempotency_key": 5}', "invalid_type"),
    ('{"method": "ping", "idempotency_key": ""}', "invalid_value"),
    ('{"method": "ping", "idempotency_key": "\u00e9"}', "invalid_value"),
    ('{"method": "order.place", "params": {}}', "missing_property"),
    ('{"method": "order.cancel"}', "missing_property"),
    ('{"method": "order.cancel", "params": {"order_id": "1"}}', "invalid_type"),
    ('{"method": "order.cancel", "params": {"order_id": true}}', "invalid_type"),
    ('{"method": "order.cancel", "params": {"order_id": 1.0}}', "invalid_type"),
    ('{"method": "order.cancel", "params": {"order_id": 0}}', "unknown_order"),
    ('{"method": "order.cancel", "params": {"order_id": -1}}', "unknown_order"),
    ('{"method": "order.cancel", "params": {"order_id": 99999999999999999999}}', "unknown_order"),
    ('{"method": "order.cancel", "params": {"order_id": 1, "id": 1}}', "unknown_property"),
    ('{"method": "order.amend", "params": {"quantity": "1"}}', "missing_property"),
    ('{"method": "orders.cancel_all", "params": {"symbol": 1}}', "invalid_type"),
    ('{"method": "orders.cancel_all", "params": {"side": "up"}}', "invalid_value"),
    ('{"method": "orders.cancel_all", "params": {"x": "up"}}', "unknown_property"),
    ('{"method": "order.batch", "params": {"orders": []}}', "invalid_value"),
    ('{"method": "order.batch", "params": {"orders": {}}}', "invalid_type"),
    ('{"method": "cancel_after", "params": {"timeout_s": -1}}', "invalid_value"),
    ('{"method": "cancel_after", "params": {"timeout_s": 1.5}}', "invalid_type"),
    (b'{"method": "ping"}', "invalid_json"),
    (b"\xff\x00", "invalid_json"),
)


@pytest.mark.parametrize("server", SERVERS)
def test_junk_is_answered_by_a_problem_and_the_connection_stays(server):
    @told(server)
    async def _(hall):
        async with hall.listen(ALICE) as client:
            for junk, code in JUNK:
                await client.socket.send(junk)
                assert (await client.reply())["problem"]["code"] == code, junk
            assert await client.result("ping") == {}


def test_the_reply_says_which_request_it_is_for():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            for request_id in ("", "a", 'q"\\:\u2028', 0, -(2**63), 2**64 - 1):
                reply = await client.ask("ping", request_id=request_id)
                assert reply["request_id"] == request_id
                reply = await client.ask("order.place", request_id=request_id)
                assert (reply["request_id"], reply["problem"]["status"]) == (request_id, 400)
            assert (await client.ask("ping"))["request_id"] is None


PACKED_JUNK = (
    (b"", "invalid_json"),
    (b"\xc1", "invalid_json"),
    (pack({"method": "ping"})[:-1], "invalid_json"),
    (pack({"method": "ping"}) + b"\x00", "invalid_json"),
    (pack([1]), "not_an_object"),
    (pack({1: 2}), "invalid_type"),
    (pack({"method": "ping", "params": {5: 6}}), "invalid_type"),
    (pack({"method": "ping", "params": {"a": b"bytes"}}), "invalid_type"),
    (pack({"method": "ping", "params": {"a": math.nan}}), "invalid_type"),
    (pack({"method": "ping", "params": {"a": [math.inf]}}), "invalid_type"),
    (pack({"method": "ping", "params": {"a": msgspec.msgpack.Ext(5, b"x")}}), "invalid_type"),
    (b"\x82\xa6method\xa4ping\xa6method\xa4ping", "repeated_property"),
    (b"\x82\xa6method\xa4ping\xa6params\x82\xa1a\x01\xa1a\x02", "repeated_property"),
    (b"\x81\xa6method\xa2\xff\xff", "invalid_json"),
    (pack({"method": "order.place", "params": {**ORDER, "price": 10.0}}), "invalid_type"),
)


def test_messagepack_is_held_to_the_same():
    @told()
    async def _(hall):
        async with hall.listen(ALICE, "?format=msgpack") as client:
            for junk, code in PACKED_JUNK:
                await client.socket.send(junk)
                assert (await client.reply())["problem"]["code"] == code, junk
            # JSON comes in as well, and is answered like the rest.
            await client.socket.send(json.dumps({"method": "ping", "request_id": "t"}))
            assert (await client.reply())["request_id"] == "t"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(),
    lambda inside: st.lists(inside, max_size=20) | st.dictionaries(st.text(), inside, max_size=20),
    max_leaves=30,
)


@given(JSON)
def test_every_name_is_counted(value):
    def names(one):
        if isinstance(one, dict):
            return len(one) + sum(map(names, one.values()))
        return sum(map(names, one)) if isinstance(one, list) else 0

    assert names_in(pack(value)) == names(value)


def test_long_maps_lists_and_texts_are_counted():
    for count in (15, 16, 65_535, 65_536):
        assert names_in(pack({str(n): n * 1000 for n in range(count)})) == count
        assert names_in(pack([{"a": -5}] * count)) == count
        assert names_in(pack({"a": "x" * count, "b": b"y" * count})) == 2


def outcome(reading):
    """Return what is read, or the problem that it is not."""
    try:
        return reading()
    except Problem as problem:
        return problem


@given(st.binary() | JSON.map(pack) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_in_is_a_request_or_a_problem(message):
    for is_binary in (False, True):
        found = outcome(lambda: object_of(message, is_binary=is_binary, takes_binary=True))  # noqa: B023
        if isinstance(found, dict):
            found = outcome(lambda: request_of(found, request_id_of(found)))  # noqa: B023
        assert isinstance(found, Request) or found.status == 400


@given(st.dictionaries(st.sampled_from(["method", "params", "request_id", "x"]), JSON))
def test_an_object_is_a_request_or_a_problem(content):
    found = outcome(lambda: request_of(content, request_id_of(content)))
    assert found.status == 400 if isinstance(found, Problem) else found.method == content["method"]


def mutated(dice):
    """Return a request, as JSON or as MessagePack, with a few of its bytes changed."""
    whole = {"method": "order.place", "params": ORDER, "request_id": 1}
    text = bytearray(dice.choice((json.dumps(whole).encode(), pack(whole))))
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(text))
        match dice.randrange(3):
            case 0:
                text[at] = dice.randrange(256)
            case 1:
                text[at:] = b"{"
            case _:
                text[at:at] = dice.randbytes(3)
    return bytes(text)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.slow
def test_fuzzed_frames_give_nothing_but_a_problem(server):
    dice = random.Random(7)

    @told(server)
    async def _(hall):
        for form in ("", "?format=msgpack"):
            async with hall.listen(ALICE, form) as client:
                for _ in range(300):
                    message = mutated(dice)
                    is_text = dice.random() < 0.7
                    text = message.decode(errors="replace") if is_text else message
                    await client.socket.send(text)
                    reply = await client.reply()
                    assert "result" in reply or 400 <= reply["problem"]["status"] < 500, message
                assert await client.result("ping") == {}


@pytest.mark.parametrize("server", SERVERS)
def test_bytes_that_are_no_frames_end_that_connection_alone(server):
    @told(server)
    async def _(hall):
        async with hall.listen(ALICE) as healthy:
            for _ in range(20):
                async with hall.listen(ALICE) as client:
                    client.socket.transport.write(os.urandom(200))
                    assert await client.close_code() in (None, 1002, 1007, 1009)
            assert await healthy.result("ping") == {}
