"""Stops: orders that sleep until a price is there, and then come in as if they were new.

Rule 1: every trade counts, even if a later one leaves the price again; a quote counts when all that
followed from the command is done.
Rule 2: what was hit runs one after the other, each to completion: buys with the lowest trigger
first, then sells with the highest, equal ones in order of entry.
Rule 3: outside of continuous trading nothing runs; what was hit waits.
"""

from openoutcry.engine import bonds
from openoutcry.engine.entering import come_in
from openoutcry.engine.market import Market
from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.state import State
from openoutcry.engine.vetting import Plan, vet_again
from openoutcry.matching.watch import Turn
from openoutcry.model.events import OrderTriggered
from openoutcry.model.instrument import Phase
from openoutcry.model.order import OrderType, Side, Trigger
from openoutcry.model.reasons import Reason
from openoutcry.model.units import Lots, OrderId, Ticks


def sleep(state: State, order: SpecialOrder) -> None:
    """Let a stop wait for its price. One that is through its trigger already is hit at once."""
    last = order.market.last_price
    through = order.terms.type is not OrderType.TRAILING_STOP and order.trigger is Trigger.LAST
    if through and last is not None and is_through(order, last):
        state.links.watch(order).strike(turn_of(order))
    else:
        state.links.lay_to_sleep(order)
    state.stir(order.market)


def is_through(order: SpecialOrder, price: Ticks) -> bool:
    """Say whether a price is at a stop or beyond it; one without a level is never hit."""
    if not order.stop_price:
        return False
    return price >= order.stop_price if order.is_buy else price <= order.stop_price


def fire_next(state: State) -> bool:
    """Run the next stop that was hit; say whether there was one."""
    for market in list(state.links.stirred.values()):
        hear_trades(state, market)
        watch = market.watch
        if watch is None or not watch.hit or market.instrument.phase is not Phase.CONTINUOUS:
            continue
        order_id = watch.next_hit()
        assert order_id is not None, "there is one"
        _fire(state, _stop(state, order_id))
        return True
    return False


def look_at_quotes(state: State) -> bool:
    """Hit the stops that the best prices reach now; say whether there were any."""
    for symbol, market in list(state.links.stirred.items()):
        watch = market.watch
        if watch is not None and market.instrument.phase is Phase.CONTINUOUS:
            for side in Side:
                best = market.book.opposite(side).best_price()
                for turn in () if best is None else watch.sleepers(Trigger.QUOTE, side).hit(best):
                    watch.strike(turn)
            if watch.hit:
                return True
        del state.links.stirred[symbol]
    return False


def hear_trades(state: State, market: Market) -> None:
    """Hit the stops that were reached by what has traded since this was asked last."""
    watch = market.watch
    if watch is None or not watch.trades:
        return
    trades, watch.trades = watch.trades, []
    for side, furthest in ((Side.BUY, max(trades)), (Side.SELL, min(trades))):
        for turn in watch.sleepers(Trigger.LAST, side).hit(furthest):
            watch.strike(turn)
        trails = watch.trails(side)
        for price in trades if trails else ():
            for hit in trails.trade(price):
                order = _stop(state, hit.order_id)
                order.extreme, order.stop_price = hit.extreme, hit.level
                watch.strike(turn_of(order))


def turn_of(order: SpecialOrder) -> Turn:
    """Return what decides which of several stops that were hit runs first."""
    distance = order.stop_price if order.is_buy else -order.stop_price
    return Turn(not order.is_buy, distance, order.terms.order_id)


def _fire(state: State, order: SpecialOrder) -> None:
    """Let a stop come in as a fresh order: with every check, and what it holds reckoned anew."""
    state.links.wake(order)
    order.triggered_at = state.now
    order.hidden_quantity = Lots(0)
    plan = vet_again(state, order)
    if not isinstance(plan, Plan):
        _tell(state, order)
        state.cancel(order, plan.reason)
        return
    fees = order.account.rates or order.market.instrument.fees
    order.maker_rate, order.taker_rate = fees.maker, fees.taker
    order.price = plan.price or Ticks(0)
    other = bonds.hold(state, order, plan.need_per_lot)
    _tell(state, order)
    if other is not None:
        bonds.restate(state, other, Reason.GROUP)
    come_in(state, order, plan.price)


def _tell(state: State, order: SpecialOrder) -> None:
    state.note(order)
    state.events.append(OrderTriggered(order=state.report(order)))


def _stop(state: State, order_id: OrderId) -> SpecialOrder:
    order = state.orders[order_id]
    assert isinstance(order, SpecialOrder), "only special terms stop an order"
    return order
