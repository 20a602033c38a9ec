"""The stream against a served venue: what breaks is made again, and the books stay the venue's."""

import asyncio
import itertools
import random

import pytest

from openoutcry.client import market
from openoutcry.client.async_venue import AsyncVenue
from openoutcry.client.errors import NotConnected, Overrun, Problem, Unanswered
from openoutcry.client.patience import Patience
from openoutcry.client.stream.messages import Execution, ExecutionsTold, Rejected, Traded
from openoutcry.client.venue import Venue
from tests.client.cutting_proxy import cutting_proxy
from tests.client.floor import SYMBOL, open_floor
from tests.venue import free_port

QUICK = Patience(seconds=20.0, first_wait_s=0.005, longest_wait_s=0.05)


def until(stream, is_it, seconds=20):
    """Return the first message that is what a test waits for."""
    for message in stream.messages(seconds=seconds):
        if is_it(message):
            return message
    raise AssertionError("it did not come")


def is_event(event):
    return lambda message: isinstance(message, Execution | Rejected) and message.event == event


def test_orders_are_entered_over_the_stream_and_told_there(floor, alice):
    with alice.stream() as stream:
        stream.subscribe("executions")
        assert isinstance(until(stream, lambda message: True), ExecutionsTold)
        order = stream.place(SYMBOL, "buy", 10, price="40.00")
        assert until(stream, is_event("new")).order == order
        assert stream.amend(order.order_id, quantity=9).quantity == 9
        assert until(stream, is_event("replaced")).order.revision == 1
        results = stream.batch([{"symbol": SYMBOL, "side": "buy", "quantity": 1, "price": 2}])
        assert results.results[0].status == 201
        assert stream.cancel(order.order_id).status == "canceled"
        assert len(stream.cancel_all().canceled) == 1
        assert stream.cancel_after(0).fires_at is None
        with pytest.raises(Problem, match="price_increment"):
            stream.place(SYMBOL, "buy", 1, price="1.001", client_order_id="off")
        refused = until(stream, is_event("rejected"))
        assert (refused.code, refused.client_order_id) == ("price_increment", "off")
        with pytest.raises(TypeError, match="not a method"):
            stream.send(market.clock())


def test_a_read_over_rest_reflects_what_the_stream_was_told(alice):
    with alice.stream() as stream:
        order = stream.place(SYMBOL, "buy", 1, price="40.00")
        assert alice.sequence >= order.sequence
        assert [one.order_id for one in alice.orders()] == [order.order_id]


def test_books_are_kept_in_the_background(alice, bob):
    with alice.stream() as stream:
        book, queue = stream.follow_book(SYMBOL), stream.follow_queue(SYMBOL)
        stream.subscribe("trades", SYMBOL)
        order = bob.place(SYMBOL, "sell", 5, price="60.00")
        taken = alice.place(SYMBOL, "buy", 2, price="60.00")
        until(stream, lambda message: message.sequence >= taken.sequence and (
            message.channel == "book"))  # fmt: skip
        assert book.best_ask == (60, 3)
        assert queue.asks()[0] == (60, 3, order.order_id)
        assert queue.ahead_of(order.order_id, "sell") == 0


def test_an_unknown_symbol_is_refused_and_the_stream_lives(alice):
    with alice.stream() as stream:
        with pytest.raises(Problem, match="unknown_instrument"):
            stream.subscribe("trades", "NONE")
        assert stream.follow_book(SYMBOL).is_current


def test_a_key_that_opens_nothing_is_a_problem(floor):
    with (
        Venue(floor.venue.url, "no.key") as venue,
        pytest.raises(Problem, match="401"),
        venue.stream(),
    ):
        pass


def test_where_nobody_listens_there_is_no_stream():
    patience = Patience(seconds=0.2, first_wait_s=0.01)
    with (
        Venue(f"http://127.0.0.1:{free_port()}", patience=patience) as venue,
        pytest.raises(NotConnected, match="no venue answers"),
        venue.stream(),
    ):
        pass


def test_what_is_left_says_no_more(alice, bob):
    with alice.stream() as stream:
        stream.subscribe("trades", SYMBOL)
        stream.unsubscribe("trades", SYMBOL)
        stream.subscribe("ticker", SYMBOL)
        bob.place(SYMBOL, "sell", 1, price="50.00")
        taken = alice.place(SYMBOL, "buy", 1, price="50.00")
        seen = []
        until(stream, lambda message: seen.append(message) or (
            message.channel == "ticker" and message.sequence >= taken.sequence))  # fmt: skip
        assert not any(isinstance(message, Traded) for message in seen)


def test_a_program_that_does_not_read_is_told_what_it_lost(alice, bob):
    with alice.stream(messages_max=3) as stream:
        stream.subscribe("orders", SYMBOL)
        for _ in range(6):
            bob.place(SYMBOL, "buy", 1, price="30.00")
        last = bob.place(SYMBOL, "buy", 1, price="30.00")
        alice.sequence = last.sequence
        with pytest.raises(Overrun, match="lost"):
            until(stream, lambda message: message.sequence >= last.sequence)
        until(stream, lambda message: message.sequence >= last.sequence)


def test_orders_end_with_the_connection_and_not_with_a_logout(floor):
    floor.open_account("frank")
    with floor.client("frank") as frank:
        with frank.stream() as stream:
            stream.subscribe("executions", cancel_on_disconnect=True)
            kept = stream.place(SYMBOL, "buy", 1, price="20.00")
            stream.logout()
            with pytest.raises(Unanswered):
                stream.place(SYMBOL, "buy", 1, price="20.00")
        assert frank.order(kept.order_id).status == "new"
        with frank.stream() as watching:
            watching.subscribe("executions")
            with frank.stream() as stream:
                stream.subscribe("executions", cancel_on_disconnect=True)
            canceled = until(watching, is_event("canceled"))
            assert (canceled.order.order_id, canceled.order.reason) == (
                kept.order_id, "disconnect",
            )  # fmt: skip


def test_a_program_goes_on_where_it_was_without_loss(alice, bob):
    def trade():
        bob.place(SYMBOL, "sell", 1, price="50.00")
        alice.place(SYMBOL, "buy", 1, price="50.00")
        return next(alice.trades(SYMBOL)).trade_id

    with alice.stream() as stream:
        stream.subscribe("trades", SYMBOL)
        first = trade()
        mark = until(stream, lambda message: getattr(message, "trade_id", 0) == first).mark
    missed = [trade(), trade()]
    with alice.stream() as stream:
        stream.subscribe("trades", SYMBOL, since=mark)
        came = [until(stream, lambda message: isinstance(message, Traded)) for _ in missed]
        assert [message.trade_id for message in came] == missed


def test_an_order_whose_reply_is_lost_is_entered_once(floor, alice):
    lost = []

    def cut(chunk):
        if b'"request_id":' in chunk and b'"order_id"' in chunk and len(lost) < 2:
            lost.append(chunk)
            return 0
        return None

    with (
        cutting_proxy(floor.venue.port, cut) as proxy,
        Venue(proxy.url, floor.keys["alice"], patience=QUICK) as venue,
        venue.stream() as stream,
    ):
        order = stream.place(SYMBOL, "buy", 1, price="20.00")
        assert stream.connections == 3
    assert [one.order_id for one in alice.orders()] == [order.order_id]


@pytest.mark.slow
def test_a_connection_that_says_nothing_is_given_up(floor, bob):
    with (
        cutting_proxy(floor.venue.port) as proxy,
        Venue(proxy.url, floor.keys["alice"], patience=QUICK) as venue,
        venue.stream(silence_s=1.5) as stream,
    ):
        stream.subscribe("orders", SYMBOL)
        proxy.is_silent = True
        order = bob.place(SYMBOL, "buy", 1, price="20.00")
        told = until(stream, lambda message: getattr(message, "order_id", 0) == order.order_id)
        assert told.action == "add"
        assert stream.connections == 2


@pytest.mark.slow
def test_books_stay_right_through_broken_connections_and_a_killed_venue():
    dice = random.Random(3)
    with open_floor("alice", "bob") as floor, cutting_proxy(floor.venue.port) as proxy:
        chunks = itertools.count(1)
        proxy.cut = lambda chunk: dice.randrange(len(chunk)) if next(chunks) % 20 == 0 else None
        asyncio.run(_rebuild(floor, proxy, dice))


async def _rebuild(floor, proxy, dice):
    async with (
        AsyncVenue(floor.venue.url, floor.keys["bob"], patience=Patience(seconds=60)) as bob,
        AsyncVenue(proxy.url, floor.keys["alice"], patience=QUICK) as alice,
        alice.stream() as stream,
    ):
        book, queue = await stream.follow_book(SYMBOL, 1000), await stream.follow_queue(SYMBOL)
        await stream.subscribe("executions")
        for turn in range(300):
            order = await bob.place(
                SYMBOL, dice.choice(["buy", "sell"]), dice.randint(1, 9),
                price=f"{50 + dice.randint(-20, 20) * 0.05:.2f}",
            )  # fmt: skip
            if order.is_open and dice.random() < 0.3:
                await bob.cancel(order.order_id)
            if turn == 150:
                await asyncio.to_thread(floor.venue.kill)
                await asyncio.to_thread(floor.venue.start)
        real = await bob.queue(SYMBOL, depth=1000)
        levels = (await bob.book(SYMBOL, depth=1000)).bids
        async for _ in stream.messages(seconds=20):
            if (
                queue.is_current
                and (queue.bids(None), queue.asks(None)) == (real.bids, real.asks)
                and book.bids(1000) == levels
            ):
                break
        else:
            raise AssertionError("the books are not the venue's")
        assert queue.is_current
        assert stream.connections > 2, "one broke, and one was killed"
        assert stream.resyncs == 0
