"""Busts: a trade is undone, with its fees, on both sides.

Rule 1: nobody is left with less than nothing: what orders hold of it is set free by canceling them,
and where an account has spent what it would have to give back, the bust is refused.
Rule 2: what was busted does not come back to the book; it counts as canceled of its order, so that
a filled order goes back to `canceled`. It is the only way out of `filled`.
"""

from typing import NamedTuple

from msgspec.structs import replace

from openoutcry.engine import bonds
from openoutcry.engine.refusing import refuse
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.account import FEES, HOUSE, AccountKind, PostingKind
from openoutcry.model.commands import BustTrade
from openoutcry.model.events import FundsMoved, OrderExecuted, TradeBusted
from openoutcry.model.instrument import notional_unit
from openoutcry.model.order import OrderReport, OrderStatus, Side
from openoutcry.model.reasons import Reason
from openoutcry.model.totals import PositionFigures
from openoutcry.model.units import (
    AccountId,
    Amount,
    Asset,
    Lots,
    Nanos,
    OrderId,
    Sequence,
    TradeId,
)


class _Side(NamedTuple):
    """One side of the trade: whose, and what it must give back of what."""

    owner: LedgerAccount
    report: OrderReport
    fee: int
    asset: Asset
    gives: int


class _Movement(NamedTuple):
    """What one posting moves, and on account of what."""

    kind: PostingKind
    owner: LedgerAccount
    counter_id: AccountId
    asset: Asset
    amount: int
    trade_id: TradeId | None = None
    order_id: OrderId | None = None
    counter_order_id: OrderId | None = None


def bust_trade(state: State, command: BustTrade) -> None:
    """Undo a trade."""
    trade = command.trade
    if trade.trade_id in state.busted:
        return refuse(state, Reason.ALREADY_BUSTED, str(trade.trade_id))
    if not 0 < trade.trade_id <= state.last_trade_id:
        return refuse(state, Reason.NOT_FOUND, str(trade.trade_id))
    for report in (trade.taker, trade.maker):
        if report.leaves_quantity and report.terms.order_id not in state.orders:
            # It has ended since somebody looked, so how it stands is not known here.
            return refuse(state, Reason.UNKNOWN_ORDER, str(report.terms.order_id))
    buyer, seller = _sides(state, trade)
    for side in (buyer, seller):
        if not _can_give(side):
            lacks_cash = side is seller
            reason = Reason.INSUFFICIENT_FUNDS if lacks_cash else Reason.INSUFFICIENT_ASSET
            has = int(side.owner.holding(side.asset).total)
            return refuse(
                state,
                reason,
                side.owner.account.account_id,
                {"available": has, "needed": side.gives},
            )
    state.busted[trade.trade_id] = None
    for side in (buyer, seller):
        _free(state, side)
    _give_back(state, trade, buyer, seller)
    taken_from = state.markets.get(trade.symbol) or state.delisted.get(trade.symbol)
    taker, maker = (_corrected(state, report, trade) for report in (trade.taker, trade.maker))
    state.events.append(
        TradeBusted(
            trade_id=trade.trade_id,
            symbol=trade.symbol,
            price=trade.price,
            quantity=trade.quantity,
            taker=taker,
            maker=maker,
            reason=command.reason,
            taker_position=_position(state, taker),
            maker_position=_position(state, maker),
            mark=taken_from.last_price if taken_from is not None else None,
        )
    )
    for side in (buyer, seller):
        bonds.keep_within(state, side.owner, trade.symbol)
    return None


def _position(state: State, report: OrderReport) -> PositionFigures:
    """Return what the bust has left of a position."""
    owner = state.ledger.accounts[report.terms.account_id]
    found = owner.position(report.terms.symbol)
    return PositionFigures(found.quantity, Amount(found.cost), Amount(found.realized))


def _sides(state: State, trade: OrderExecuted) -> tuple[_Side, _Side]:
    """Return buyer and seller, with what each must give back."""
    grid = trade.taker.terms.grid
    notional = trade.price * trade.quantity * notional_unit(grid)
    taken = (trade.taker, trade.taker_fee), (trade.maker, trade.maker_fee)
    buys = taken if trade.taker.terms.side is Side.BUY else taken[::-1]
    (bought, buyer_fee), (sold, seller_fee) = buys
    accounts = state.ledger.accounts
    return (
        _Side(
            accounts[bought.terms.account_id],
            bought,
            buyer_fee,
            grid.asset,
            trade.quantity * grid.quantity_increment,
        ),
        _Side(
            accounts[sold.terms.account_id], sold, seller_fee, grid.currency, notional - seller_fee
        ),
    )


def _can_give(side: _Side) -> bool:
    account = side.owner.account
    if account.margin > 1 or account.kind in (AccountKind.DEMO, AccountKind.AGENT):
        return True
    return side.owner.holding(side.asset).total >= side.gives


def _free(state: State, side: _Side) -> None:
    """Make what a side gives back available: from its orders, and on paper accounts by a top-up."""
    account = side.owner.account
    if account.margin > 1:
        return
    for order in list(state.orders_by_account.get(account.account_id, {}).values()):
        if side.owner.available(side.asset) >= side.gives:
            return
        grid = order.terms.grid
        if order.is_live() and side.asset == (grid.currency if order.is_buy else grid.asset):
            lacks = Reason.INSUFFICIENT_FUNDS if order.is_buy else Reason.INSUFFICIENT_ASSET
            state.cancel(order, lacks)
    lacking = side.gives - side.owner.available(side.asset)
    if lacking > 0:
        _move(state, _Movement(PostingKind.TOP_UP, side.owner, HOUSE, side.asset, lacking))


def _give_back(state: State, trade: OrderExecuted, buyer: _Side, seller: _Side) -> None:
    grid = trade.taker.terms.grid
    size = trade.quantity * grid.quantity_increment
    notional = trade.price * trade.quantity * notional_unit(grid)
    bust, other = PostingKind.BUST, seller.owner.account.account_id
    ids = trade.trade_id, buyer.report.terms.order_id, seller.report.terms.order_id
    _move(state, _Movement(bust, buyer.owner, other, grid.asset, -size, *ids))
    _move(state, _Movement(bust, buyer.owner, other, grid.currency, notional, *ids))
    for side in (buyer, seller):
        if side.fee:
            of_fee = trade.trade_id, side.report.terms.order_id
            _move(state, _Movement(bust, side.owner, FEES, grid.currency, side.fee, *of_fee))
    buyer.owner.position(trade.symbol).undo(Side.BUY, trade.quantity, notional)
    seller.owner.position(trade.symbol).undo(Side.SELL, trade.quantity, notional)


def _move(state: State, moved: _Movement) -> None:
    owner, counter = moved.owner, state.ledger.accounts[moved.counter_id]
    state.ledger.move(counter, owner, moved.asset, moved.amount)
    state.events.append(
        FundsMoved(
            kind=moved.kind,
            account_id=owner.account.account_id,
            counter_account_id=moved.counter_id,
            asset=moved.asset,
            amount=Amount(moved.amount),
            balance=Amount(owner.holding(moved.asset).total),
            counter_balance=Amount(counter.holding(moved.asset).total),
            held=Amount(owner.holding(moved.asset).held),
            counter_held=Amount(counter.holding(moved.asset).held),
            trade_id=moved.trade_id,
            order_id=moved.order_id,
            counter_order_id=moved.counter_order_id,
        )
    )


def _corrected(state: State, report: OrderReport, trade: OrderExecuted) -> OrderReport:
    """Take the trade off an order: off the live one, or off what became of one that has ended."""
    order_id = report.terms.order_id
    fee = trade.taker_fee if report is trade.taker else trade.maker_fee
    live = state.orders.get(order_id)
    if live is not None:
        return _take_off(state, live, trade, fee)
    report = state.busted_orders.get(order_id, report)
    was_filled = report.status is OrderStatus.FILLED
    corrected = replace(
        report,
        status=OrderStatus.CANCELED if was_filled else report.status,
        reason=Reason.ADMINISTRATOR if was_filled else report.reason,
        cum_quantity=Lots(report.cum_quantity - trade.quantity),
        canceled_quantity=Lots(report.canceled_quantity + trade.quantity),
        cost=report.cost - trade.price * trade.quantity,
        fees=Amount(report.fees - fee),
        rested=None,
        holding=None,
        sequence=Sequence(state.sequence + len(state.events) + 1),
        updated_at=Nanos(state.now),
    )
    state.busted_orders[order_id] = corrected
    return corrected


def _take_off(state: State, order: WorkingOrder, trade: OrderExecuted, fee: int) -> OrderReport:
    order.cum_quantity -= trade.quantity
    order.canceled_quantity += trade.quantity
    order.cost -= trade.price * trade.quantity
    order.fees -= fee
    state.note(order)
    return order.report()
