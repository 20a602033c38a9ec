"""Every call there is, by everybody who may not make it: 401, 403 or 404, and nothing happens."""

import asyncio

import pytest

from openoutcry.gateway import openapi
from openoutcry.gateway.guard import OPEN_PATHS
from openoutcry.gateway.native import description, market
from openoutcry.gateway.native.examples import BODIES
from tests.proof import authority
from tests.proof.authority import (
    ANY_KEY,
    ANYBODY,
    API,
    ORDER,
    SOCKETS,
    Caller,
    calls_of,
    house,
    sockets_of,
)

DENIED = "websocket.http.response.start"
BOTH = pytest.mark.parametrize("auth", ["open", "keys"])
BY_OWNER = ("{order_id}", "{client_order_id}", "/positions/{symbol}", "/sequence/{sequence}")
"""What in a path names something of one account only."""


def on_a_loop(story):
    return asyncio.run(story)


def test_every_call_has_a_line():
    async def story():
        async with house("keys") as here:
            calls = calls_of(here.venue.app)
            for call in calls:
                call.needed()
            lines = {call.line() for call in calls if not call.path.startswith("/assets/")}
            decided = ANYBODY | ANY_KEY | authority.READ | authority.TRADE | authority.ADMIN
            assert decided - lines == set(), "what is decided about is there"
            assert sockets_of(here.venue.app) == SOCKETS
            described = here.venue.app.asyncapi()["channels"].values()
            assert {channel["address"] for channel in described} == SOCKETS

    on_a_loop(story())


def test_what_anybody_may_call_is_what_the_guard_lets_in():
    assert {line.removeprefix("GET ") for line in ANYBODY} == OPEN_PATHS


def test_every_call_with_a_body_has_an_example():
    operations = (*openapi.OPERATIONS, *market.OPERATIONS, *description.OPERATIONS)
    with_body = {openapi.example_of(one) for one in operations if one.body is not None}
    assert with_body == set(BODIES)


@BOTH
@pytest.mark.slow
def test_whom_the_venue_does_not_know_is_401_everywhere(auth):
    async def story():
        async with house(auth) as here:
            strangers = await here.strangers()
            before = here.venue.sequencer.engine.sequence
            for call in calls_of(here.venue.app):
                for caller in strangers:
                    answer = await here.make(call, caller)
                    assert answer.status == 401, (call, caller, answer)
                    if call.method != "HEAD":
                        assert answer.code() == "unauthenticated"
                if auth == "keys":
                    answer = await here.make(call, Caller("without a key", None))
                    known = call.needed() is None
                    assert (answer.status != 401) is known, (call, answer)
            assert here.venue.sequencer.engine.sequence == before, "a refusal leaves no trace"

    on_a_loop(story())


@BOTH
@pytest.mark.slow
def test_a_key_does_what_its_permissions_say_and_nothing_else(auth):
    async def story():
        async with house(auth) as here:
            somebodies = await here.somebodies()
            calls = calls_of(here.venue.app)
            before = here.venue.sequencer.engine.sequence
            allowed = []
            for call in calls:
                for caller in somebodies:
                    if caller.may(call):
                        allowed.append((call, caller))
                        continue
                    answer = await here.make(call, caller)
                    expected = (401,) if caller.is_everybody and not caller.key else (403, 401)
                    assert answer.status in expected, (call, caller, answer)
            assert here.venue.sequencer.engine.sequence == before, "a refusal leaves no trace"
            for call, caller in allowed:
                answer = await here.make(call, caller)
                assert answer.status not in (401, 403), (call, caller, answer)
                assert answer.status < 500, (call, answer)
                if call.needed() == "read" and caller.name in ("trade", "signed, trade"):
                    assert answer.status == 200, (call, "its own is there to read", answer)

    on_a_loop(story())


@BOTH
def test_what_is_anothers_does_not_exist(auth):
    async def story():
        async with house(auth) as here:
            before = here.venue.sequencer.engine.sequence
            calls = calls_of(here.venue.app)
            foreign = Caller("foreign", ("trade",), here.foreign)
            by_id = [call for call in calls if any(part in call.path for part in BY_OWNER)]
            assert len(by_id) >= 9
            for call in by_id:
                answer = await here.make(call, foreign)
                assert answer.status == 404, (call, answer)
            for call in calls:
                if call.method != "GET" or call.needed() != "read" or call in by_id:
                    continue
                answer = await here.make(call, foreign)
                assert answer.status == 200, (call, answer)
                assert here.own_id not in answer.body.decode(), call
                if call.path in ("/orders", f"{API}/orders", f"{API}/fills"):
                    assert answer.json() in ([], {"items": [], "next": None})
            assert here.venue.sequencer.engine.sequence == before
            for order in (f"/orders/{here.simple_order}", f"{API}/orders/{here.native_order}"):
                assert (await here.venue.call("GET", order, key=here.own)).status == 200

    on_a_loop(story())


@BOTH
def test_every_socket_is_asked_who_calls(auth):
    async def story():
        async with house(auth) as here:
            strangers = await here.strangers()
            somebodies = await here.somebodies()
            for path in SOCKETS:
                for caller in (*strangers, *somebodies):
                    socket = here.venue.socket(path, **caller.headers("GET", path))
                    answer = await socket.open()
                    held = caller.permissions
                    if held is None:
                        assert (answer["type"], answer["status"]) == (DENIED, 401), (path, caller)
                    elif {"read", "trade"} & set(held):
                        assert answer["type"] == "websocket.accept", (path, caller, answer)
                    else:
                        assert (answer["type"], answer["status"]) == (DENIED, 403), (path, caller)
                    await socket.leave()

    on_a_loop(story())


def test_a_socket_hears_its_own_account_only_and_only_while_its_key_is_valid():
    async def story():
        async with house("keys") as here:
            mine = here.venue.socket("/ws", key=here.spare)
            theirs = here.venue.socket("/ws", key=here.foreign)
            nobodys = here.venue.socket("/ws")
            for socket in (mine, theirs, nobodys):
                assert (await socket.open())["type"] == "websocket.accept"
            order = {"stocks": "AAPL", "quantity": 5}
            placed = (await here.venue.call("POST", "/orders", order, key=here.own)).json()
            assert (await mine.hear())["id"] == placed["id"]
            for socket in (theirs, nobodys):
                await socket.say({"action": "ping"})
                assert (await socket.hear())["event"] == "reply"
            await mine.say({"action": "cancel", "order_id": placed["id"]})
            assert (await mine.hear())["status"] == 403
            await nobodys.say({"action": "place", **order})
            assert (await nobodys.hear())["status"] == 401
            await here.venue.admin("DELETE", f"/keys/{here.spare.partition('.')[0]}")
            assert (await mine.next())["type"] == "websocket.close"
            for socket in (mine, theirs, nobodys):
                await socket.leave()

    on_a_loop(story())


async def reply(socket, method, **params):
    """Ask the stream for something and return the reply, past what else it says."""
    await socket.say({"method": method, "params": params, "request_id": method})
    while (heard := await socket.hear()).get("request_id") != method:
        pass
    return heard


def test_the_stream_does_for_a_key_what_rest_does():
    async def story():
        async with house("keys") as here:
            reader = here.venue.socket(f"{API}/stream", key=here.spare)
            foreign = here.venue.socket(f"{API}/stream", key=here.foreign)
            nobody = here.venue.socket(f"{API}/stream")
            for socket in (reader, foreign, nobody):
                assert (await socket.open())["type"] == "websocket.accept"
            for method, params in (
                ("order.place", ORDER),
                ("order.amend", {"order_id": here.native_order, "price": "1.01"}),
                ("order.cancel", {"order_id": here.native_order}),
                ("orders.cancel_all", {}),
                ("order.batch", {"orders": [ORDER]}),
                ("cancel_after", {"timeout_s": 30}),
            ):
                refused = (await reply(reader, method, **params))["problem"]
                assert refused["status"] == 403, (method, refused)
                refused = (await reply(nobody, method, **params))["problem"]
                assert refused["status"] == 401, (method, refused)
                if "order_id" in params:
                    refused = (await reply(foreign, method, **params))["problem"]
                    assert refused["status"] == 404, (method, refused)
            assert "problem" in await reply(nobody, "subscribe", channel="executions")
            assert "problem" in await reply(nobody, "subscribe", channel="book", symbols=["AAPL"])
            assert "result" in await reply(reader, "subscribe", channel="executions")
            await here.venue.admin("DELETE", f"/keys/{here.spare.partition('.')[0]}")
            while (ended := await reader.next())["type"] != "websocket.close":
                pass
            assert ended["code"] == 1008
            for socket in (reader, foreign, nobody):
                await socket.leave()

    on_a_loop(story())
