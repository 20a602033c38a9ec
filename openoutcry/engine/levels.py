"""The prices that follow the market: of a trailing stop, of a pegged order."""

from openoutcry.engine.market import Market
from openoutcry.matching.trails import Trail, level_of
from openoutcry.matching.watch import References
from openoutcry.model.order import Peg, Side, Special
from openoutcry.model.units import Ticks, divide_up


def trailing_price(side: Side, special: Special, extreme: int) -> Ticks:
    """Return the level of a trailing stop whose best trade was `extreme`; 0: it cannot be hit."""
    sign = 1 if side is Side.SELL else -1
    return Ticks(max(0, sign * level_of(side, trail_of(special), sign * extreme)))


def trail_of(special: Special) -> Trail:
    """Return how far a trailing stop is behind; it has one of the two terms."""
    trail, trail_bps = special.trail, special.trail_bps
    assert not isinstance(trail, str), "accepted terms are on the grid"
    if trail is not None:
        return Trail(trail, is_bps=False)
    assert trail_bps is not None, "a trailing stop has one trail"
    return Trail(trail_bps, is_bps=True)


def first_extreme(market: Market, side: Side, special: Special) -> Ticks:
    """Return where a trailing stop that enters now starts from; 0 if it is not active yet."""
    last = market.last_price
    return last if last is not None and activates(side, special, last) else Ticks(0)


def activation_of(special: Special) -> Ticks | None:
    """Return the price that makes a trailing stop active; None: any."""
    activation = special.activation_price
    assert not isinstance(activation, str), "accepted terms are on the grid"
    return activation


def activates(side: Side, special: Special, price: Ticks) -> bool:
    """Say whether a trade makes a trailing stop active."""
    activation = activation_of(special)
    if activation is None:
        return True
    return price >= activation if side is Side.SELL else price <= activation


def supposed_extreme(market: Market, special: Special) -> Ticks:
    """Return what to reckon by while a trailing stop has no level yet."""
    activation = activation_of(special)
    return market.reference() if activation is None else activation


def peg_price(market: Market, side: Side, special: Special, limit: Ticks | None) -> Ticks | None:
    """Return where a pegged order belongs now; None while there is nothing to follow."""
    found = references(market)
    price = peg_wish(found, side, special, limit)
    best = found.opposite(side)
    if price is not None and best is not None:
        # It never takes: what would cross is held one tick from the opposite best.
        price = min(price, best - 1) if side is Side.BUY else max(price, best + 1)
    return Ticks(price) if price is not None and price > 0 else None


def peg_wish(found: References, side: Side, special: Special, limit: Ticks | None) -> int | None:
    """Return where a pegged order would be if nothing were in its way."""
    reference = _reference(found, side, special.peg)
    if reference is None:
        return None
    offset = special.peg_offset or 0
    assert isinstance(offset, int), "accepted terms are on the grid"
    price = reference + offset
    if limit is None:
        return price
    return min(price, limit) if side is Side.BUY else max(price, limit)


def stands(flock: tuple[Side, Peg], edge: int | None, seen: References, found: References) -> bool:
    """Say whether all orders of one side that follow one reference are where they belong still.

    `edge` is the most aggressive of their wishes; None where they had nothing to follow.
    """
    side, peg = flock
    if _reference(seen, side, peg) != _reference(found, side, peg):
        return False
    if edge is None or seen.opposite(side) == found.opposite(side):
        return True
    sign = 1 if side is Side.BUY else -1
    bests = seen.opposite(side), found.opposite(side)
    return all(best is None or sign * edge < sign * best for best in bests)


def references(market: Market) -> References:
    """Return everything that the prices of pegged orders depend on."""
    bids, asks = market.book.bids, market.book.asks
    return References(bids.best_led(), asks.best_led(), bids.best_price(), asks.best_price())


def _reference(found: References, side: Side, peg: Peg | None) -> int | None:
    bid, ask, _, _ = found
    if peg is Peg.BID:
        return bid
    if peg is Peg.ASK:
        return ask
    if bid is None or ask is None:
        return None
    # Away from the market: a buyer pays no more than half, a seller gets no less.
    return (bid + ask) // 2 if side is Side.BUY else divide_up(bid + ask, 2)
