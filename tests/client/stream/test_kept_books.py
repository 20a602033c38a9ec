from datetime import UTC, datetime
from decimal import Decimal

import pytest

from openoutcry.client.answers.market import Level, Queued
from openoutcry.client.stream.kept_books import Broken, KeptBook, KeptQueue
from openoutcry.client.stream.messages import BookTold, QueueChanged, QueueTold
from tests.client.stream.spoken import check_of

AT = datetime(2026, 11, 25, tzinfo=UTC)
D = Decimal


def heading(channel, sequence, kind="update"):
    return {
        "channel": channel, "type": kind, "epoch": "e", "sequence": sequence, "at": AT,
        "symbol": "XYZ",
    }  # fmt: skip


def levels(*pairs):
    return [Level(D(price), D(quantity)) for price, quantity in pairs]


def book_told(sequence, bids, asks, digits, kind="update"):
    return BookTold(
        **heading("book", sequence, kind),
        bids=levels(*bids), asks=levels(*asks), checksum=check_of(digits),
    )  # fmt: skip


@pytest.fixture
def book():
    kept = KeptBook("XYZ", 10)
    bids, asks = [("9.90", "5"), ("9.80", "0.050")], [("10.00", "7"), ("10.10", "8")]
    kept.apply(book_told(3, bids, asks, "1000710108990598050", "snapshot"))
    return kept


def test_a_book_shows_its_best_first(book):
    assert book.best_bid == Level(D("9.90"), D(5))
    assert book.best_ask == Level(D("10.00"), D(7))
    assert book.mid == D("9.95")
    assert book.bids() == levels(("9.90", "5"), ("9.80", "0.050"))


def test_quantities_are_absolute_and_zero_takes_a_level_away(book):
    book.apply(book_told(4, [("9.90", "0"), ("9.95", "1")], [("10.00", "6")],
                         "100061010899519805" "0"))  # fmt: skip
    assert book.bids() == levels(("9.95", "1"), ("9.80", "0.050"))
    assert book.best_ask.quantity == 6
    assert book.sequence == 4


def test_a_book_that_fails_its_checksum_says_that_it_is_not_current(book):
    with pytest.raises(Broken, match="checksum at 4"):
        book.apply(book_told(4, [("9.90", "4")], [], "nonsense"))
    assert not book.is_current


def test_levels_beyond_the_depth_are_cut_before_the_check():
    kept = KeptBook("XYZ", 10)
    bids = [(f"{price}.00", "1") for price in range(20, 10, -1)]
    digits = "".join(f"{price}001" for price in range(20, 10, -1))
    kept.apply(book_told(1, bids, [], digits, "snapshot"))
    kept.apply(book_told(2, [("21.00", "1")], [], "21001" + digits[:-5]))
    assert len(kept.bids(100)) == 10
    # What was cut is gone: when there is room again, the venue says the level again.
    kept.apply(book_told(3, [("21.00", "0"), ("11.00", "2")], [], digits[:-1] + "2"))
    assert kept.bids(100)[-1] == Level(D("11.00"), D(2))


def test_an_empty_book_has_the_checksum_zero():
    kept = KeptBook("XYZ", 10)
    kept.apply(book_told(0, [], [], "", "snapshot"))
    assert (kept.is_current, kept.best_bid, kept.mid) == (True, None, None)


@pytest.fixture
def queue():
    kept = KeptQueue("XYZ")
    bids = [("9.90", "5", 1), ("9.90", "6", 2), ("9.80", "7", 3)]
    told = QueueTold(
        **heading("orders", 3, "snapshot"),
        bids=[Queued(D(price), D(quantity), order) for price, quantity, order in bids],
        asks=[Queued(D("10.00"), D(4), 4)],
        checksum=check_of("10004990599069807"),
    )
    kept.apply(told)
    return kept


def changed(queue, sequence, order, digits, side="buy"):
    action, order_id, price, quantity = order
    queue.apply(
        QueueChanged(
            **heading("orders", sequence), action=action, side=side, order_id=order_id,
            price=D(price), quantity=D(quantity), checksum=check_of(digits),
        )
    )  # fmt: skip


def test_orders_stand_in_their_queue(queue):
    assert [order.order_id for order in queue.bids()] == [1, 2, 3]
    assert queue.best_bid == Level(D("9.90"), D(11))
    assert queue.ahead_of(2, "buy") == 5
    assert queue.ahead_of(3, "buy") == 0
    assert queue.ahead_of(9, "buy") is None


def test_a_reduced_order_keeps_its_place_and_an_added_one_is_last(queue):
    changed(queue, 4, ("reduce", 1, "9.90", "3"), "10004990399069807")
    changed(queue, 5, ("add", 8, "9.90", "1"), "100049903990699019807")
    assert [(o.order_id, o.quantity) for o in queue.bids(1)] == [(1, 3), (2, 6), (8, 1)]


def test_a_filled_order_is_out_and_its_level_with_the_last(queue):
    changed(queue, 4, ("fill", 4, "10.00", "0"), "990599069807", side="sell")
    assert queue.asks() == []
    assert queue.best_ask is None
    changed(queue, 5, ("add", 9, "10.00", "2"), "10002990599069807", side="sell")
    assert queue.best_ask == Level(D("10.00"), D(2))


def test_the_checksum_proves_the_queue_and_not_only_the_levels(queue):
    with pytest.raises(Broken):
        changed(queue, 4, ("reduce", 1, "9.90", "3"), "10004990699039807")


@pytest.mark.parametrize(
    ("action", "order_id"), [("add", 1), ("reduce", 9), ("fill", 9), ("remove", 9)]
)
def test_a_change_that_does_not_fit_the_queue_breaks_it(queue, action, order_id):
    with pytest.raises(Broken, match="does not fit"):
        changed(queue, 4, (action, order_id, "9.90", "1"), "")
    assert not queue.is_current
