"""Subscribing: what may be asked for, in which order it is told, and when it ends."""

import pytest

from openoutcry.gateway.native.stream import subscriptions
from openoutcry.gateway.native.stream.subscribing import subscribe_of, unsubscribe_of
from openoutcry.gateway.problems import Problem
from openoutcry.model.commands import Deposit
from openoutcry.model.units import UNIT
from openoutcry.streams.feeds.topic import Channel, Position, Topic
from tests.gateway.native.stream.hall import ALICE, BOB, ORDER, SERVERS, told, until
from tests.gateway.native.stream.puppet import message, puppet

every_server = pytest.mark.parametrize("server", SERVERS)
BOOK = {"channel": "book", "symbols": ["AAPL"]}

FAULTS = (
    ({}, "missing_property"),
    ({"channel": None}, "invalid_type"),
    ({"channel": 5}, "invalid_type"),
    ({"channel": "books", "symbols": ["AAPL"]}, "invalid_value"),
    ({"channel": "book"}, "missing_property"),
    ({"channel": "book", "symbols": []}, "invalid_value"),
    ({"channel": "book", "symbols": "AAPL"}, "invalid_type"),
    ({"channel": "book", "symbols": ["AAPL", 5]}, "invalid_type"),
    ({"channel": "book", "symbols": [" A"]}, "invalid_value"),
    ({**BOOK, "depth": 11}, "invalid_value"),
    ({**BOOK, "depth": "10"}, "invalid_type"),
    ({**BOOK, "depth": True}, "invalid_type"),
    ({**BOOK, "interval": "1m"}, "unknown_property"),
    ({**BOOK, "x": 1}, "unknown_property"),
    ({**BOOK, "batch": 1}, "invalid_type"),
    ({**BOOK, "from": 5}, "invalid_type"),
    ({**BOOK, "from": {"epoch": "e"}}, "missing_property"),
    ({**BOOK, "from": {"epoch": "e", "sequence": "1"}}, "invalid_type"),
    ({**BOOK, "from": {"epoch": "e", "sequence": -1}}, "invalid_value"),
    ({**BOOK, "from": {"epoch": "e", "sequence": 1, "x": 1}}, "unknown_property"),
    ({**BOOK, "cancel_on_disconnect": True}, "unknown_property"),
    ({"channel": "trades", "symbols": ["AAPL"], "depth": 10}, "unknown_property"),
    ({"channel": "candles", "symbols": ["AAPL"]}, "missing_property"),
    ({"channel": "candles", "symbols": ["AAPL"], "interval": "2m"}, "invalid_value"),
    ({"channel": "executions", "symbols": ["AAPL"]}, "unknown_property"),
    ({"channel": "executions", "cancel_on_disconnect": "yes"}, "invalid_type"),
)


@pytest.mark.parametrize(("params", "code"), FAULTS)
def test_every_fault_has_its_code(params, code):
    with pytest.raises(Problem) as refused:
        subscribe_of(params)
    assert (refused.value.status, refused.value.code) == (400, code)


def test_what_is_not_said_has_a_default():
    wanted = subscribe_of({**BOOK, "from": None, "batch": None})
    assert (wanted.depth, wanted.since, wanted.joins) == (10, None, False)
    wanted = subscribe_of({"channel": "executions", "symbols": None})
    assert (wanted.symbols, wanted.depth, wanted.cancels_on_disconnect) == ((), 0, False)
    ahead = subscribe_of({**BOOK, "from": {"epoch": "e", "sequence": 10**30}})
    assert ahead.since == Position("e", 2**63 - 1)
    twice = subscribe_of({"channel": "book", "symbols": ["A", "EUR/USD", "A"]})
    assert twice.symbols == ("A", "EUR/USD")
    assert unsubscribe_of({"channel": "book"}) == (Channel.BOOK, ())


@every_server
def test_the_reply_comes_before_the_first_message_and_nothing_after_the_last(server):
    @told(server)
    async def _(hall):
        feeds = puppet(hall)
        async with hall.listen() as client:
            await client.next()
            await client.send("subscribe", request_id=1, channel="trades", symbols=["AAPL", "MSFT"])
            reply = await client.next()
            assert reply["result"] == {"channel": "trades", "symbols": ["AAPL", "MSFT"]}
            assert [(await client.next())["type"] for _ in range(2)] == ["snapshot", "snapshot"]
            feeds.say("trades:AAPL", 7)
            assert (await client.on("trades"))["sequence"] == 7
            for number in range(8, 500):
                feeds.say("trades:AAPL", number)
            await client.send("unsubscribe", request_id=2, channel="trades", symbols=["AAPL"])
            while (await client.next()).get("request_id") != 2:
                pass
            feeds.say("trades:AAPL", 500)
            feeds.say("trades:MSFT", 501)
            assert (await client.on("trades"))["sequence"] == 501
            beat = await client.on("heartbeat")
            assert beat["channels"] == {"trades:MSFT": 501}
            assert await client.result("unsubscribe", channel="trades") == {"channel": "trades"}
            assert (await client.on("heartbeat"))["channels"] == {}
            assert not any(feeds.hearers.values())


def test_one_bad_symbol_refuses_the_whole_subscribe():
    @told()
    async def _(hall):
        feeds = puppet(hall)
        async with hall.listen() as client:
            params = {"channel": "trades", "symbols": ["AAPL", "NOPE"]}
            assert await client.refusal("subscribe", **params) == (404, "unknown_instrument")
            assert not feeds.hearers


def test_another_depth_replaces():
    @told()
    async def _(hall):
        feeds = puppet(hall)
        async with hall.listen() as client:
            for depth in (10, 25):
                await client.result("subscribe", **BOOK, depth=depth)
                assert (await client.on("book"))["depth"] == depth
            feeds.say("book:AAPL", 5)
            assert (await client.on("book"))["sequence"] == 5
            assert len(feeds.hearers["book:AAPL"]) == 1
            await client.result("ping")
            assert not [one for one in client.heard if one["channel"] == "book"]


def test_the_number_of_subscriptions_is_bounded(monkeypatch):
    monkeypatch.setattr(subscriptions, "SUBSCRIPTIONS_MAX", 3)

    @told()
    async def _(hall):
        puppet(hall)
        async with hall.listen() as client:
            await client.result("subscribe", channel="trades", symbols=["AAPL", "MSFT"])
            await client.result("subscribe", channel="ticker", symbols=["AAPL"])
            await client.result("subscribe", channel="ticker", symbols=["AAPL"])
            for symbols in (["MSFT"], ["AAPL", "MSFT"]):
                params = {"channel": "ticker", "symbols": symbols}
                refusal = await client.refusal("subscribe", **params)
                assert refusal == (400, "too_many_subscriptions")
            await client.result("unsubscribe", channel="trades", symbols=["AAPL"])
            await client.result("subscribe", channel="ticker", symbols=["MSFT"])


@every_server
@pytest.mark.parametrize("form", ["", "?format=msgpack"])
def test_with_batch_what_waits_comes_in_one_frame_from_then_on(server, form):
    @told(server)
    async def _(hall):
        feeds = puppet(hall)
        async with hall.listen(query=form) as client:
            await client.result("subscribe", channel="trades", symbols=["AAPL"], batch=True)
            for number in range(1, 200):
                feeds.say("trades:AAPL", number)
            await client.send("ping", request_id="p")
            frames, heard = 0, []
            while not heard or heard[-1].get("request_id") != "p":
                heard.append(await client.next())
                frames += not client._waiting
            numbers = [one["sequence"] for one in heard if one.get("channel") == "trades"]
            assert numbers == list(range(200))
            assert frames < 20


def test_a_client_resumes_page_by_page_and_hears_what_is_live_after_it():
    @told()
    async def _(hall):
        feeds = puppet(hall)
        feeds.past["executions"] = [range(1, 300), range(300, 600), [600]]
        since = {"epoch": "this", "sequence": 100}
        async with hall.listen(ALICE) as client:
            await client.send("subscribe", channel="executions", **{"from": since})
            assert (await client.reply())["result"] == {"channel": "executions"}
            for number in range(101, 601):
                assert (await client.on("executions"))["sequence"] == number
            feeds.say("executions", 601)
            assert (await client.on("executions"))["sequence"] == 601
            assert (await client.on("heartbeat"))["channels"] == {"executions": 601}


def test_what_is_heard_before_the_last_page_has_left_comes_after_it():
    @told()
    async def _(hall):
        feeds = puppet(hall)
        feeds.past["executions"] = [[1, 2], [3, 4]]
        pages = 0

        def meanwhile():
            nonlocal pages
            pages += 1
            if pages == 1:
                hearer = next(iter(hall.venue.connections._open)).subscriptions._by_name
                hearer["executions"].hear(message(Topic(Channel.EXECUTIONS, "alice"), 5))

        feeds.on_page = meanwhile
        async with hall.listen(ALICE) as client:
            since = {"epoch": "this", "sequence": 0}
            await client.send("subscribe", channel="executions", **{"from": since})
            numbers = [(await client.on("executions"))["sequence"] for _ in range(5)]
            assert numbers == [1, 2, 3, 4, 5]


def test_another_epoch_gets_a_snapshot():
    @told()
    async def _(hall):
        puppet(hall)
        async with hall.listen(ALICE) as client:
            since = {"epoch": "that", "sequence": 100}
            await client.send("subscribe", channel="executions", **{"from": since})
            assert (await client.on("executions"))["type"] == "snapshot"


def test_who_becomes_somebody_else_hears_no_more_of_the_former_account():
    @told()
    async def _(hall):
        feeds = puppet(hall)
        async with hall.listen(ALICE) as client:
            await client.result("subscribe", channel="executions")
            await client.result("subscribe", channel="trades", symbols=["AAPL"])
            await client.result("authenticate", key=BOB)
            assert not feeds.hearers["executions"]
            assert feeds.hearers["trades:AAPL"]
            await client.refusal("authenticate", key="x.y")
            assert not feeds.hearers["trades:AAPL"]


def test_following_keeps_the_symbols_awake():
    @told()
    async def _(hall):
        puppet(hall)
        touched = []
        hall.venue.attention.touch = lambda symbol, _: touched.append(symbol)
        async with hall.listen(ALICE) as client:
            await client.result("subscribe", channel="executions")
            await client.result("subscribe", channel="trades", symbols=["AAPL"])
            assert touched == ["AAPL"]


def test_a_client_that_leaves_while_it_catches_up_ends_that():
    @told()
    async def _(hall):
        feeds = puppet(hall)
        feeds.content = {"padding": "x" * 1_000_000}
        symbols = [one.symbol for one in hall.venue.sequencer.engine.instruments()]
        async with hall.listen(ALICE, max_size=None) as client:
            await client.result("subscribe", channel="trades", symbols=symbols)
            client.socket.transport.pause_reading()
            (connection,) = hall.venue.connections._open
            client.socket.transport.abort()
        await until(
            lambda: not any(feeds.hearers.values()) and connection.subscriptions._starting is None
        )


@pytest.mark.parametrize(("epoch", "before"), [("this", 600), ("another", 0)])
def test_until_its_first_message_a_channel_is_known_up_to_where_it_goes_on(epoch, before):
    @told()
    async def _(hall):
        feeds = puppet(hall)
        feeds.past = {"executions": [[599, 600]]}
        async with hall.listen(ALICE) as client:
            since = {"epoch": epoch, "sequence": 600}
            await client.result("subscribe", channel="executions", **{"from": since})
            for known in (before, 700):
                while (beat := await client.on("heartbeat"))["channels"] == {}:
                    continue  # It was on its way before the subscription came.
                assert beat["channels"] == {"executions": known}
                feeds.say("executions", 700)


def test_after_a_resume_the_heartbeat_says_the_sequence_that_the_client_named():
    @told()
    async def _(hall):
        async with hall.listen(ALICE) as client:
            order = await client.result("order.place", **ORDER)
            await client.result("subscribe", channel="executions")
            first = await client.on("executions")
            epoch = first["epoch"]
        async with hall.listen(ALICE) as client:
            await hall.submit(Deposit(account_id="bob", asset="AAPL", amount=UNIT))
            now = hall.venue.sequencer.durable
            assert now > order["sequence"] == first["sequence"]
            since = {"epoch": epoch, "sequence": now}
            await client.result("subscribe", channel="executions", **{"from": since})
            while (beat := await client.on("heartbeat"))["channels"] == {}:
                continue
            assert beat["channels"] == {"executions": now}
