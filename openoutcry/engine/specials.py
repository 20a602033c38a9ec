"""Entering an order with special terms: checks, what it holds, and how it goes to market."""

from openoutcry.engine import entering, stops
from openoutcry.engine.levels import trailing_price
from openoutcry.engine.market import Market
from openoutcry.engine.recounting import recounted
from openoutcry.engine.refusing import reject_order
from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.state import State
from openoutcry.engine.vetting import Plan, vet_new
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.commands import EnterOrder
from openoutcry.model.order import OrderType
from openoutcry.model.reasons import Reason
from openoutcry.model.record import Entry
from openoutcry.model.units import Lots, Ticks
from openoutcry.risk.checks import Refusal


def enter_order(state: State, entry: Entry, command: EnterOrder) -> None:
    """Enter an order that goes to market, or to sleep, at once; or refuse it."""
    if command.special is None:
        return entering.enter_order(state, entry, command)
    found = whereabouts(state, command)
    if isinstance(found, Refusal):
        return reject_order(state, command, found)
    market, account = found
    if command.grid is not None and command.grid != market.instrument.grid:
        command = recounted(command, command.grid, market.instrument.grid)
    plan = vet_new(state, account, market, command, entry.door)
    if isinstance(plan, Refusal):
        return reject_order(state, command, plan)
    order = admit(state, entry, command, market, account)
    accept(state, order, plan, plan.need_per_lot)
    proceed(state, order, plan)
    return None


def whereabouts(state: State, command: EnterOrder) -> tuple[Market, LedgerAccount] | Refusal:
    """Return where an order belongs and whose it is, or why not."""
    account = entering.trading_account(state, command.account_id)
    if account is None:
        return Refusal(Reason.UNKNOWN_ACCOUNT)
    market = state.markets.get(command.symbol)
    return Refusal(Reason.UNKNOWN_INSTRUMENT) if market is None else (market, account)


def admit(
    state: State, entry: Entry, command: EnterOrder, market: Market, account: LedgerAccount
) -> SpecialOrder:
    """Make an order that passed known to the venue and to its group."""
    order = SpecialOrder(entering.terms_of(state, entry, market, command), account, market)
    state.admit(order)
    state.links.join(order)
    if order.special.expires_at is not None:
        state.timers.set(order, order.special.expires_at)
    return order


def accept(state: State, order: SpecialOrder, plan: Plan, held_per_lot: int) -> None:
    """Say that an order is at market, or sleeps, with what is left of one that may only reduce."""
    order.canceled_quantity += order.leaves_quantity - plan.leaves
    order.leaves_quantity = plan.leaves
    order.need_per_lot = plan.need_per_lot
    order.hidden_quantity = Lots(0)
    state.links.tie(order)
    if order.terms.type in (OrderType.STOP, OrderType.STOP_LIMIT):
        stop_price = order.special.stop_price
        assert isinstance(stop_price, int), "accepted terms are on the grid"
        order.stop_price = Ticks(stop_price)
        order.conceal()
    elif order.terms.type is OrderType.TRAILING_STOP:
        order.extreme = plan.extreme
        if plan.extreme:
            order.stop_price = trailing_price(order.side, order.special, plan.extreme)
        order.conceal()
    entering.accept(state, order, plan.price, held_per_lot, plan.top_up)
    if order.is_stop:
        stops.sleep(state, order)


def proceed(state: State, order: SpecialOrder, plan: Plan) -> None:
    """Match an accepted order and let rest or end what is left; a stop sleeps already."""
    if not order.is_stop:
        entering.come_in(state, order, plan.price)
