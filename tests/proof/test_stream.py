"""The feed rebuilds every book, whatever happens to connections and to the venue."""

import pytest

from tests.proof import stream
from tests.proof.stream_client import Line, Queue, Untrue


@pytest.mark.slow
def test_independent_clients_rebuild_every_book_from_the_public_feed():
    counted = stream.trial(1, messages=20_000, kills=1)
    assert counted["books"] == 3 * len(stream.SYMBOLS)
    assert min(counted[name] for name in ("cuts", "lost", "gaps", "compared", "equal")) > 0
    assert counted["connections"] > counted["cuts"] + 3


def queue_of(rows):
    return Queue({"bids": rows, "asks": []})


def update(action, order_id, shown, price="1.00"):
    return {
        "type": "update", "side": "buy", "action": action, "order_id": order_id, "price": price,
        "quantity": shown,
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        update("add", 1, "5"),
        update("reduce", 1, "5"),
        update("remove", 3, "0"),
        update("remove", 1, "1"),
    ],
)
def test_the_client_notices_what_cannot_be(wrong):
    with pytest.raises(Untrue):
        queue_of([["1.00", "5", 1], ["1.00", "5", 2]]).apply(wrong)


def test_the_client_notices_who_is_passed_by():
    queue = queue_of([["1.00", "5", 1], ["1.00", "5", 2]])
    queue.apply(update("fill", 2, "0") | {"trade_id": 7})
    assert queue.passed_by == [7]


def test_the_client_notices_another_queue_with_the_same_levels():
    queues = (queue_of([["1.00", "5", 1], ["1.00", "6", 2]]), queue_of(
        [["1.00", "6", 2], ["1.00", "5", 1]]))  # fmt: skip
    assert queues[0].checksum() != queues[1].checksum()


def test_the_client_notices_a_gap_and_a_checksum():
    line = Line("orders", "XYZ", 10)
    snapshot = {"type": "snapshot", "previous": None, "epoch": "e", "sequence": 3, "checksum": 0}
    assert line.take(snapshot | {"bids": [], "asks": []})
    following = update("add", 1, "5") | {"epoch": "e", "sequence": 9, "checksum": 1}
    assert not line.take(following | {"previous": 7})
    with pytest.raises(Untrue, match="checksum"):
        line.take(following | {"previous": 3})
