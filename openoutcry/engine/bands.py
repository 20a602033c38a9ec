"""Price bands: where they are, what leaves the book because of them, and the halt at their ends.

Rule 1: nothing prints outside. A limit that could only print there is refused, a market order's is
clamped, and what rests there when the band narrows leaves the book until the band takes it back.
Rule 2: a band moves only between two orders, never while one trades.
"""

from typing import Final

from openoutcry.engine import auctions
from openoutcry.engine.alarms import AlarmKind
from openoutcry.engine.market import Market
from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.matching.band import REFRESH_SPAN, Band
from openoutcry.model.events import BandSet, OrderResumed, OrderSuspended
from openoutcry.model.instrument import Phase
from openoutcry.model.order import OrderType, Side, TimeInForce
from openoutcry.model.units import Nanos, Symbol, Ticks

LIMIT_STATE_SPAN: Final = Nanos(15 * 10**9)
"""How long a market may stand at its band before it halts."""


def fit(state: State, market: Market) -> None:
    """Give a market that is new or changed the band that its instrument asks for."""
    instrument, band = market.instrument, market.band
    symbol = instrument.symbol
    if instrument.band is None:
        if band is not None:
            forget(state, market)
            state.alarms.clear(AlarmKind.BAND, symbol)
            state.alarms.clear(AlarmKind.LIMIT_STATE, symbol)
            _announce(state, market)
    elif band is None:
        market.band = Band(instrument.band, (market.reference(), 1), state.now)
        state.banded[symbol] = market
        _announce(state, market)
    elif band.bps != instrument.band:
        band.bps = instrument.band
        band.set_ends()
        _announce(state, market)
    market.is_fenced = market.band is not None or instrument.collar is not None
    state.look_closely()


def forget(state: State, market: Market) -> None:
    """Forget a band whose prices mean nothing any more; nothing is open in the market."""
    if market.band is not None:
        market.band = None
        del state.banded[market.instrument.symbol]


def look(state: State, market: Market, prices: list[Ticks]) -> None:
    """Take in what has just traded, and whether the market stands at its band."""
    band = market.band
    assert band is not None, "only markets with a band are looked at"
    for price in prices:
        band.note(state.now, price)
    if prices:
        _refresh(state, market, band)
    _watch_ends(state, market, band)


def refresh(state: State, symbol: str) -> None:
    """Look at a reference again because time has passed."""
    market = state.markets[Symbol(symbol)]
    if market.band is not None:
        _refresh(state, market, market.band)
        _watch_ends(state, market, market.band)


def waits_beside(order: WorkingOrder) -> bool:
    """Say whether an order at market waits beside the book: for an auction, or for the band."""
    band = order.market.band
    return _is_for_auctions(order) or (band is not None and band.excludes(order.side, order.price))


def _is_for_auctions(order: WorkingOrder) -> bool:
    terms = order.terms
    is_market = terms.type is OrderType.MARKET
    return is_market or terms.time_in_force in (TimeInForce.OPG, TimeInForce.CLS)


def _refresh(state: State, market: Market, band: Band) -> None:
    if band.refresh(state.now):
        _announce(state, market)
    symbol = market.instrument.symbol
    if band.count and state.alarms.due(AlarmKind.BAND, symbol) is None:
        due = band.since + REFRESH_SPAN
        state.alarms.set(AlarmKind.BAND, symbol, due if due > state.now else due_again(state))


def due_again(state: State) -> int:
    """Return when a reference that did not move is looked at again."""
    return state.now + REFRESH_SPAN


def _announce(state: State, market: Market) -> None:
    """Tell of a band that has moved, and sort the book by it."""
    band = market.band
    lower, upper = (None, None) if band is None else band.ends()
    symbol = market.instrument.symbol
    state.events.append(BandSet(symbol=symbol, lower=lower, upper=upper))
    if band is not None:
        for side in Side:
            _suspend(state, market, band, side)
    _resume(state, market)


def _suspend(state: State, market: Market, band: Band, side: Side) -> None:
    ladder = market.book.side(side)
    while (best := ladder.best_price()) is not None and band.excludes(side, best):
        order = ladder.best()
        assert isinstance(order, WorkingOrder)
        state.lift(order)
        if isinstance(order, SpecialOrder):
            order.conceal()
        if market.aside is None:
            market.aside = {}
        market.aside[order.terms.order_id] = order
        state.note(order)
        state.events.append(OrderSuspended(order=state.report(order)))
    state.stir(market)


def _resume(state: State, market: Market) -> None:
    """Take back what the band admits; no other order can have come to those prices meanwhile."""
    waiting: list[WorkingOrder] = []
    for order in (market.aside or {}).values():
        assert isinstance(order, WorkingOrder)
        excluded = market.band is not None and market.band.excludes(order.side, order.price)
        if not excluded and not _is_for_auctions(order):
            waiting.append(order)
    for order in sorted(waiting, key=lambda order: order.stamp):
        assert market.aside is not None, "they were in it"
        del market.aside[order.terms.order_id]
        if isinstance(order, SpecialOrder):
            order.display()
        market.book.side(order.side).add(order)
        state.note(order)
        state.events.append(OrderResumed(order=order.report()))
    if waiting:
        state.stir(market)
    if market.instrument.phase is Phase.CONTINUOUS and auctions.is_crossed(market):
        auctions.uncross(state, market, None)


def _watch_ends(state: State, market: Market, band: Band) -> None:
    """Begin or end to count how long the market has stood at its band."""
    bid, ask = market.book.bids.best_price(), market.book.asks.best_price()
    at_end = market.instrument.phase is Phase.CONTINUOUS and (
        (bid is not None and bid >= band.upper) or (ask is not None and ask <= band.lower)
    )
    symbol = market.instrument.symbol
    if not at_end:
        state.alarms.clear(AlarmKind.LIMIT_STATE, symbol)
    elif state.alarms.due(AlarmKind.LIMIT_STATE, symbol) is None:
        state.alarms.set(AlarmKind.LIMIT_STATE, symbol, state.now + LIMIT_STATE_SPAN)
