"""The order book of one instrument: who is next in line to trade.

Rule 1: price, then place in the queue, decides; nothing here knows accounts, money or time.
Rule 2: an order is in exactly one queue or in none, and a level without orders does not exist.
Rule 3: a level's quantity is what it shows; what an iceberg hides has no place in the queue.

Theory of operation
-------------------
Each side is a ladder: its prices kept sorted with the best one last (so that taking it off is a
pop; see `prices`), and one doubly linked queue per price, threaded through the orders themselves.
Finding the best order, adding behind a queue and taking any order out are all O(1); a new price,
and the end of one, costs O(log n).

    asks   102  e
           101  c <-> d      <- best: last in `keys`
    bids   100  a <-> b      <- best: last in `keys`
"""

from collections.abc import Iterator
from typing import Final

from openoutcry.matching.prices import Prices
from openoutcry.model.order import Side
from openoutcry.model.units import Lots, Ticks

# Members as plain names: reading one off its enumeration costs more than a call, and every order
# comes this way.
_BUY: Final = Side.BUY


class RestingOrder:
    """What the book needs of an order, and the links that put it in a queue."""

    __slots__ = ("after", "before", "leaves_quantity", "level", "price", "side")

    hidden_quantity: int = 0
    """The part of the leaves that is not shown; few orders have any, so no plain one carries it."""
    leads = 1
    """Whether others may follow its price: 0 of an order that follows others itself."""

    def __init__(self, side: Side, price: Ticks, leaves_quantity: Lots) -> None:
        self.side = side
        self.price = price
        self.leaves_quantity: int = leaves_quantity
        self.level: Level | None = None
        self.before: RestingOrder | None = None
        self.after: RestingOrder | None = None


class Level:
    """The queue at one price, oldest first, and the sum of what it holds."""

    __slots__ = ("head", "leaders", "price", "quantity", "tail")

    def __init__(self, price: Ticks) -> None:
        self.price = price
        self.quantity = 0
        self.leaders = 0
        """How many of its orders others may follow."""
        self.head: RestingOrder | None = None
        self.tail: RestingOrder | None = None

    def __iter__(self) -> Iterator[RestingOrder]:
        """Walk the queue from its head."""
        order = self.head
        while order is not None:
            yield order
            order = order.after


class Ladder:
    """One side of the book. `keys` are the best prices, negated for asks: the very best is last."""

    __slots__ = ("_prices", "keys", "levels", "sign")

    def __init__(self, side: Side) -> None:
        self.sign: Final = 1 if side is Side.BUY else -1
        self._prices = Prices()
        self.keys: Final = self._prices.near
        self.levels: dict[int, Level] = {}

    def reaches(self, limit: int) -> bool:
        """Say whether an opposite order limited to `limit` may trade with the best level."""
        keys = self.keys
        return bool(keys) and keys[-1] >= self.sign * limit

    def best_price(self) -> Ticks | None:
        """Return the best price, or None when nothing rests here."""
        return self.levels[self.keys[-1]].price if self.keys else None

    def best_led(self) -> Ticks | None:
        """Return the best price at which others than followers rest."""
        if not self.keys:
            return None
        best = self.levels[self.keys[-1]]
        if best.leaders:
            return best.price
        return next((level.price for level in self.walk() if level.leaders), None)

    def best(self) -> RestingOrder:
        """Return the order next in line; the ladder must not be empty."""
        head = self.levels[self.keys[-1]].head
        assert head is not None, "a level has at least one order"
        return head

    def add(self, order: RestingOrder) -> None:
        """Queue `order` behind every order already at its price."""
        assert order.level is None, "an order rests once"
        key = self.sign * order.price
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = Level(order.price)
            self._prices.add(key)
        if level.tail is None:
            level.head = order
        else:
            level.tail.after = order
            order.before = level.tail
        level.tail = order
        order.level = level
        level.quantity += order.leaves_quantity - order.hidden_quantity
        level.leaders += order.leads

    def remove(self, order: RestingOrder) -> None:
        """Take `order` out of its queue, and its level away if that leaves it empty."""
        level = order.level
        assert level is not None, "only what rests can be taken out"
        before, after = order.before, order.after
        if before is None:
            level.head = after
        else:
            before.after = after
        if after is None:
            level.tail = before
        else:
            after.before = before
        order.before = order.after = order.level = None
        level.quantity -= order.leaves_quantity - order.hidden_quantity
        level.leaders -= order.leads
        if level.head is None:
            self._drop(self.sign * level.price)

    def reduce(self, order: RestingOrder, quantity: int) -> None:
        """Take `quantity` off what an order shows; an order with nothing left leaves."""
        level = order.level
        assert level is not None, "only what rests can be reduced"
        level.quantity -= quantity
        order.leaves_quantity -= quantity
        if order.leaves_quantity == 0:
            self.remove(order)

    def _drop(self, key: int) -> None:
        del self.levels[key]
        self._prices.remove(key)

    def walk(self) -> Iterator[Level]:
        """Yield the levels, best first."""
        for key in self._prices.descending():
            yield self.levels[key]

    def check(self) -> None:
        """Assert that the prices are those of the levels."""
        self._prices.check()
        assert set(self._prices.descending()) == set(self.levels), "a price has a level"


class Book:
    """Both ladders of one instrument."""

    __slots__ = ("asks", "bids")

    def __init__(self) -> None:
        self.bids = Ladder(Side.BUY)
        self.asks = Ladder(Side.SELL)

    def side(self, side: Side) -> Ladder:
        """Return the ladder that orders of `side` rest on."""
        return self.bids if side is _BUY else self.asks

    def opposite(self, side: Side) -> Ladder:
        """Return the ladder that orders of `side` trade with."""
        return self.asks if side is _BUY else self.bids

    def depth(self, levels: int) -> tuple[list[tuple[Ticks, Lots]], list[tuple[Ticks, Lots]]]:
        """Return price and quantity of the best levels of both sides."""
        bids, asks = (
            [
                (level.price, Lots(level.quantity))
                for level, _ in zip(ladder.walk(), range(levels), strict=False)
            ]
            for ladder in (self.bids, self.asks)
        )
        return bids, asks

    def check(self, *, may_cross: bool = False) -> None:
        """Assert every invariant of the structure. Slow; for tests and after recovery."""
        if self.bids.keys and self.asks.keys and not may_cross:
            assert self.bids.keys[-1] < -self.asks.keys[-1], "bids are below asks"
        for ladder in (self.bids, self.asks):
            ladder.check()
            for key, level in ladder.levels.items():
                assert key == ladder.sign * level.price
                orders = list(level)
                assert orders, "a level has orders"
                assert level.tail is orders[-1]
                shown = sum(o.leaves_quantity - o.hidden_quantity for o in orders)
                assert shown == level.quantity
                assert level.leaders == sum(o.leads for o in orders)
                for order in orders:
                    assert order.leaves_quantity > 0, "what rests has something left"
                    assert order.hidden_quantity < order.leaves_quantity, "what rests shows"
                    assert order.level is level
                    assert order.price == level.price
                    assert (order.side is Side.BUY) is (ladder.sign == 1)
