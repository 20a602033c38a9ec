import json

import pytest

from openoutcry.client import orders
from openoutcry.client.errors import NotConnected, Problem, Unintelligible
from openoutcry.client.stream.following import Following, Topic
from openoutcry.client.stream.messages import Mark
from openoutcry.client.stream.session import RESTARTS_MAX, Dropped, Session
from tests.client.stream.spoken import (
    EPOCH,
    Spoken,
    check_of,
    on_a_loop,
    problem,
    reply,
    said,
    traded,
)

TRADES = Topic("trades", "XYZ")


def following_trades():
    """Return a client that has heard trades up to 5."""
    spoken = Spoken(Session)
    spoken.session.opened()
    spoken.follow(Following(TRADES))
    spoken.session.take(said("trades", "snapshot", 3, None, trades=[]))
    spoken.session.take(traded(5, 3))
    assert spoken.sequences() == [3, 5]
    return spoken


@on_a_loop
def test_what_was_followed_is_asked_for_again_from_the_last_good_message():
    spoken = following_trades()
    spoken.session.closed()
    spoken.session.opened()
    (asked,) = spoken.sent()
    assert asked["params"] == {
        "channel": "trades", "symbols": ["XYZ"], "batch": True,
        "from": {"epoch": EPOCH, "sequence": 5},
    }  # fmt: skip
    spoken.session.take(reply(asked["request_id"]))
    spoken.session.take(traded(8, 4))
    spoken.session.take(traded(9, 8))
    assert spoken.sequences() == [3, 5, 8, 9]


@on_a_loop
def test_a_gap_is_filled_from_the_last_good_message_and_nothing_comes_twice():
    spoken = following_trades()
    spoken.session.take(traded(9, 7))
    left, asked = spoken.sent()
    assert left["method"] == "unsubscribe"
    assert asked["params"]["from"] == {"epoch": EPOCH, "sequence": 5}
    spoken.session.take(traded(10, 9))  # Of the old subscription: it was on its way already.
    spoken.session.take(reply(asked["request_id"]))
    for sequence, previous in ((7, 5), (9, 7), (10, 9)):
        spoken.session.take(traded(sequence, previous))
    assert spoken.sequences() == [3, 5, 7, 9, 10]
    assert spoken.session.resyncs == 1


@pytest.mark.parametrize(("sequence", "previous"), [(9, 4), (5, 3), (4, 3), (9, None)])
def test_what_does_not_follow_the_last_message_is_not_told(sequence, previous):
    @on_a_loop
    def story():
        spoken = following_trades()
        spoken.session.take(traded(sequence, previous))
        assert spoken.sequences() == [3, 5]
        assert [one["method"] for one in spoken.sent()] == ["unsubscribe", "subscribe"]

    story()


@on_a_loop
def test_a_resumed_channel_does_not_tell_again_what_was_told():
    spoken = following_trades()
    spoken.session.closed()
    spoken.session.opened()
    (asked,) = spoken.sent()
    spoken.session.take(reply(asked["request_id"]))
    spoken.session.take(traded(5, 3))
    assert spoken.sequences() == [3, 5]


@on_a_loop
def test_another_history_is_begun_with_a_snapshot():
    spoken = following_trades()
    spoken.session.take(traded(6, 5, epoch="e2"))
    _, asked = spoken.sent()
    spoken.session.take(reply(asked["request_id"]))
    spoken.session.take(said("trades", "snapshot", 2, None, epoch="e2", trades=[]))
    spoken.session.take(traded(4, 2, epoch="e2"))
    assert spoken.sequences() == [3, 5, 2, 4]


@on_a_loop
def test_a_heartbeat_tells_of_a_message_that_did_not_arrive():
    spoken = following_trades()
    heartbeat = {"channel": "heartbeat", "sequence": 9, "at": "", "channels": {"trades:XYZ": 5}}
    spoken.session.take(json.dumps(heartbeat).encode())
    assert spoken.sent() == []
    heartbeat["channels"]["trades:XYZ"] = 6
    spoken.session.take(json.dumps(heartbeat).encode())
    assert [one["method"] for one in spoken.sent()] == ["unsubscribe", "subscribe"]


@on_a_loop
def test_a_book_with_a_wrong_checksum_is_fetched_anew_and_not_shown():
    spoken = Spoken(Session)
    spoken.session.opened()
    following = Following(Topic("book", "XYZ"), depth=10)
    assert spoken.follow(following)["depth"] == 10
    book = {"bids": [["1.00", "5"]], "asks": []}
    spoken.session.take(said("book", "snapshot", 3, None, **book, checksum=check_of("1005")))
    assert following.book.is_current
    wrong = {"bids": [["1.00", "6"]], "asks": [], "checksum": 1}
    spoken.session.take(said("book", "update", 4, 3, **wrong))
    assert not following.book.is_current
    assert spoken.sequences() == [3]
    _, asked = spoken.sent()
    assert "from" not in asked["params"]
    spoken.session.take(reply(asked["request_id"]))
    book = {"bids": [["1.00", "6"]], "asks": []}
    spoken.session.take(said("book", "snapshot", 4, None, **book, checksum=check_of("1006")))
    assert following.book.is_current
    assert following.book.best_bid.quantity == 6


@on_a_loop
def test_a_broken_queue_is_fetched_by_a_snapshot_and_not_from_where_it_broke():
    spoken = Spoken(Session)
    spoken.session.opened()
    spoken.follow(Following(Topic("orders", "XYZ")))
    queue = {"bids": [["1.00", "5", 1]], "asks": []}
    spoken.session.take(said("orders", "snapshot", 3, None, **queue, checksum=check_of("1005")))
    change = {"action": "remove", "side": "buy", "order_id": 2, "price": "1.00", "quantity": "0"}
    spoken.session.take(said("orders", "update", 4, 3, **change, trade_id=None, checksum=0))
    _, asked = spoken.sent()
    assert "from" not in asked["params"]


@on_a_loop
def test_what_never_comes_right_ends_the_stream():
    spoken = following_trades()
    for _ in range(RESTARTS_MAX):
        spoken.session.take(traded(90, 80))
        *_, asked = spoken.sent()
        spoken.session.take(reply(asked["request_id"]))
    with pytest.raises(Unintelligible, match="in a row"):
        spoken.session.take(traded(90, 80))


@on_a_loop
def test_a_call_that_was_not_answered_goes_out_again_with_its_key():
    spoken = Spoken(Session)
    request = orders.amend(7, quantity=3)
    before = spoken.session.ask_for(request)
    assert spoken.sent() == []  # There is no connection yet.
    spoken.session.opened()
    (first,) = spoken.sent()
    assert first == {
        "method": "order.amend", "params": {"order_id": 7, "quantity": "3"},
        "request_id": first["request_id"], "idempotency_key": request.key,
    }  # fmt: skip
    spoken.session.closed()
    spoken.session.opened()
    assert spoken.sent() == [first]
    spoken.session.take(reply(first["request_id"], order_id=7))
    assert json.loads(before.result()) == {"order_id": 7}
    spoken.session.closed()
    spoken.session.opened()
    assert spoken.sent() == []


@on_a_loop
def test_a_refusal_is_raised_where_the_call_was_made():
    spoken = Spoken(Session)
    spoken.session.opened()
    asked = spoken.session.ask_for(orders.cancel(7))
    (sent,) = spoken.sent()
    spoken.session.take(problem(sent["request_id"], 409, "too_late"))
    with pytest.raises(Problem, match="too_late"):
        asked.result()


@on_a_loop
def test_a_refused_subscription_is_not_asked_for_again():
    spoken = Spoken(Session)
    spoken.session.opened()
    asked = spoken.session.follow(Following(Topic("trades", "NONE")))
    (sent,) = spoken.sent()
    spoken.session.take(problem(sent["request_id"], 404, "unknown_instrument"))
    with pytest.raises(Problem, match="unknown_instrument"):
        asked.result()
    spoken.session.closed()
    spoken.session.opened()
    assert spoken.sent() == []


@on_a_loop
def test_a_subscription_that_the_venue_cannot_take_now_waits_for_the_next_connection():
    spoken = Spoken(Session)
    spoken.session.opened()
    asked = spoken.session.follow(Following(TRADES))
    (sent,) = spoken.sent()
    with pytest.raises(Dropped):
        spoken.session.take(problem(sent["request_id"], 429, "rate_limited"))
    spoken.session.closed()
    spoken.session.opened()
    (again,) = spoken.sent()
    spoken.session.take(reply(again["request_id"], channel="trades"))
    assert asked.done()


@on_a_loop
def test_whoever_is_too_slow_for_the_venue_connects_again():
    content = {"type": "resync_required", "expected": 6, "current": 90, "reason": "messages"}
    with pytest.raises(Dropped):
        following_trades().session.take(json.dumps(content).encode())


@on_a_loop
def test_several_messages_come_in_one_frame():
    spoken = following_trades()
    spoken.session.take(b"[" + traded(6, 5) + b"," + traded(7, 6) + b"]")
    assert spoken.sequences() == [3, 5, 6, 7]


@on_a_loop
def test_a_program_goes_on_where_an_earlier_run_was():
    spoken = Spoken(Session)
    spoken.session.opened()
    params = spoken.follow(Following(TRADES, since=Mark(EPOCH, 40)))
    assert params["from"] == {"epoch": EPOCH, "sequence": 40}
    spoken.session.take(traded(50, 30))
    assert spoken.sequences() == [50]


@on_a_loop
def test_what_is_left_is_not_heard_any_more():
    spoken = following_trades()
    spoken.session.leave(TRADES)
    spoken.session.take(traded(6, 5))
    assert spoken.sequences() == [3, 5]
    (left,) = spoken.sent()
    assert left["params"] == {"channel": "trades", "symbols": ["XYZ"]}


@on_a_loop
def test_everybody_who_waits_is_told_of_the_end():
    spoken = Spoken(Session)
    waiting = [spoken.session.ask_for(orders.cancel(7)), spoken.session.follow(Following(TRADES))]
    spoken.session.fail(NotConnected("closed"))
    assert [type(one.exception()) for one in waiting] == [NotConnected, NotConnected]


@on_a_loop
def test_what_makes_no_sense_is_named():
    with pytest.raises(Unintelligible):
        Spoken(Session).session.take(b"<html>")
