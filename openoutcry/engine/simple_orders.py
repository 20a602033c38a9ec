"""The simple API's orders: accepted at once, cancelable while they wait, then at market.

Rule: the delay is in the command, so a replay needs no setting; when it ends, every check is made
that a fresh order gets, and one that fails cancels.
"""

from openoutcry.engine.entering import (
    go_to_market,
    means_for,
    measure,
    propose,
    top_up_for,
    trading_account,
    worst_rate_of,
)
from openoutcry.engine.listing import list_by_use
from openoutcry.engine.market import Market
from openoutcry.engine.refusing import reject_order
from openoutcry.engine.state import WORKING_ORDERS_MAX, State
from openoutcry.engine.working import WorkingOrder
from openoutcry.model.commands import EnterSimpleOrder
from openoutcry.model.events import OrderPended
from openoutcry.model.order import OrderStatus, OrderTerms, OrderType, Side
from openoutcry.model.reasons import Reason
from openoutcry.model.record import Entry
from openoutcry.model.units import UNIT, Lots, Nanos, OrderId
from openoutcry.risk.checks import TERMS, Refusal, first_refusal


def enter_simple_order(state: State, entry: Entry, command: EnterSimpleOrder) -> None:
    """Accept a delayed buy, listing its symbol if that is allowed, or refuse it."""
    account = trading_account(state, command.account_id)
    if account is None:
        return reject_order(state, command, Refusal(Reason.UNKNOWN_ACCOUNT))
    if len(state.orders) >= WORKING_ORDERS_MAX:
        allowed = {"open_orders": WORKING_ORDERS_MAX * UNIT}
        return reject_order(state, command, Refusal(Reason.OPEN_ORDERS_LIMIT, allowed))
    # Only after that: a refusal must not leave a listing behind.
    market = state.markets.get(command.symbol) or list_by_use(state, command)
    if market is None:
        return reject_order(state, command, Refusal(Reason.UNKNOWN_INSTRUMENT))
    increment = market.instrument.grid.quantity_increment
    lots, off_grid = divmod(command.quantity * UNIT, increment)
    if off_grid:
        allowed = {"quantity_increment": int(increment)}
        return reject_order(state, command, Refusal(Reason.QUANTITY_INCREMENT, allowed))
    order = WorkingOrder(_simple_terms(state, entry, market, command, lots), account, market)
    state.admit(order)
    state.note(order)
    state.events.append(OrderPended(order=order.report()))
    if command.delay_ns > 0:
        state.timers.set(order, Nanos(entry.at + command.delay_ns))
    else:
        _end_delay(state, order)
    return None


def fire(state: State, order: WorkingOrder) -> None:
    """Do what an order's timer is for: send a delayed one to market, or end one that lasted."""
    order.due = None
    if order.status is OrderStatus.PENDING_NEW:
        _end_delay(state, order)
    else:
        state.expire(order)


def _end_delay(state: State, order: WorkingOrder) -> None:
    """Make every check that a fresh order gets, then go to market; a failed one cancels."""
    market, account, terms = order.market, order.account, order.terms
    proposal = propose(state, account, market, terms)
    proposal.open_orders -= 1
    refusal = first_refusal(proposal, TERMS)
    if refusal is None:
        limit = market.protected_or_last(terms.side)
        worst_rate = worst_rate_of(market, account)
        held_per_lot = measure(proposal, market, account, limit, terms.quantity, worst_rate)
        top_up = top_up_for(proposal, account, terms.door)
        refusal = first_refusal(proposal, means_for(market, account))
        if refusal is None:
            go_to_market(state, order, limit, held_per_lot, top_up)
            return
    state.cancel(order, refusal.reason)


def _simple_terms(
    state: State, entry: Entry, market: Market, command: EnterSimpleOrder, lots: int
) -> OrderTerms:
    state.last_order_id += 1
    return OrderTerms(
        order_id=OrderId(state.last_order_id),
        account_id=command.account_id,
        symbol=command.symbol,
        grid=market.instrument.grid,
        side=Side.BUY,
        type=OrderType.MARKET_TO_LIMIT,
        quantity=Lots(lots),
        created_at=entry.at,
        door=entry.door,
    )
