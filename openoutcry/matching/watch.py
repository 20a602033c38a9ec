"""What waits beside the book of one instrument for a price: stops, and orders that follow it.

Rule: nothing here knows more of an order than its number, its side and the price it waits for.

Theory of operation
-------------------
Stops of one side that look at one kind of price are a sorted list, the next to be hit first, so
that a trade which hits nothing costs one comparison. Those that trail move with the trades; see
`trails`. What was hit waits for its turn; what traded since the stops were looked at last waits in
`trades`.
"""

import heapq
from bisect import bisect_left, bisect_right, insort
from typing import Final, NamedTuple

from openoutcry.matching.trails import Trails
from openoutcry.model.order import Peg, Side, Trigger
from openoutcry.model.units import OrderId, Ticks


class Turn(NamedTuple):
    """When a stop that was hit runs: buys with the lowest trigger first, then sells with the
    highest, equal ones in order of entry."""

    sells: bool
    distance: int
    """The trigger, of sells negated."""
    order_id: OrderId


class References(NamedTuple):
    """What pegged orders follow: the best prices of all but them, and the best of all."""

    bid: int | None
    ask: int | None
    best_bid: int | None
    best_ask: int | None

    def opposite(self, side: Side) -> int | None:
        """Return the best price that orders of `side` could trade at."""
        return self.best_ask if side is Side.BUY else self.best_bid


class Sleepers:
    """The stops of one side that watch one kind of price: by trigger, then in order of entry."""

    __slots__ = ("keys", "sells", "sign")

    def __init__(self, side: Side) -> None:
        self.sells: Final = side is Side.SELL
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

    def hit(self, price: Ticks) -> list[Turn]:
        """Take out the orders that a price wakes, and return when they run."""
        keys = self.keys
        if not keys or keys[0][0] > self.sign * price:
            return []
        place = bisect_right(keys, self.sign * price, key=lambda key: key[0])
        woken = [Turn(self.sells, distance, order_id) for distance, order_id in keys[:place]]
        del keys[:place]
        return woken


class Watch:
    """All that waits for a price of one instrument."""

    __slots__ = (
        "_sleepers",
        "_trails",
        "_turns",
        "edges",
        "hit",
        "is_stirred",
        "pegs",
        "seen",
        "trades",
    )

    def __init__(self) -> None:
        self._sleepers = {(trigger, side): Sleepers(side) for trigger in Trigger for side in Side}
        self._trails = {side: Trails(side) for side in Side}
        self.hit: dict[OrderId, Turn] = {}
        """Stops whose price was there; they run one after the other."""
        self._turns: list[Turn] = []
        """The same as a heap; what is in it only is no matter any more."""
        self.pegs: dict[OrderId, None] = {}
        self.seen: References | None = None
        """Where every peg is as it belongs; None after one of them has come or changed."""
        self.edges: dict[tuple[Side, Peg], int | None] = {}
        """Of the pegs that follow one reference, where the most aggressive would be."""
        self.trades: list[Ticks] = []
        """Prices since the stops were looked at last, in order."""
        self.is_stirred = False
        """Whether the book has changed since the pegs were looked at last."""

    def sleepers(self, trigger: Trigger, side: Side) -> Sleepers:
        """Return the stops of a side that watch a kind of price."""
        return self._sleepers[trigger, side]

    def trails(self, side: Side) -> Trails:
        """Return the trailing stops of a side."""
        return self._trails[side]

    def strike(self, turn: Turn) -> None:
        """Let a stop that was hit wait for its turn."""
        self.hit[turn.order_id] = turn
        heapq.heappush(self._turns, turn)

    def next_hit(self) -> OrderId | None:
        """Return the stop whose turn it is; it stays here until it runs."""
        turns = self._turns
        while turns and self.hit.get(turns[0].order_id) != turns[0]:
            heapq.heappop(turns)
        return turns[0].order_id if turns else None

    def is_idle(self) -> bool:
        """Say whether nothing waits here any more."""
        return not (
            any(self._trails.values())
            or self.hit
            or self.pegs
            or any(sleepers.keys for sleepers in self._sleepers.values())
        )
