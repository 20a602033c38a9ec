"""What waits beside the book of one instrument for a price: stops, and orders that follow it.

Rule: nothing here knows more of an order than its number, its side and the price it waits for.

Theory of operation
-------------------
Stops of one side that look at one kind of price are a sorted list, the next to be hit first, so
that a trade which hits nothing costs one comparison. A trailing stop moves with every trade, so
those are a plain list that each trade goes through. What was hit waits in `hit` for its turn; what
traded since the stops were looked at last waits in `trades`.
"""

from bisect import bisect_left, bisect_right, insort
from typing import Final

from openoutcry.model.order import Side, Trigger
from openoutcry.model.units import OrderId, Ticks


class Sleepers:
    """The stops of one side that watch one kind of price: by trigger, then in order of entry."""

    __slots__ = ("keys", "sign")

    def __init__(self, side: Side) -> None:
        self.sign: Final = 1 if side is Side.BUY else -1
        """A buy stop is hit by a price at or above it, a sell stop by one at or below."""
        self.keys: list[tuple[int, OrderId]] = []

    def add(self, stop_price: Ticks, order_id: OrderId) -> None:
        """Let an order sleep until `stop_price`."""
        insort(self.keys, (self.sign * stop_price, order_id))

    def discard(self, stop_price: Ticks, order_id: OrderId) -> None:
        """Forget an order; one that does not sleep here is no matter."""
        key = (self.sign * stop_price, order_id)
        place = bisect_left(self.keys, key)
        if place < len(self.keys) and self.keys[place] == key:
            del self.keys[place]

    def hit(self, price: Ticks) -> list[OrderId]:
        """Take out and return the orders that a price wakes, those nearest to it first."""
        keys = self.keys
        if not keys or keys[0][0] > self.sign * price:
            return []
        place = bisect_right(keys, self.sign * price, key=lambda key: key[0])
        woken = [order_id for _, order_id in keys[:place]]
        del keys[:place]
        return woken


class Watch:
    """All that waits for a price of one instrument."""

    __slots__ = ("_sleepers", "hit", "is_stirred", "pegs", "trades", "trailing")

    def __init__(self) -> None:
        self._sleepers = {(trigger, side): Sleepers(side) for trigger in Trigger for side in Side}
        self.trailing: dict[OrderId, None] = {}
        self.hit: dict[OrderId, None] = {}
        """Stops whose price was there; they run one after the other."""
        self.pegs: dict[OrderId, None] = {}
        self.trades: list[Ticks] = []
        """Prices since the stops were looked at last, in order."""
        self.is_stirred = False
        """Whether the book has changed since the pegs were looked at last."""

    def sleepers(self, trigger: Trigger, side: Side) -> Sleepers:
        """Return the stops of a side that watch a kind of price."""
        return self._sleepers[trigger, side]

    def is_idle(self) -> bool:
        """Say whether nothing waits here any more."""
        return not (
            self.trailing
            or self.hit
            or self.pegs
            or any(sleepers.keys for sleepers in self._sleepers.values())
        )
