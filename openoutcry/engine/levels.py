"""The prices that follow the market: of a trailing stop, of a pegged order.

Rule: a trailing stop's level in whole ticks is exact: a trade is at or beyond it if and only if it
is at or beyond the level as it would be without rounding, because trades print on whole ticks.
"""

from openoutcry.engine.market import Market
from openoutcry.engine.working import WorkingOrder
from openoutcry.matching.book import Ladder
from openoutcry.model.order import OrderType, Peg, Side, Special
from openoutcry.model.units import BPS_SCALE, Ticks, divide_up


def trailing_price(side: Side, special: Special, extreme: int) -> Ticks:
    """Return the level of a trailing stop whose best trade was `extreme`; 0: it cannot be hit."""
    trail, trail_bps = special.trail, special.trail_bps
    assert not isinstance(trail, str), "accepted terms are on the grid"
    if side is Side.SELL:
        if trail is not None:
            return Ticks(max(0, extreme - trail))
        assert trail_bps is not None, "a trailing stop has one trail"
        return Ticks(max(0, extreme * (BPS_SCALE - trail_bps) // BPS_SCALE))
    if trail is not None:
        return Ticks(extreme + trail)
    assert trail_bps is not None, "a trailing stop has one trail"
    return Ticks(divide_up(extreme * (BPS_SCALE + trail_bps), BPS_SCALE))


def first_extreme(market: Market, side: Side, special: Special) -> Ticks:
    """Return where a trailing stop that enters now starts from; 0 if it is not active yet."""
    last = market.last_price
    return last if last is not None and activates(side, special, last) else Ticks(0)


def activates(side: Side, special: Special, price: Ticks) -> bool:
    """Say whether a trade makes a trailing stop active."""
    activation = special.activation_price
    assert not isinstance(activation, str), "accepted terms are on the grid"
    if activation is None:
        return True
    return price >= activation if side is Side.SELL else price <= activation


def supposed_extreme(market: Market, special: Special) -> Ticks:
    """Return what to reckon by while a trailing stop has no level yet."""
    activation = special.activation_price
    assert not isinstance(activation, str), "accepted terms are on the grid"
    return market.reference() if activation is None else activation


def peg_price(market: Market, side: Side, special: Special, limit: Ticks | None) -> Ticks | None:
    """Return where a pegged order belongs now; None while there is nothing to follow."""
    reference = _reference(market, side, special.peg)
    if reference is None:
        return None
    offset = special.peg_offset or 0
    assert isinstance(offset, int), "accepted terms are on the grid"
    price = reference + offset
    best = market.book.opposite(side).best_price()
    if side is Side.BUY:
        price = price if limit is None else min(price, limit)
        price = price if best is None else min(price, best - 1)
    else:
        price = price if limit is None else max(price, limit)
        price = price if best is None else max(price, best + 1)
    return Ticks(price) if price > 0 else None


def _reference(market: Market, side: Side, peg: Peg | None) -> int | None:
    bid, ask = _best_of_others(market.book.bids), _best_of_others(market.book.asks)
    if peg is Peg.BID:
        return bid
    if peg is Peg.ASK:
        return ask
    if bid is None or ask is None:
        return None
    # Away from the market: a buyer pays no more than half, a seller gets no less.
    return (bid + ask) // 2 if side is Side.BUY else divide_up(bid + ask, 2)


def _best_of_others(ladder: Ladder) -> int | None:
    """Return the best price at which anything but pegged orders rests."""
    for level in ladder.walk():
        for order in level:
            assert isinstance(order, WorkingOrder), "the engine's books hold working orders"
            if order.terms.type is not OrderType.PEGGED:
                return level.price
    return None
