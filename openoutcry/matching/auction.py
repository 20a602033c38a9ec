"""Where an auction uncrosses: one price, and who trades with whom there.

Rule 1: a pure function of what was entered; whoever has the same orders finds the same price.
Rule 2: the price is one of the limits in the crossed range, or the reference price; no other tick.

Theory of operation
-------------------
At a price p, B is what buys would take (limits at p or above), S what sells would give (limits at
p or below), V = min(B, S) trades. Four steps, each only among what the one before left over:

    1  the largest V
    2  the smallest surplus |B - S|
    3  pressure: if every surplus is on the buy side the highest price, on the sell side the lowest
    4  the reference price if it lies in their range, else the end nearer to it;
       without a reference the price nearest to the middle, the upper one of two

B only falls and S only rises with p, so both are read off two sorted lists of running sums.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Final, NamedTuple

ALL_PRICES: Final = (1, 1 << 200)
"""Bounds that let everything print."""


class Interest(NamedTuple):
    """How much wants to trade at a limit or better; several of one limit simply add up."""

    limit: int
    quantity: int
    is_market: bool = False
    """Its limit only protects it: no price to uncross at, where nobody else names it."""


class Clearing(NamedTuple):
    """The outcome: the price, what trades there, and buys less sells there."""

    price: int
    volume: int
    surplus: int


class _Curve:
    """How much one side would trade at any price."""

    def __init__(self, interests: Iterable[Interest]) -> None:
        by_limit: dict[int, int] = {}
        for limit, quantity, _ in interests:
            by_limit[limit] = by_limit.get(limit, 0) + quantity
        self.limits: Final = sorted(by_limit)
        self._sums: Final = [0, *accumulate(by_limit[limit] for limit in self.limits)]

    def up_to(self, price: int) -> int:
        """Return the quantity limited to `price` or less: what sells would give there."""
        return self._sums[bisect_right(self.limits, price)]

    def from_(self, price: int) -> int:
        """Return the quantity limited to `price` or more: what buys would take there."""
        return self._sums[-1] - self._sums[bisect_left(self.limits, price)]


def clearing(
    buys: list[Interest],
    sells: list[Interest],
    reference: int | None,
    bounds: tuple[int, int] = ALL_PRICES,
) -> Clearing | None:
    """Return where the auction uncrosses, or None where nothing would trade.

    `bounds` are the lowest and the highest price that may print.
    """
    demand, supply = _Curve(buys), _Curve(sells)
    if not demand.limits or not supply.limits:
        return None
    low, high = supply.limits[0], demand.limits[-1]
    named = {i.limit for i in (*buys, *sells) if not i.is_market and low <= i.limit <= high}
    if reference is not None:
        named.add(reference)
    prices = [price for price in sorted(named) if bounds[0] <= price <= bounds[1]]
    tried = [_at(price, demand, supply) for price in prices]
    most = max((found.volume for found in tried), default=0)
    if not most:
        return None
    tried = [found for found in tried if found.volume == most]
    least = min(abs(found.surplus) for found in tried)
    return _choose([found for found in tried if abs(found.surplus) == least], reference)


def _at(price: int, demand: _Curve, supply: _Curve) -> Clearing:
    bought, sold = demand.from_(price), supply.up_to(price)
    return Clearing(price, min(bought, sold), bought - sold)


def _choose(equal: list[Clearing], reference: int | None) -> Clearing:
    """Make the last two steps, among prices (lowest first) that are equal by the first two."""
    lowest, highest = equal[0], equal[-1]
    if all(found.surplus > 0 for found in equal):
        return highest
    if all(found.surplus < 0 for found in equal):
        return lowest
    if reference is None:
        middle = lowest.price + highest.price
        return min(equal, key=lambda found: (abs(2 * found.price - middle), -found.price))
    if reference <= lowest.price:
        return lowest
    if reference >= highest.price:
        return highest
    within = [found for found in equal if found.price == reference]
    assert within, "between two equal prices every candidate is equal to them"
    return within[0]
