"""Matching one incoming order against the book, and settling every trade it makes.

Rule 1: a trade prints at the resting order's price, never beyond either limit.
Rule 2: an account, or a group of accounts, never trades with itself; see `prevention`.
"""

from collections.abc import Callable
from typing import Final, cast

from openoutcry.engine import bonds, prevention, quoting
from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import Holding
from openoutcry.ledger.positions import Position
from openoutcry.model.account import Funds
from openoutcry.model.events import OrderAllotted, OrderExecuted, Resting
from openoutcry.model.order import OrderStatus, Side
from openoutcry.model.totals import PositionFigures
from openoutcry.model.units import Amount, Lots, Ticks, fee_of

# Members as plain names: reading one off its enumeration costs more than a call, and every order
# comes this way.
_BUY: Final = Side.BUY
_SELL: Final = Side.SELL
_PARTIALLY_FILLED: Final = OrderStatus.PARTIALLY_FILLED
_FILLED: Final = OrderStatus.FILLED
_FREE: Final = Amount(0)
_MAKER: Final = Resting.MAKER
_BESIDE: Final = (Resting.NEITHER, Resting.TAKER)
"""Of a maker that waits beside the book."""


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
    quantity = min(taker.leaves_quantity, shown)
    taker.leaves_quantity -= quantity
    maker.market.book.side(maker.side).reduce(maker, quantity)
    _print(state, taker, maker, quantity, maker.price)
    if not maker.leaves_quantity:
        state.dismiss(maker)
    elif quantity == shown:
        # An iceberg shows its next part, behind everything that is shown at its price.
        maker.market.book.side(maker.side).remove(maker)
        state.rest_again(maker)
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
    quantity = min(taker.leaves_quantity, maker.leaves_quantity)
    maker_rests, taker_rests = maker.level is not None, taker.level is not None
    resting = Resting.MAKER if maker_rests else _BESIDE[taker_rests]
    returning = [order for order in (taker, maker) if _give(order, quantity)]
    if maker_rests and taker_rests:
        _tell_allotted(state, taker)
    _print(state, taker, maker, quantity, price, resting)
    for order in (taker, maker):
        if not order.leaves_quantity:
            state.dismiss(order)
    for order in returning:
        state.rest_again(order)
    links = state.links
    if links.groups or links.reducing or links.ended:
        bonds.follow_trade(state, taker, maker, quantity)
    for order in (taker, maker):
        if order.account.quotes is not None:
            quoting.count(state, order, quantity)


def _tell_allotted(state: State, taker: WorkingOrder) -> None:
    """Say what the book still shows of a taker that rests; the trade speaks for the maker."""
    terms = taker.terms
    state.events.append(
        OrderAllotted(
            order_id=terms.order_id,
            symbol=terms.symbol,
            grid=terms.grid,
            side=terms.side,
            price=taker.price,
            shown=Lots(taker.leaves_quantity - taker.hidden_quantity),
        )
    )


def _give(order: WorkingOrder, quantity: int) -> bool:
    """Take a fill off an order where it waits; say whether what is left must be shown anew."""
    shown = order.leaves_quantity - order.hidden_quantity
    ladder = order.market.book.side(order.side)
    if order.level is not None and quantity < shown:
        ladder.reduce(order, quantity)
        return False
    rested = order.level is not None
    if rested:
        ladder.remove(order)
    order.leaves_quantity -= quantity
    if isinstance(order, SpecialOrder):
        order.conceal()
    if not order.leaves_quantity and order.market.aside is not None:
        order.market.aside.pop(order.terms.order_id, None)
    return rested and order.leaves_quantity > 0


def _print(
    state: State,
    taker: WorkingOrder,
    maker: WorkingOrder,
    quantity: int,
    price: Ticks,
    resting: Resting | None = None,
) -> None:
    """Settle a trade and tell of it; its quantity has been taken off both orders already.

    In an auction nobody takes, and it is said which of them rests.
    """
    market, in_auction = taker.market, resting is not None
    notional = price * quantity * market.unit
    taker_rate = taker.maker_rate if in_auction else taker.taker_rate
    taker_fee = fee_of(notional, taker_rate) if taker_rate else _FREE
    maker_fee = fee_of(notional, maker.maker_rate) if maker.maker_rate else _FREE
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
        _executed(
            trade_id=state.last_trade_id,
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
            resting=_MAKER if resting is None else resting,
        )
    )


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
    cash, asset = buyer.source(), buyer.account.holding(grid.asset)
    cash.total -= cost + buyer_fee
    cash.held -= lots * buyer.held_per_lot
    asset.total += size
    symbol = buyer.terms.symbol
    position = buyer.account.position(symbol)
    position.fill(_BUY, lots, cost)
    bought = _funds(asset, cash, position)
    cash, asset = seller.account.holding(grid.currency), seller.source()
    cash.total += cost - seller_fee
    asset.total -= size
    asset.held -= lots * seller.held_per_lot
    position = seller.account.position(symbol)
    position.fill(_SELL, lots, cost)
    return bought, _funds(asset, cash, position)


def _funds(asset: Holding, cash: Holding, position: Position) -> Funds:
    asset.told, cash.told = asset.held, cash.held
    return _told(
        asset.total,
        cash.total,
        asset.held,
        cash.held,
        _figures(position.quantity, position.cost, position.realized),
    )


_executed = cast("Callable[..., OrderExecuted]", OrderExecuted)
_told = cast("Callable[..., Funds]", Funds)
_figures = cast("Callable[..., PositionFigures]", PositionFigures)
"""Without the types of their fields: naming them for plain integers would cost more than all."""
