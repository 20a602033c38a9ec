"""Level 2: the best levels of a book, what changed of them, and their checksum."""

from openoutcry.marketdata.checksums import LEVELS, checksum, digits, digits_unit
from openoutcry.marketdata.order_queue import Depth
from openoutcry.model.instrument import Grid
from openoutcry.model.units import Lots, Ticks

Level = tuple[Ticks, Lots]


def changed(before: Depth, now: Depth, levels: int) -> tuple[list[Level], list[Level]]:
    """Return the levels that differ, bids and asks, best first; quantity 0: gone.

    Whoever has `before` takes these in, cuts to so many levels, and has `now`.
    """
    bids, asks = now
    return _changed(before[0], bids, levels, 1), _changed(before[1], asks, levels, -1)


def _changed(
    before: dict[Ticks, Lots], now: dict[Ticks, Lots], levels: int, sign: int
) -> list[Level]:
    if before == now:
        return []
    found = {price: lots for price, lots in now.items() if before.get(price) != lots}
    gone = [price for price in before if price not in now]
    if gone and len(now) >= levels:
        # What lies beyond the last level was pushed out, and the client cuts it off, too.
        last = next(reversed(now)) * sign
        gone = [price for price in gone if price * sign > last]
    found.update(dict.fromkeys(gone, Lots(0)))
    return sorted(found.items(), key=lambda level: -level[0] * sign)


def depth_checksum(grid: Grid, depth: Depth) -> int:
    """Return the checksum of level 2; `depth` has at least the levels that it covers."""
    price_unit = digits_unit(grid.price_increment)
    unit = digits_unit(grid.quantity_increment)
    bids, asks = depth
    texts = [
        (digits(price, price_unit) + digits(quantity, unit)).encode()
        for side in (asks, bids)
        for (price, quantity), _ in zip(side.items(), range(LEVELS), strict=False)
    ]
    return checksum(texts)
