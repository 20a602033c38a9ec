"""The queues of one book as the public sees them, folded from their changes: level 3.

Rule: an order is in one queue or in none, and what is told of it is what it shows. Changes that
contradict that are a fault of whoever told them, and asserted.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import Final

from openoutcry.marketdata.checksums import LEVELS, checksum, digits, digits_unit
from openoutcry.marketdata.queue_change import Action, QueueChange, Shown
from openoutcry.model.instrument import Grid
from openoutcry.model.order import Side
from openoutcry.model.units import Lots, OrderId, Ticks

_SLACK: Final = 64
"""How many places of a queue may be empty before it is closed up."""


class Line:
    """The orders at one price, by id in queue order, and the sum of what they show."""

    __slots__ = ("gone", "orders", "price", "quantity", "text")

    def __init__(self, price: Ticks) -> None:
        self.price = price
        self.orders: dict[OrderId, Lots] = {}
        self.quantity = 0
        self.gone = 0
        self.text: bytes | None = None
        """Its part of the checksum's text; None since it has changed."""

    def take_out(self, order_id: OrderId) -> None:
        """Take an order out of the queue."""
        self.quantity -= self.orders.pop(order_id)
        # A dictionary walks over the places of what has left it until it is made anew.
        self.gone += 1
        if self.gone > _SLACK + len(self.orders):
            self.orders = dict(self.orders)
            self.gone = 0


class Ladder:
    """One side. `keys` are prices, negated for asks, ascending: the best is last."""

    __slots__ = ("keys", "lines", "sign")

    def __init__(self, side: Side) -> None:
        self.sign: Final = 1 if side is Side.BUY else -1
        self.keys: list[int] = []
        self.lines: dict[int, Line] = {}

    def walk(self) -> Iterator[Line]:
        """Yield the levels, best first."""
        for key in reversed(self.keys):
            yield self.lines[key]

    def line(self, price: Ticks) -> Line:
        """Return the level of a price, a new one if there is none."""
        key = self.sign * price
        found = self.lines.get(key)
        if found is None:
            found = self.lines[key] = Line(price)
            insort(self.keys, key)
        return found

    def drop(self, line: Line) -> None:
        """Forget a level that is empty."""
        key = self.sign * line.price
        del self.lines[key]
        del self.keys[bisect_left(self.keys, key)]


class OrderQueue:
    """Both sides of one instrument's book."""

    def __init__(self, grid: Grid, bids: Iterable[Shown] = (), asks: Iterable[Shown] = ()) -> None:
        self.grid = grid
        self.bids = Ladder(Side.BUY)
        self.asks = Ladder(Side.SELL)
        self._places: dict[OrderId, tuple[Ladder, Line]] = {}
        for ladder, orders in ((self.bids, bids), (self.asks, asks)):
            for price, quantity, order_id in orders:
                self._add(ladder, order_id, price, quantity)

    def apply(self, change: QueueChange) -> None:
        """Take in a change."""
        order_id, quantity = change.order_id, change.quantity
        if change.action is Action.ADD:
            self.grid = change.grid
            self._add(
                self.bids if change.side is Side.BUY else self.asks,
                order_id,
                change.price,
                quantity,
            )
            return
        ladder, line = self._places[order_id]
        assert line.price == change.price, "an order is taken from where it is"
        line.text = None
        if quantity:
            line.quantity += quantity - line.orders[order_id]
            line.orders[order_id] = quantity
            return
        line.take_out(order_id)
        del self._places[order_id]
        if not line.orders:
            ladder.drop(line)

    def _add(self, ladder: Ladder, order_id: OrderId, price: Ticks, quantity: Lots) -> None:
        assert order_id not in self._places, "an order rests once"
        assert quantity > 0, "what rests shows"
        line = ladder.line(price)
        line.orders[order_id] = quantity
        line.quantity += quantity
        line.text = None
        self._places[order_id] = (ladder, line)

    def queues(self) -> tuple[list[Shown], list[Shown]]:
        """Return every order, bids and asks, the next in line first."""
        bids, asks = (
            [
                Shown(line.price, quantity, order_id)
                for line in ladder.walk()
                for order_id, quantity in line.orders.items()
            ]
            for ladder in (self.bids, self.asks)
        )
        return bids, asks

    def depth(self, levels: int) -> "Depth":
        """Return price and quantity of the best levels of both sides, best first."""
        bids, asks = (
            {
                line.price: Lots(line.quantity)
                for line, _ in zip(ladder.walk(), range(levels), strict=False)
            }
            for ladder in (self.bids, self.asks)
        )
        return bids, asks

    def best(self, side: Side) -> tuple[Ticks, Lots] | None:
        """Return the best level of a side."""
        ladder = self.bids if side is Side.BUY else self.asks
        if not ladder.keys:
            return None
        line = ladder.lines[ladder.keys[-1]]
        return line.price, Lots(line.quantity)

    def checksum(self) -> int:
        """Return the checksum of level 3."""
        return checksum([self._text(line) for line in self._covered()])

    def _covered(self) -> Iterator[Line]:
        for ladder in (self.asks, self.bids):
            for key in reversed(ladder.keys[-LEVELS:]):
                yield ladder.lines[key]

    def _text(self, line: Line) -> bytes:
        text = line.text
        if text is None:
            grid = self.grid
            price = digits(line.price, digits_unit(grid.price_increment))
            unit = digits_unit(grid.quantity_increment)
            parts = [price + digits(quantity, unit) for quantity in line.orders.values()]
            text = line.text = "".join(parts).encode()
        return text

    def __len__(self) -> int:
        """Count the orders."""
        return len(self._places)


Depth = tuple[dict[Ticks, Lots], dict[Ticks, Lots]]
"""Price and quantity of the best bids and asks, best first."""
