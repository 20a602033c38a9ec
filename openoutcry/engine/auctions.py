"""Auction calls: orders accumulate, what it would come to is published, and then it uncrosses.

Rule 1: everything that can trade at the one price does, market orders first, then by price, then
by time; all print at that price, at the maker rate.
Rule 2: a call that a halt interrupts goes on; its orders are uncrossed when trading goes on.

What takes part: all that rests in the book, an iceberg with all of its quantity, and of what waits
beside it the market orders and, at the opening `opg`, at the close `cls`.
"""

from typing import Final, NamedTuple

from openoutcry.engine import crossing
from openoutcry.engine.alarms import AlarmKind
from openoutcry.engine.market import Call, Market
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.matching import auction
from openoutcry.matching.book import Ladder
from openoutcry.model.events import IndicativeChanged
from openoutcry.model.instrument import Indicative, Phase, SessionTurn
from openoutcry.model.order import OrderType, Side, TimeInForce
from openoutcry.model.reasons import Reason
from openoutcry.model.units import Lots, Nanos, Ticks

PUBLISHING_SPAN: Final = Nanos(10**9)
"""The indicative price is published at most so often."""
ENDINGS: Final = (Phase.CONTINUOUS, Phase.CLOSED)
LASTING: Final = (TimeInForce.GTC, TimeInForce.DAY)
"""Of market orders: here only to the end of the call."""


class Figures(NamedTuple):
    """An auction as everybody may ask for it."""

    indicative: Indicative
    ends_at: Nanos | None
    """When the venue itself will end the call; None when nobody can know."""


def open_call(state: State, market: Market) -> None:
    """Begin a call, or go on with the one that there is."""
    if market.call is None:
        market.call = Call()
        state.calls[market.instrument.symbol] = market
        state.look_closely()


def accumulate(state: State, order: WorkingOrder) -> None:
    """Let an order that is at market wait for an auction."""
    if order.terms.type is OrderType.MARKET or _is_of_auctions(order):
        state.set_aside(order)
    else:
        state.rest_after_all(order)


def close_call(state: State, market: Market, phase: Phase) -> None:
    """End the call by going to `continuous` or `closed`: uncross, and cancel what only came for it.

    Without a call only what is left over from one is canceled.
    """
    lasting = TimeInForce.OPG if phase is Phase.CONTINUOUS else TimeInForce.CLS
    if market.call is not None:
        uncross(state, market, lasting)
        market.call = None
        del state.calls[market.instrument.symbol]
        state.alarms.clear(AlarmKind.INDICATIVE, market.instrument.symbol)
        state.look_closely()
    elif is_crossed(market):
        uncross(state, market, None)
    for order in _aside(market):
        terms = order.terms
        if terms.order_id not in state.orders:
            continue
        if terms.type is OrderType.MARKET and terms.time_in_force in (lasting, *LASTING):
            state.cancel(order, Reason.INSUFFICIENT_LIQUIDITY)
        elif terms.time_in_force is lasting:
            state.cancel(order, Reason.EXPIRED)


def is_crossed(market: Market) -> bool:
    """Say whether bids and asks meet: in a call, or once a band has widened."""
    bid, ask = market.book.bids.best_price(), market.book.asks.best_price()
    return bid is not None and ask is not None and bid >= ask


def uncross(state: State, market: Market, lasting: TimeInForce | None) -> None:
    """Trade all that meets. Self-trade prevention may leave orders that meet; they go again."""
    while (found := _clearing(market, lasting)) is not None:
        buys = _in_line(market, Side.BUY, lasting, found.price)
        sells = _in_line(market, Side.SELL, lasting, found.price)
        _match(state, buys, sells, Ticks(found.price))


def figures(state: State, market: Market) -> Figures:
    """Return what the call would come to now."""
    symbol = market.instrument.symbol
    ends_at = state.alarms.due(AlarmKind.CALL_ENDS, symbol)
    if market.call is None:
        return Figures(Indicative(), ends_at)
    turn = _next_end(state, market)
    if ends_at is None and turn is not None:
        ends_at = turn.at
    return Figures(_indicative(market, _lasting(state, market)), ends_at)


def _next_end(state: State, market: Market) -> SessionTurn | None:
    """Return when the calendar ends the call."""
    turns = state.sessions.get(market.instrument.calendar, ())
    return next((turn for turn in turns if turn.phase in ENDINGS), None)


def _lasting(state: State, market: Market) -> TimeInForce:
    """Say who takes part besides those that last: at the close if the calendar says so."""
    turn = _next_end(state, market)
    is_close = turn is not None and turn.phase is Phase.CLOSED
    return TimeInForce.CLS if is_close else TimeInForce.OPG


def look(state: State, market: Market) -> None:
    """Publish the indicative price if it has changed, or promise to, if it is too early."""
    call, symbol = market.call, market.instrument.symbol
    assert call is not None, "only calls are looked at"
    due = call.published_at + PUBLISHING_SPAN
    if state.now < due:
        state.alarms.set(AlarmKind.INDICATIVE, symbol, due)
        return
    indicative = _indicative(market, _lasting(state, market))
    if indicative != call.shown:
        call.shown = indicative
        call.published_at = state.now
        state.events.append(IndicativeChanged(symbol=symbol, indicative=indicative))


def _indicative(market: Market, lasting: TimeInForce) -> Indicative:
    found = _clearing(market, lasting)
    if found is None:
        return Indicative()
    return Indicative(
        price=Ticks(found.price), paired=Lots(found.volume), imbalance=Lots(found.surplus)
    )


def _clearing(market: Market, lasting: TimeInForce | None) -> auction.Clearing | None:
    buys, sells = (
        [
            auction.Interest(
                order.price, order.leaves_quantity, order.terms.type is OrderType.MARKET
            )
            for order in _takes_part(market, side, lasting)
        ]
        for side in (Side.BUY, Side.SELL)
    )
    bounds = auction.ALL_PRICES if market.band is None else market.band.ends()
    return auction.clearing(buys, sells, market.reference(), bounds)


def _takes_part(market: Market, side: Side, lasting: TimeInForce | None) -> list[WorkingOrder]:
    """Return what may trade: of the book only levels that the other side reaches."""
    beside = [
        order
        for order in _aside(market)
        if order.side is side
        and (order.terms.time_in_force is lasting or order.terms.time_in_force in LASTING)
        and (order.terms.type is OrderType.MARKET or _is_of_auctions(order))
    ]
    return [*beside, *_reached(market, market.book.side(side))]


def _reached(market: Market, ladder: Ladder) -> list[WorkingOrder]:
    """Return the orders of a ladder, best first, that anything on the other side could meet."""
    other = market.book.asks if ladder is market.book.bids else market.book.bids
    side = Side.SELL if ladder.sign == 1 else Side.BUY
    limits = [order.price for order in _aside(market) if order.side is side]
    best = other.best_price()
    if best is not None:
        limits.append(best)
    if not limits:
        return []
    furthest = min(limits) if ladder.sign == 1 else max(limits)
    found: list[WorkingOrder] = []
    for level in ladder.walk():
        if level.price * ladder.sign < furthest * ladder.sign:
            break
        for order in level:
            assert isinstance(order, WorkingOrder)
            found.append(order)
    return found


def _in_line(
    market: Market, side: Side, lasting: TimeInForce | None, price: int
) -> list[WorkingOrder]:
    """Return what trades at a price, in order of priority."""
    sign = 1 if side is Side.BUY else -1
    line = [o for o in _takes_part(market, side, lasting) if o.price * sign >= price * sign]
    return sorted(line, key=lambda o: (*_rank(o, sign), o.stamp))


def _rank(order: WorkingOrder, sign: int) -> tuple[int, int]:
    return (0, 0) if order.terms.type is OrderType.MARKET else (1, -sign * order.price)


def _match(state: State, buys: list[WorkingOrder], sells: list[WorkingOrder], price: Ticks) -> None:
    """Pair both lines from their heads; the later stamp is the taker. Each step ends an order."""
    # As they stood when it began: an iceberg that shows its next part gets a new one meanwhile.
    stamps = {order.terms.order_id: order.stamp for order in (*buys, *sells)}
    buy_at = sell_at = 0
    while buy_at < len(buys) and sell_at < len(sells):
        buy, sell = buys[buy_at], sells[sell_at]
        if not buy.leaves_quantity:
            buy_at += 1
        elif not sell.leaves_quantity:
            sell_at += 1
        else:
            later = stamps[buy.terms.order_id] > stamps[sell.terms.order_id]
            crossing.meet(state, *((buy, sell) if later else (sell, buy)), price)


def _aside(market: Market) -> list[WorkingOrder]:
    """Return what waits beside the book, in order of its stamps."""
    found: list[WorkingOrder] = []
    for order in (market.aside or {}).values():
        assert isinstance(order, WorkingOrder)
        found.append(order)
    return sorted(found, key=lambda order: order.stamp)


def _is_of_auctions(order: WorkingOrder) -> bool:
    return order.terms.time_in_force in (TimeInForce.OPG, TimeInForce.CLS)
