"""The book as a structure, against plain lists kept beside it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openoutcry.matching.book import Book, Ladder, RestingOrder
from openoutcry.model.order import Side

SIDES = st.sampled_from(Side)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "remove", "reduce"]),
        st.integers(1, 6),
        st.integers(1, 9),
        st.integers(0, 99),
    ),
    max_size=60,
)


def filled(side, *orders):
    """A ladder with orders of (price, quantity), and the orders."""
    ladder = Ladder(side)
    resting = [RestingOrder(side, price, quantity) for price, quantity in orders]
    for order in resting:
        ladder.add(order)
    return ladder, resting


@settings(deadline=None, derandomize=True, max_examples=300)
@given(side=SIDES, steps=STEPS)
def test_a_ladder_is_what_sorted_lists_would_be(side, steps):
    book = Book()
    ladder, kept = book.side(side), []
    for action, price, quantity, pick in steps:
        if action == "add":
            order = RestingOrder(side, price, quantity)
            ladder.add(order)
            kept.append(order)
        elif kept and action == "remove":
            ladder.remove(kept.pop(pick % len(kept)))
        elif kept:
            order = kept[pick % len(kept)]
            ladder.reduce(order, min(quantity, order.leaves_quantity))
            kept = [o for o in kept if o.leaves_quantity]
        book.check()
        sign = -1 if side is Side.BUY else 1
        queue = sorted(kept, key=lambda o: sign * o.price)  # stable: time is kept within a price
        assert [o for level in ladder.walk() for o in level] == queue
        assert ladder.best_price() == (queue[0].price if queue else None)
        if queue:
            assert ladder.best() is queue[0]
        prices = list(dict.fromkeys(o.price for o in queue))
        totals = [(p, sum(o.leaves_quantity for o in queue if o.price == p)) for p in prices]
        assert book.depth(100)[0 if side is Side.BUY else 1] == totals


@pytest.mark.parametrize(
    ("side", "limit", "reaches"),
    [
        (Side.SELL, 100, False),
        (Side.SELL, 101, True),
        (Side.SELL, 102, True),
        (Side.BUY, 100, True),
        (Side.BUY, 101, True),
        (Side.BUY, 102, False),
    ],
)
def test_a_limit_reaches_a_level_at_its_very_price(side, limit, reaches):
    ladder, _ = filled(side, (101, 5))
    assert ladder.reaches(limit) is reaches


def test_an_empty_ladder_reaches_nothing():
    ladder = Ladder(Side.SELL)
    assert not ladder.reaches(10**9)
    assert ladder.best_price() is None


def test_depth_is_best_first_and_as_deep_as_asked():
    book = Book()
    for side, prices in ((Side.BUY, (98, 99, 97)), (Side.SELL, (103, 101, 102))):
        for price in prices:
            book.side(side).add(RestingOrder(side, price, 5))
    assert book.depth(2) == ([(99, 5), (98, 5)], [(101, 5), (102, 5)])
    assert book.depth(0) == ([], [])
    assert book.opposite(Side.BUY) is book.asks
    assert book.opposite(Side.SELL) is book.bids


def test_the_middle_of_a_queue_may_leave():
    ladder, (first, middle, last) = filled(Side.SELL, (101, 1), (101, 2), (101, 3))
    ladder.remove(middle)
    assert [list(level) for level in ladder.walk()] == [[first, last]]
    assert ladder.levels[-101].quantity == 4


@pytest.mark.parametrize("side", Side)
def test_a_level_away_from_the_best_may_vanish(side):
    ladder, (_, middle, _) = filled(side, (99, 1), (100, 1), (101, 1))
    ladder.remove(middle)
    assert sorted(level.price for level in ladder.walk()) == [99, 101]


def test_an_order_rests_once_and_leaves_once():
    ladder, (order,) = filled(Side.BUY, (100, 5))
    with pytest.raises(AssertionError, match="rests once"):
        ladder.add(order)
    ladder.remove(order)
    with pytest.raises(AssertionError, match="what rests"):
        ladder.remove(order)
    with pytest.raises(AssertionError, match="what rests"):
        ladder.reduce(order, 1)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda book, order: setattr(order, "leaves_quantity", 0),
        lambda book, order: setattr(order, "price", 7),
        lambda book, order: setattr(order.level, "quantity", 9),
        lambda book, order: setattr(order.level, "tail", None),
        lambda book, order: book.bids.keys.append(3),
        lambda book, order: setattr(order, "side", Side.SELL),
        lambda book, order: book.asks.add(RestingOrder(Side.SELL, 100, 1)),
        lambda book, order: book.asks.add(RestingOrder(Side.SELL, 99, 1)),
    ],
)
def test_check_notices_what_is_wrong(spoil):
    book = Book()
    order = RestingOrder(Side.BUY, 100, 5)
    book.bids.add(order)
    book.check()
    spoil(book, order)
    with pytest.raises(AssertionError):
        book.check()
