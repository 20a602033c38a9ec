"""Matching one incoming order against the book, and settling every trade it makes.

Rule 1: a trade prints at the resting order's price, never beyond either limit.
Rule 2: an account never trades with itself: the incoming order's rest expires instead.
"""

from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import Holding
from openoutcry.model.account import Funds
from openoutcry.model.events import OrderExecuted
from openoutcry.model.order import OrderStatus, Side
from openoutcry.model.units import Amount, Lots, TradeId, fee_of


def cross(state: State, taker: WorkingOrder, limit: int) -> None:
    """Trade `taker` with everything it reaches; afterwards it may be ended, or have leaves."""
    ladder = taker.market.book.opposite(taker.side)
    while taker.leaves_quantity and ladder.reaches(limit):
        maker = ladder.best()
        assert isinstance(maker, WorkingOrder)
        if maker.account is taker.account:
            state.expire_prevented(taker)
            return
        _trade(state, taker, maker)


def fillable(taker: WorkingOrder, limit: int) -> int:
    """Return how much `taker` could trade at once, up to its own quantity."""
    ladder = taker.market.book.opposite(taker.side)
    found = 0
    for level in ladder.walk():
        if level.price * ladder.sign < limit * ladder.sign:
            break
        for maker in level:
            assert isinstance(maker, WorkingOrder)
            if maker.account is taker.account:
                return found
            found += maker.leaves_quantity
            if found >= taker.leaves_quantity:
                return taker.leaves_quantity
    return found


def _trade(state: State, taker: WorkingOrder, maker: WorkingOrder) -> None:
    market = taker.market
    quantity = min(taker.leaves_quantity, maker.leaves_quantity)
    price = maker.price
    notional = price * quantity * market.unit
    taker_fee = fee_of(notional, taker.taker_rate) if taker.taker_rate else Amount(0)
    maker_fee = fee_of(notional, maker.maker_rate) if maker.maker_rate else Amount(0)
    if taker.side is Side.BUY:
        funds = _settle(taker, taker_fee, maker, maker_fee, quantity, notional)
        taker_funds, maker_funds = funds
    else:
        funds = _settle(maker, maker_fee, taker, taker_fee, quantity, notional)
        maker_funds, taker_funds = funds
    if taker_fee + maker_fee:
        state.ledger.collect(market.instrument.grid.currency, taker_fee + maker_fee)
    taker.leaves_quantity = Lots(taker.leaves_quantity - quantity)
    market.book.side(maker.side).reduce(maker, quantity)
    market.last_price = price
    state.last_trade_id += 1
    for order, fee in ((taker, taker_fee), (maker, maker_fee)):
        order.cum_quantity += quantity
        order.cost += price * quantity
        order.fees += fee
        order.become(OrderStatus.PARTIALLY_FILLED if order.leaves_quantity else OrderStatus.FILLED)
        state.note(order)
    state.events.append(
        OrderExecuted(
            trade_id=TradeId(state.last_trade_id),
            symbol=market.instrument.symbol,
            side=taker.side,
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
    if not maker.leaves_quantity:
        state.dismiss(maker)
    if not taker.leaves_quantity:
        state.dismiss(taker)


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
    buyer.account.position(symbol).fill(Side.BUY, lots, cost)
    seller.account.position(symbol).fill(Side.SELL, lots, cost)
    return bought, sold


def _funds(asset: Holding, cash: Holding) -> Funds:
    return Funds(Amount(asset.total), Amount(cash.total))
