"""Books and tickers: what changed since the last tick, the same bytes for everybody.

Rule: whoever comes between two ticks gets the state of the last one, so that the next fits. Where
nobody was there, the state of now is that of the last tick.
"""

from abc import ABC, abstractmethod

from openoutcry.marketdata.order_queue import Depth, OrderQueue
from openoutcry.marketdata.ticker import Quote, Ticker
from openoutcry.model.order import Side
from openoutcry.model.units import Nanos, Symbol
from openoutcry.streams.feeds.book import book_snapshot, book_update
from openoutcry.streams.feeds.line import EventLine, Line
from openoutcry.streams.feeds.message import Message
from openoutcry.streams.feeds.orders import OrdersTeller
from openoutcry.streams.feeds.said import Said
from openoutcry.streams.feeds.ticker import DayTeller, ticker_message
from openoutcry.streams.feeds.topic import Hearer


class Ticked(Line, ABC):
    """A line that is told by the tick."""

    def __init__(self, name: str, epoch: str) -> None:
        super().__init__(name, epoch)
        self.waiting: dict[Hearer, None] = {}
        """Those who came before what it is made of was ready."""
        self._snapshot: Message | None = None

    @abstractmethod
    def tick(self, at: Nanos, told: int) -> None:
        """Tell what has changed, as of a record."""

    @abstractmethod
    def begin(self, at: Nanos) -> None:
        """Take the state of now for that of the last tick."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Say whether what it is made of is there."""

    def enter(self, hearer: Hearer) -> None:
        """Let a hearer hear the state of the last tick, and what follows."""
        hearer.hear(self.snapshot())
        self.hearers[hearer] = None

    def snapshot(self) -> Message:
        """Return the state of the last tick; the same until the next that tells something."""
        found = self._snapshot
        if found is None or found.sequence != self.mark:
            assert self.mark is not None, "it has begun"
            body = self._render(Said(self.epoch, self.mark, None, self._at))
            found = self._snapshot = Message(self.name, self.mark, body, is_snapshot=True)
        return found

    def leave(self, hearer: Hearer) -> None:
        """Let a hearer go, wherever it is."""
        self.hearers.pop(hearer, None)
        self.waiting.pop(hearer, None)

    def is_idle(self) -> bool:
        """Say whether nobody is here."""
        return not (self.hearers or self.waiting)

    _at = Nanos(0)
    """Of the record that the last tick told of."""

    @abstractmethod
    def _render(self, said: Said) -> bytes:
        """Return the state of the last tick as a snapshot."""


class TickedBook(Ticked):
    """The best levels of one book, so many a side."""

    def __init__(self, name: str, orders: EventLine, symbol: Symbol, levels: int) -> None:
        super().__init__(name, orders.epoch)
        self._orders = orders
        self._symbol = symbol
        self._levels = levels
        self._shown: Depth = ({}, {})
        self._seen = -1
        """The mark of the queues at the last tick."""

    def is_ready(self) -> bool:
        """Say whether the queues are there."""
        return self._orders.is_ready

    def begin(self, at: Nanos) -> None:
        """Take the book of now for that of the last tick."""
        queue, mark = self._now()
        self._shown = queue.depth(self._levels)
        self._seen = self.mark = mark
        self._at = at

    def tick(self, at: Nanos, told: int) -> None:  # noqa: ARG002
        """Tell the levels that have changed."""
        queue, sequence = self._now()
        if sequence == self._seen:
            return
        self._seen = sequence
        now = queue.depth(self._levels)
        said = Said(self.epoch, sequence, self.mark, at)
        body = book_update(said, self._symbol, queue.grid, self._levels, (self._shown, now))
        self._shown = now
        if body is not None:
            self._at = at
            self.say(sequence, body)

    def _now(self) -> tuple[OrderQueue, int]:
        return queue_of(self._orders)

    def _render(self, said: Said) -> bytes:
        queue, _ = self._now()
        return book_snapshot(said, self._symbol, queue.grid, self._levels, self._shown)


class TickedTicker(Ticked):
    """The best quotes, the last trade, the day."""

    def __init__(self, name: str, orders: EventLine, day: EventLine, symbol: Symbol) -> None:
        super().__init__(name, orders.epoch)
        self._orders = orders
        self._day = day
        self._symbol = symbol
        self._shown: Ticker | None = None

    def is_ready(self) -> bool:
        """Say whether queues and day are there."""
        return self._orders.is_ready and self._day.is_ready

    def begin(self, at: Nanos) -> None:
        """Take the ticker of now for that of the last tick."""
        self._shown = self._now(at)
        self._at = at
        self.mark = self._latest()

    def tick(self, at: Nanos, told: int) -> None:
        """Tell the ticker if it has changed."""
        now = self._now(at)
        if now == self._shown:
            return
        assert self.mark is not None, "it has begun"
        latest = self._latest()
        # Another day has begun, by whatever record: nothing of its own has happened.
        sequence = latest if latest > self.mark else told
        if sequence <= self.mark:
            return  # What was undone is known a little later: it is told with the next event.
        self._shown = now
        self._at = at
        self.say(sequence, self._render(Said(self.epoch, sequence, self.mark, at)))

    def _now(self, at: Nanos) -> Ticker:
        queue, _ = queue_of(self._orders)
        teller = self._day.teller
        assert isinstance(teller, DayTeller), "a day is told by its teller"
        return teller.day.ticker(quote(queue, Side.BUY), quote(queue, Side.SELL), at)

    def _latest(self) -> int:
        return max(self._orders.mark or 0, self._day.mark or 0)

    def _render(self, said: Said) -> bytes:
        assert self._shown is not None, "it has begun"
        queue, _ = queue_of(self._orders)
        return ticker_message(said, self._symbol, queue.grid, self._shown)


def queue_of(orders: EventLine) -> tuple[OrderQueue, int]:
    """Return the queues that a line keeps, and the mark of their last change."""
    teller = orders.teller
    assert isinstance(teller, OrdersTeller), "queues are told by their teller"
    assert teller.queue is not None, "the line is ready"
    assert orders.mark is not None, "the line is ready"
    return teller.queue, orders.mark


def quote(queue: OrderQueue, side: Side) -> Quote | None:
    """Return the best level of a side in units."""
    best = queue.best(side)
    if best is None:
        return None
    price, quantity = best
    return price * queue.grid.price_increment, quantity * queue.grid.quantity_increment
