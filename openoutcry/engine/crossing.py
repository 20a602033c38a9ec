"""Matching one incoming order against the book, and settling every trade it makes.

Rule 1: a trade prints at the resting order's price, never beyond either limit.
Rule 2: an account, or a group of accounts, never trades with itself; see `prevention`.
"""

from typing import Final

from openoutcry.engine import bonds, prevention, quoting
from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import Holding
from openoutcry.model.account import Funds
from openoutcry.model.events import OrderExecuted, OrderRested
from openoutcry.model.order import OrderStatus, Side
from openoutcry.model.units import Amount, Lots, Ticks, TradeId, fee_of

# Members as plain names: reading one off its enumeration costs more than a call, and every order
# comes this way.
_BUY: Final = Side.BUY
_SELL: Final = Side.SELL
_PARTIALLY_FILLED: Final = OrderStatus.PARTIALLY_FILLED
_FILLED: Final = OrderStatus.FILLED


def cross(state: State, taker: WorkingOrder, limit: int) -> None:
    """Trade `taker` with everything it reaches; afterwards it may be ended, or have leaves."""
    ladder = taker.market.book.opposite(taker.side)
    owner = taker.account
    while taker.leaves_quantity and ladder.reaches(limit):
        maker = ladder.best()
        assert isinstance(maker, WorkingOrder)
        kin = maker.account.account.stp_group
        if maker.account is owner or (kin is not None and kin == owner.account.stp_group):
            prevention.prevent(state, taker, maker)
        else:
            _trade(state, taker, maker)


def _trade(state: State, taker: WorkingOrder, maker: WorkingOrder) -> None:
    shown = maker.leaves_quantity - maker.hidden_quantity
    quantity = Lots(min(taker.leaves_quantity, shown))
    taker.leaves_quantity = Lots(taker.leaves_quantity - quantity)
    maker.market.book.side(maker.side).reduce(maker, quantity)
    _print(state, taker, maker, quantity, maker.price)
    if not maker.leaves_quantity:
        state.dismiss(maker)
    elif quantity == shown:
        maker.market.book.side(maker.side).remove(maker)
        _refill(state, maker)
    if not taker.leaves_quantity:
        state.dismiss(taker)
    links = state.links
    if links.groups or links.reducing or links.ended:
        bonds.follow_trade(state, taker, maker, quantity)
    if maker.account.quotes is not None:
        quoting.count(state, maker, quantity)


def meet(state: State, taker: WorkingOrder, maker: WorkingOrder, price: Ticks) -> None:
    """Trade two orders at the price of an auction, or keep them from it; one of them ends."""
    if prevention.must_not_meet(taker, maker):
        prevention.prevent(state, taker, maker, price)
        return
    quantity = Lots(min(taker.leaves_quantity, maker.leaves_quantity))
    returning = [order for order in (taker, maker) if _give(order, quantity)]
    _print(state, taker, maker, quantity, price, in_auction=True)
    for order in (taker, maker):
        if not order.leaves_quantity:
            state.dismiss(order)
    for order in returning:
        _refill(state, order)
    links = state.links
    if links.groups or links.reducing or links.ended:
        bonds.follow_trade(state, taker, maker, quantity)


def _give(order: WorkingOrder, quantity: Lots) -> bool:
    """Take a fill off an order where it waits; say whether what is left must be shown anew."""
    shown = order.leaves_quantity - order.hidden_quantity
    ladder = order.market.book.side(order.side)
    if order.level is not None and quantity < shown:
        ladder.reduce(order, quantity)
        return False
    rested = order.level is not None
    if rested:
        ladder.remove(order)
    order.leaves_quantity = Lots(order.leaves_quantity - quantity)
    if isinstance(order, SpecialOrder):
        order.conceal()
    if not order.leaves_quantity and order.market.aside is not None:
        order.market.aside.pop(order.terms.order_id, None)
    return rested and order.leaves_quantity > 0


def _print(
    state: State,
    taker: WorkingOrder,
    maker: WorkingOrder,
    quantity: Lots,
    price: Ticks,
    *,
    in_auction: bool = False,
) -> None:
    """Settle a trade and tell of it; its quantity has been taken off both orders already."""
    market = taker.market
    notional = price * quantity * market.unit
    taker_rate = taker.maker_rate if in_auction else taker.taker_rate
    taker_fee = fee_of(notional, taker_rate) if taker_rate else Amount(0)
    maker_fee = fee_of(notional, maker.maker_rate) if maker.maker_rate else Amount(0)
    if taker.side is _BUY:
        funds = _settle(taker, taker_fee, maker, maker_fee, quantity, notional)
        taker_funds, maker_funds = funds
    else:
        funds = _settle(maker, maker_fee, taker, taker_fee, quantity, notional)
        maker_funds, taker_funds = funds
    if taker_fee + maker_fee:
        state.ledger.collect(market.instrument.grid.currency, taker_fee + maker_fee)
    market.last_price = price
    if market.watch is not None:
        market.watch.trades.append(price)
        state.stir(market)
    state.last_trade_id += 1
    for order, fee in ((taker, taker_fee), (maker, maker_fee)):
        order.cum_quantity += quantity
        order.cost += price * quantity
        order.fees += fee
        order.become(_PARTIALLY_FILLED if order.leaves_quantity else _FILLED)
        state.note(order)
    state.events.append(
        OrderExecuted(
            trade_id=TradeId(state.last_trade_id),
            symbol=market.instrument.symbol,
            side=None if in_auction else taker.side,
            price=price,
            quantity=quantity,
            taker=taker.report(),
            maker=maker.report(),
            taker_fee=taker_fee,
            maker_fee=maker_fee,
            taker_funds=taker_funds,
            maker_funds=maker_funds,
        )
    )


def _refill(state: State, maker: WorkingOrder) -> None:
    """Show the next part of an iceberg, behind everything that is shown at its price."""
    state.rest(maker)
    state.note(maker)
    state.events.append(OrderRested(order=maker.report()))


def _settle(
    buyer: WorkingOrder,
    buyer_fee: int,
    seller: WorkingOrder,
    seller_fee: int,
    lots: int,
    cost: int,
) -> tuple[Funds, Funds]:
    """Post both sides of a trade and take its part out of both holds; return buyer's, seller's."""
    grid = buyer.terms.grid
    size = lots * grid.quantity_increment
    cash, asset = (
        buyer.account.holding(grid.currency),
        buyer.account.holding(grid.asset),
    )
    cash.total -= cost + buyer_fee
    cash.held -= lots * buyer.held_per_lot
    asset.total += size
    bought = _funds(asset, cash)
    cash, asset = (
        seller.account.holding(grid.currency),
        seller.account.holding(grid.asset),
    )
    cash.total += cost - seller_fee
    asset.total -= size
    asset.held -= lots * seller.held_per_lot
    sold = _funds(asset, cash)
    symbol = buyer.terms.symbol
    buyer.account.position(symbol).fill(_BUY, lots, cost)
    seller.account.position(symbol).fill(_SELL, lots, cost)
    return bought, sold


def _funds(asset: Holding, cash: Holding) -> Funds:
    return Funds(Amount(asset.total), Amount(cash.total))
