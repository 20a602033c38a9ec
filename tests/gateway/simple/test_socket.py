"""`/ws` on a real socket: who hears what, resuming, acting, and what becomes of junk."""

import asyncio
import json

import pytest
import websockets

from openoutcry.gateway.guard import Auth
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.simple import socket as socket_module
from openoutcry.gateway.simple.actions import MESSAGE_BYTES_MAX
from openoutcry.gateway.simple.socket import from_sequence
from openoutcry.journal.memory import MemoryJournal
from openoutcry.model.account import Permission
from openoutcry.model.commands import RevokeKey
from openoutcry.streams import resume
from tests.gateway.simple.desk import (
    HOUR,
    KEY,
    READ_KEY,
    TRADER,
    asked,
    heard,
    key_of,
    open_desk,
)


def told(folder, **settings):
    """Return a decorator that runs a story on a desk of its own."""

    def run(story):
        async def whole():
            async with open_desk(folder, **settings) as desk:
                await story(desk)

        asyncio.run(whole())

    return run


def gist(message):
    return message["order_id"], message["status"], message["filled_quantity"]


async def quiet(socket):
    """Make sure that nothing waits: the answer to a ping is what comes next."""
    await socket.send('{"action": "ping", "request_id": "quiet"}')
    assert (await heard(socket))["request_id"] == "quiet"


async def refused(connecting, status):
    with pytest.raises(websockets.InvalidStatus) as caught:
        await connecting
    assert caught.value.response.status_code == status
    return json.loads(caught.value.response.body)


def test_every_client_of_the_account_hears_every_change(tmp_path):
    @told(tmp_path, delay=0)
    async def _(desk):
        async with desk.listen() as one, desk.listen() as other:
            placed = (await desk.place("AAPL", 10)).json()
            await desk.sell("AAPL", 4, 100_00)
            await desk.sell("AAPL", 6, 100_00)
            for socket in (one, other):
                first = await heard(socket)
                assert next(iter(first.items())) == ("event", "order")
                assert {name: first[name] for name in placed} == placed
                assert gist(await heard(socket)) == (1, "PENDING", 4)
                last = await heard(socket)
                assert gist(last) == (1, "EXECUTED", 10)
                # The bid rests at the reference price and five per cent; the seller gets it.
                assert last["average_price"] == "105.00"
                await quiet(socket)


def test_other_accounts_hear_nothing(tmp_path):
    @told(tmp_path)
    async def _(desk):
        header = {"Authorization": f"Bearer {KEY}"}
        async with desk.listen() as demo, desk.listen(additional_headers=header) as trader:
            await desk.place("AAPL", 1)
            await desk.place("AAPL", 2, **header)
            assert (await heard(demo))["quantity"] == 1
            assert (await heard(trader))["quantity"] == 2
            await quiet(demo)
            await quiet(trader)


def test_one_client_that_goes_away_ends_nobody_elses_messages(tmp_path):
    @told(tmp_path)
    async def _(desk):
        async with desk.listen() as stays:
            async with desk.listen() as leaves:
                leaves.transport.abort()
            await desk.place()
            assert gist(await heard(stays)) == (1, "PENDING", 0)


# Resuming.


def test_a_client_hears_again_everything_after_a_sequence(tmp_path):
    @told(tmp_path, delay=0)
    async def _(desk):
        async with desk.listen() as live:
            placed = await desk.place("AAPL", 10)
            await desk.sell("AAPL", 4, 100_00)
            await desk.sell("AAPL", 6, 100_00)
            said = [await heard(live) for _ in range(3)]
        assert int(placed.headers["x-sequence"]) == said[0]["sequence"]
        for after, expected in ((0, said), (said[0]["sequence"], said[1:])):
            async with desk.listen(f"?from_sequence={after}") as again:
                assert [await heard(again) for _ in expected] == expected
                await quiet(again)
        async with desk.listen(f"?from_sequence={desk.venue.sequencer.durable}") as again:
            await quiet(again)
            await desk.place("MSFT", 1)
            assert (await heard(again))["stocks"] == "MSFT"


@pytest.mark.slow
def test_resuming_on_a_busy_venue_has_no_gap_and_no_duplicate(tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "PAGE_RECORDS", 7)

    @told(tmp_path)
    async def _(desk):
        async def trade():
            for _ in range(60):
                await asyncio.gather(*(desk.place() for _ in range(5)))

        async def listen(after):
            async with desk.listen(f"?from_sequence={after}") as socket:
                return [(await heard(socket))["order_id"] for _ in range(300)]

        async with desk.listen() as clock:

            async def begin_all():
                """Begin another listener each time that some more orders were heard of."""
                begun = []
                for number in range(1, 301):
                    assert (await heard(clock))["order_id"] == number
                    if number in (1, 20, 90, 150, 220, 290):
                        begun.append(asyncio.create_task(listen(0)))
                return await asyncio.gather(*begun)

            heard_ids, _ = await asyncio.gather(begin_all(), trade())
        assert heard_ids == [list(range(1, 301))] * len(heard_ids)


def test_resuming_in_the_middle_of_a_record_hears_the_rest_of_it(tmp_path):
    @told(tmp_path, delay=0)
    async def _(desk):
        await desk.place("AAPL", 1)
        await desk.http.delete("/orders/1")
        await desk.sell("AAPL", 1, 100_00)
        placed = await desk.place("AAPL", 1)
        async with desk.listen(f"?from_sequence={placed.headers['x-sequence']}") as socket:
            assert gist(await heard(socket)) == (3, "EXECUTED", 1)
            await quiet(socket)


def test_a_sequence_ahead_of_the_venue_is_told_where_it_is(tmp_path):
    @told(tmp_path)
    async def _(desk):
        for after in (desk.venue.sequencer.durable + 1, 10**17, 10**40):
            async with desk.listen(f"?from_sequence={after}") as socket:
                reset = await heard(socket)
                assert reset.pop("reason")
                assert reset == {"event": "reset", "sequence": desk.venue.sequencer.durable}
                await desk.place()
                assert (await heard(socket))["event"] == "order"


def test_a_sequence_older_than_what_is_kept_is_told_so(tmp_path):
    @told(tmp_path, journal=MemoryJournal(records_max=20))
    async def _(desk):
        for _ in range(30):
            await desk.place()
        async with desk.listen("?from_sequence=1") as socket:
            reset = await heard(socket)
            assert (reset["event"], reset["sequence"]) == ("reset", desk.venue.sequencer.durable)
            await quiet(socket)


def test_what_is_no_number_fails_the_handshake(tmp_path):
    @told(tmp_path)
    async def _(desk):
        for text in ("abc", "-1", "1.5", "", "1&from_sequence=2", "%EF%BC%91", "0x1"):
            body = await refused(desk.listen(f"?from_sequence={text}"), 400)
            assert body["code"] == "invalid_value"


def test_zeros_in_front_do_not_matter():
    assert from_sequence(b"from_sequence=0007") == 7
    assert from_sequence(b"from_sequence=0") == 0
    assert from_sequence(b"token=x") is None
    with pytest.raises(Problem):
        from_sequence(b"from_sequence")


# Acting.


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


# Keys.


def test_with_keys_needed_nothing_is_sent_before_the_right_one(tmp_path):
    @told(tmp_path, auth=Auth.KEYS)
    async def _(desk):
        header = {"Authorization": f"Bearer {KEY}"}
        async with desk.listen() as socket, desk.listen("?from_sequence=0") as late:
            await desk.place("AAPL", 1, **header)
            await quiet(socket)
            await quiet(late)
            reply = await asked(socket, action="place", stocks="AAPL", quantity=1)
            assert reply["problem"]["code"] == "unauthenticated"
            reply = await asked(socket, action="authenticate", key="trader-key.wrong")
            assert reply["status"] == 401
            for one in (socket, late):
                await one.send(json.dumps({"action": "authenticate", "key": KEY}))
                assert (await heard(one)) == {"event": "reply", "request_id": None, "status": 200}
            assert (await heard(late))["quantity"] == 1
            await desk.place("AAPL", 2, **header)
            assert (await heard(socket))["quantity"] == 2
            assert (await heard(late))["quantity"] == 2


def test_the_header_is_as_good_and_a_wrong_one_fails_the_handshake(tmp_path):
    @told(tmp_path, auth=Auth.KEYS)
    async def _(desk):
        header = {"Authorization": f"Bearer {KEY}"}
        async with desk.listen(additional_headers=header) as socket:
            await desk.place("AAPL", 1, **header)
            assert gist(await heard(socket)) == (1, "PENDING", 0)
        wrong = desk.listen(additional_headers={"Authorization": "Bearer trader-key.wrong"})
        assert (await refused(wrong, 401))["code"] == "unauthenticated"
        foreign = desk.listen(additional_headers={"Host": "evil.example"})
        assert (await refused(foreign, 403))["code"] == "host_not_allowed"


def test_a_wrong_key_is_nobody_even_where_none_is_needed(tmp_path):
    @told(tmp_path)
    async def _(desk):
        async with desk.listen() as socket:
            reply = await asked(socket, action="authenticate", key="x.y")
            assert reply["status"] == 401
            await desk.place()
            await quiet(socket)
            assert (await asked(socket, action="authenticate", key=KEY))["status"] == 200
            await desk.place()
            await quiet(socket)
            await desk.place("AAPL", 3, authorization=f"Bearer {KEY}")
            assert (await heard(socket))["quantity"] == 3


def test_a_key_that_reads_hears_and_may_not_place(tmp_path):
    @told(tmp_path)
    async def _(desk):
        header = {"Authorization": f"Bearer {READ_KEY}"}
        async with desk.listen(additional_headers=header) as socket:
            reply = await asked(socket, action="place", stocks="AAPL", quantity=1)
            assert reply["problem"]["code"] == "not_permitted"
            assert (await asked(socket, action="cancel", order_id=1))["status"] == 403
            await desk.place("AAPL", 3, authorization=f"Bearer {KEY}")
            assert (await heard(socket))["quantity"] == 3


def test_a_revoked_key_hears_nothing_more_and_an_expired_one_may_not_act(tmp_path):
    @told(tmp_path)
    async def _(desk):
        soon = desk.venue.sequencer.clock.now() + 1
        await desk.submit(key_of("brief.secret", TRADER, Permission.TRADE, expires_at=soon + HOUR))
        header = {"Authorization": f"Bearer {KEY}"}
        async with desk.listen(additional_headers=header) as revoked, desk.listen() as expired:
            reply = await asked(expired, action="authenticate", key="brief.secret")
            assert reply["status"] == 200
            await quiet(revoked)
            await desk.submit(RevokeKey(key_id="trader-key"))
            with pytest.raises(websockets.ConnectionClosed) as caught:
                await heard(revoked)
            assert caught.value.rcvd.code == 1008
            clock, now = desk.venue.sequencer.clock, desk.venue.sequencer.clock.now
            clock.now = lambda: now() + 2 * HOUR
            assert (await asked(expired, action="orders"))["status"] == 401
            await quiet(expired)


def test_the_socket_of_a_key_is_closed_when_it_expires(tmp_path, monkeypatch):
    monkeypatch.setattr(socket_module, "EXPIRY_CHECK_S", 0.05)

    @told(tmp_path)
    async def _(desk):
        soon = desk.venue.sequencer.clock.now() + HOUR // 7200
        await desk.submit(key_of("brief.secret", TRADER, Permission.READ, expires_at=soon))
        header = {"Authorization": "Bearer brief.secret"}
        async with desk.listen(additional_headers=header) as one, desk.listen() as other:
            assert (await asked(other, action="authenticate", key="brief.secret"))["status"] == 200
            await quiet(one)
            for expired in (one, other):
                with pytest.raises(websockets.ConnectionClosed) as caught:
                    await heard(expired)
                assert caught.value.rcvd.code == 1008
            assert desk.venue.sequencer.clock.now() >= soon


def test_a_key_that_may_not_read_hears_nothing(tmp_path):
    @told(tmp_path)
    async def _(desk):
        await desk.submit(key_of("office.secret", TRADER, Permission.ADMIN))
        header = {"Authorization": "Bearer office.secret"}
        problem = await refused(desk.listen(additional_headers=header), 403)
        assert problem["code"] == "not_permitted"
        async with desk.listen() as socket:
            reply = await asked(socket, action="authenticate", key="office.secret")
            assert (reply["status"], reply["problem"]["code"]) == (403, "not_permitted")
            await desk.place(Authorization=f"Bearer {KEY}")
            await quiet(socket)


# Ends.


@pytest.mark.parametrize("code", [1011, 1012])
def test_the_venue_closes_its_sockets_when_it_stops(tmp_path, code):
    @told(tmp_path)
    async def _(desk):
        async with desk.listen() as socket:
            await quiet(socket)
            desk.venue.audience.close(code)
            with pytest.raises(websockets.ConnectionClosed) as caught:
                await heard(socket)
            assert caught.value.rcvd.code == code
        async with desk.listen() as late:
            with pytest.raises(websockets.ConnectionClosed) as caught:
                await heard(late)
            assert caught.value.rcvd.code == code


@pytest.mark.slow
def test_a_client_that_does_not_read_is_closed_after_what_fits_and_slows_nobody(tmp_path):
    @told(tmp_path)
    async def _(desk):
        async with desk.listen(max_queue=1, compression=None) as slow, desk.listen() as quick:
            await quiet(slow)
            await quiet(quick)
            (slow_one, quick_one) = desk.venue.audience._open
            told_to_quick = count = 0
            while slow_one.close_code is None:
                # Wide, so that what the system holds on the way is soon full.
                text = json.dumps({"event": "order", "number": count, "wide": "x" * 20_000})
                slow_one.tell(text)
                quick_one.tell(text)
                assert (await heard(quick))["number"] == told_to_quick
                told_to_quick += 1
                count += 1
            assert slow_one.close_code == 4008
            assert quick_one.close_code is None
            for number in range(count - 1):
                assert (await heard(slow))["number"] == number
            with pytest.raises(websockets.ConnectionClosed) as caught:
                await heard(slow)
            assert caught.value.rcvd.code == 4008
            await quiet(quick)


def test_a_socket_that_ends_leaves_nothing_behind(tmp_path):
    @told(tmp_path)
    async def _(desk):
        audience = desk.venue.audience
        async with desk.listen() as socket:
            await quiet(socket)
            assert len(audience) == 1
            (subscriber,) = audience._open
            ended = asyncio.Event()
            forget = audience.dismiss

            def dismiss(one):
                forget(one)
                ended.set()

            audience.dismiss = dismiss
        await asyncio.wait_for(ended.wait(), 10)
        assert len(audience) == 0
        assert subscriber not in audience._by_account.get("demo", ())
