"""Books kept from the stream, each message checked: levels, and the queue order by order.

Rule: what is read has passed its checksum. While a book is being fetched again, `is_current` is
False and reading gives what was right last.

A book is changed where messages arrive and read anywhere: a lock keeps the two apart.
"""

from bisect import insort
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from threading import Lock
from typing import Final, Literal

from openoutcry.client.answers.market import Level, Queued
from openoutcry.client.errors import VenueFault
from openoutcry.client.stream.checksums import LEVELS, checksum, digits
from openoutcry.client.stream.messages import BookTold, QueueChanged, QueueTold

SideName = Literal["buy", "sell"]


class Broken(VenueFault):
    """A book is not the venue's any more: it has to be fetched again."""


class _Prices:
    """The prices of one side, best first."""

    def __init__(self, *, is_bid: bool) -> None:
        self._toward_worse: Final = -1 if is_bid else 1
        self.sorted: list[Decimal] = []

    def add(self, price: Decimal) -> None:
        insort(self.sorted, price, key=self._rank)

    def remove(self, price: Decimal) -> None:
        # Prices near the best change most, and those are at the front.
        self.sorted.remove(price)

    def _rank(self, price: Decimal) -> Decimal:
        return price * self._toward_worse


class _Levels:
    """One side of a book: quantities by price."""

    def __init__(self, *, is_bid: bool) -> None:
        self._prices = _Prices(is_bid=is_bid)
        self._quantities: dict[Decimal, Decimal] = {}
        self._texts: dict[Decimal, str] = {}

    def apply(self, levels: Iterable[Level], depth: int) -> None:
        for price, quantity in levels:
            if quantity:
                if price not in self._quantities:
                    self._prices.add(price)
                self._quantities[price] = quantity
                self._texts[price] = digits(price) + digits(quantity)
            elif self._quantities.pop(price, None) is not None:
                self._prices.remove(price)
                del self._texts[price]
        for price in self._prices.sorted[depth:]:
            del self._quantities[price], self._texts[price]
        del self._prices.sorted[depth:]

    def top(self, count: int) -> list[Level]:
        return [Level(price, self._quantities[price]) for price in self._prices.sorted[:count]]

    def texts(self) -> Iterator[str]:
        return (self._texts[price] for price in self._prices.sorted[:LEVELS])


class KeptBook:
    """A book by levels, to its depth."""

    def __init__(self, symbol: str, depth: int) -> None:
        self.symbol = symbol
        self.depth = depth
        self.is_current = False
        self.sequence = 0
        """Of the last message in it."""
        self._lock = Lock()
        self._bids = _Levels(is_bid=True)
        self._asks = _Levels(is_bid=False)

    def apply(self, message: BookTold) -> None:
        """Take a message in, or raise `Broken`."""
        with self._lock:
            if message.is_snapshot:
                self._bids = _Levels(is_bid=True)
                self._asks = _Levels(is_bid=False)
            self._bids.apply(message.bids, self.depth)
            self._asks.apply(message.asks, self.depth)
            self.sequence = message.sequence
            self.is_current = checksum((*self._asks.texts(), *self._bids.texts())) == (
                message.checksum
            )
        if not self.is_current:
            raise Broken(f"the book of {self.symbol} fails its checksum at {message.sequence}")

    def bids(self, count: int = LEVELS) -> list[Level]:
        """Return the best bids, best first."""
        with self._lock:
            return self._bids.top(count)

    def asks(self, count: int = LEVELS) -> list[Level]:
        """Return the best asks, best first."""
        with self._lock:
            return self._asks.top(count)

    @property
    def best_bid(self) -> Level | None:
        """The highest bid."""
        return next(iter(self.bids(1)), None)

    @property
    def best_ask(self) -> Level | None:
        """The lowest ask."""
        return next(iter(self.asks(1)), None)

    @property
    def mid(self) -> Decimal | None:
        """The middle between the best bid and ask; None where a side is empty."""
        with self._lock:
            bids, asks = self._bids.top(1), self._asks.top(1)
        return (bids[0].price + asks[0].price) / 2 if bids and asks else None


class _Queues:
    """One side of a book: at each price, orders in the sequence in which they trade."""

    def __init__(self, *, is_bid: bool) -> None:
        self._prices = _Prices(is_bid=is_bid)
        self._levels: dict[Decimal, dict[int, Decimal]] = {}
        self._texts: dict[Decimal, str] = {}
        """What the checksum has of a level; forgotten when the level changes."""

    def put(self, price: Decimal, order_id: int, quantity: Decimal) -> None:
        """Add an order at the tail of its price, or change what it shows where it stands."""
        level = self._levels.get(price)
        if level is None:
            level = self._levels[price] = {}
            self._prices.add(price)
        level[order_id] = quantity
        self._texts.pop(price, None)

    def take_out(self, price: Decimal, order_id: int) -> None:
        level = self._levels.get(price, {})
        level.pop(order_id, None)
        self._texts.pop(price, None)
        if not level and self._levels.pop(price, None) is not None:
            self._prices.remove(price)

    def has(self, price: Decimal, order_id: int) -> bool:
        return order_id in self._levels.get(price, ())

    def orders(self, levels: int | None) -> Iterator[Queued]:
        for price in self._prices.sorted[:levels]:
            for order_id, quantity in self._levels[price].items():
                yield Queued(price, quantity, order_id)

    def levels(self, count: int) -> list[Level]:
        best = self._prices.sorted[:count]
        return [Level(price, sum(self._levels[price].values(), Decimal(0))) for price in best]

    def texts(self) -> Iterator[str]:
        for price in islice(self._prices.sorted, LEVELS):
            text = self._texts.get(price)
            if text is None:
                shown = digits(price)
                level = self._levels[price].values()
                text = "".join([shown + digits(quantity) for quantity in level])
                self._texts[price] = text
            yield text


class KeptQueue:
    """A book order by order, in the sequence in which they will trade."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.is_current = False
        self.sequence = 0
        """Of the last message in it."""
        self._lock = Lock()
        self._bids = _Queues(is_bid=True)
        self._asks = _Queues(is_bid=False)

    def apply(self, message: QueueTold | QueueChanged) -> None:
        """Take a message in, or raise `Broken`."""
        with self._lock:
            if isinstance(message, QueueTold):
                self._replace(message)
            else:
                self._change(message)
            self.sequence = message.sequence
            self.is_current = checksum((*self._asks.texts(), *self._bids.texts())) == (
                message.checksum
            )
        if not self.is_current:
            raise Broken(f"the queue of {self.symbol} fails its checksum at {message.sequence}")

    def _replace(self, message: QueueTold) -> None:
        self._bids = _Queues(is_bid=True)
        self._asks = _Queues(is_bid=False)
        for side, orders in ((self._bids, message.bids), (self._asks, message.asks)):
            for price, quantity, order_id in orders:
                side.put(price, order_id, quantity)

    def _change(self, message: QueueChanged) -> None:
        side = self._bids if message.side == "buy" else self._asks
        is_there = side.has(message.price, message.order_id)
        if is_there is (message.action == "add"):
            self.is_current = False
            raise Broken(f"{message.action} of order {message.order_id} does not fit the queue")
        if message.quantity:
            side.put(message.price, message.order_id, message.quantity)
        else:
            side.take_out(message.price, message.order_id)

    def bids(self, levels: int | None = LEVELS) -> list[Queued]:
        """Return the orders at the best bids, in the sequence in which they trade; None: all."""
        with self._lock:
            return list(self._bids.orders(levels))

    def asks(self, levels: int | None = LEVELS) -> list[Queued]:
        """Return the orders at the best asks, in the sequence in which they trade; None: all."""
        with self._lock:
            return list(self._asks.orders(levels))

    @property
    def best_bid(self) -> Level | None:
        """The highest bid, with all that is shown at it."""
        with self._lock:
            return next(iter(self._bids.levels(1)), None)

    @property
    def best_ask(self) -> Level | None:
        """The lowest ask, with all that is shown at it."""
        with self._lock:
            return next(iter(self._asks.levels(1)), None)

    def ahead_of(self, order_id: int, side: SideName) -> Decimal | None:
        """Return what is shown before an order at its price; None if it is not in the queue."""
        with self._lock:
            queue = (self._bids if side == "buy" else self._asks).orders(None)
            before = Decimal(0)
            price: Decimal | None = None
            for order in queue:
                if order.price != price:
                    price, before = order.price, Decimal(0)
                if order.order_id == order_id:
                    return before
                before += order.quantity
        return None
