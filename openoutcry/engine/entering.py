"""Entering orders: checks, holds, and the way to market, at once or after a delay."""

from typing import Final

from msgspec.structs import replace

from openoutcry.engine import crossing
from openoutcry.engine.market import Market
from openoutcry.engine.state import WORKING_ORDERS_MAX, State
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.account import HOUSE, MONEY, AccountKind, PostingKind
from openoutcry.model.commands import EnterOrder, EnterSimpleOrder, Listing
from openoutcry.model.decimals import text_of
from openoutcry.model.events import (
    FundsMoved,
    InstrumentListed,
    OrderAccepted,
    OrderPended,
    OrderRejected,
)
from openoutcry.model.instrument import Grid, Instrument
from openoutcry.model.order import (
    Door,
    OrderStatus,
    OrderTerms,
    OrderType,
    Side,
    TimeInForce,
)
from openoutcry.model.reasons import Reason
from openoutcry.model.record import Entry
from openoutcry.model.units import (
    UNIT,
    AccountId,
    Amount,
    Asset,
    Lots,
    Nanos,
    OrderId,
    Symbol,
    Ticks,
    fee_of,
)
from openoutcry.risk.checks import MEANS, TERMS, Proposal, Refusal, first_refusal

LISTED_BY_USE_MAX: Final = 100_000
"""Symbols that simple orders may list; beyond it `unknown_instrument`."""
TIMERS_PER_COMMAND: Final = 64
"""Delayed orders that one AdvanceTime sends to market, so that cancels get their turn."""
TOP_UP_SPARE: Final = 1_000_000 * UNIT
"""What a top-up adds beyond what is lacking, so that not every order needs one."""
SHARE: Final = ".share"
"""What makes an asset's name differ from one that is taken."""
_CENT: Final = Amount(UNIT // 100)
_LISTED_AT: Final = Ticks(100_00)


def enter_order(state: State, entry: Entry, command: EnterOrder) -> None:
    """Enter an order that goes to market at once, or refuse it."""
    account = _trading_account(state, command.account_id)
    if account is None:
        return _reject(state, command, Refusal(Reason.UNKNOWN_ACCOUNT))
    market = state.markets.get(command.symbol)
    if market is None:
        return _reject(state, command, Refusal(Reason.UNKNOWN_INSTRUMENT))
    if command.grid is not None and command.grid != market.instrument.grid:
        command = _recounted(command, command.grid, market.instrument.grid)
    proposal = _proposal(state, account, market, command)
    if len(state.orders) >= WORKING_ORDERS_MAX:
        proposal.open_orders_max = 0
    refusal = first_refusal(proposal, TERMS)
    if refusal is not None:
        return _reject(state, command, refusal)
    quantity, price = command.quantity, command.price
    assert isinstance(quantity, int)
    assert not isinstance(price, str)
    limit = price if price is not None else _limit(market, command.side, command.type)
    worst_rate = _worst_rate(market)
    held_per_lot = measure(proposal, market, account, limit, quantity, worst_rate)
    top_up = _top_up(proposal, account, entry.door)
    refusal = first_refusal(proposal, MEANS)
    if refusal is not None:
        return _reject(state, command, refusal)
    order = WorkingOrder(_terms(state, entry, market, command), account, market)
    state.admit(order)
    go_to_market(state, order, limit, held_per_lot, top_up)
    return None


def enter_simple_order(state: State, entry: Entry, command: EnterSimpleOrder) -> None:
    """Accept a delayed buy, listing its symbol if that is allowed, or refuse it."""
    account = _trading_account(state, command.account_id)
    if account is None:
        return _reject(state, command, Refusal(Reason.UNKNOWN_ACCOUNT))
    if len(state.orders) >= WORKING_ORDERS_MAX:
        return _reject(state, command, Refusal(Reason.OPEN_ORDERS_LIMIT))
    # Only after that: a refusal must not leave a listing behind.
    market = state.markets.get(command.symbol) or _list_by_use(state, command)
    if market is None:
        return _reject(state, command, Refusal(Reason.UNKNOWN_INSTRUMENT))
    increment = market.instrument.grid.quantity_increment
    lots, off_grid = divmod(command.quantity * UNIT, increment)
    if off_grid:
        allowed = {"quantity_increment": int(increment)}
        return _reject(state, command, Refusal(Reason.QUANTITY_INCREMENT, allowed))
    order = WorkingOrder(_simple_terms(state, entry, market, command, lots), account, market)
    state.admit(order)
    state.note(order)
    state.events.append(OrderPended(order=order.report()))
    if command.delay_ns > 0:
        state.schedule(order, Nanos(entry.at + command.delay_ns))
    else:
        _end_delay(state, order)
    return None


def advance_time(state: State) -> None:
    """Send to market the delayed orders that are due, a bounded number of them."""
    for _ in range(TIMERS_PER_COMMAND):
        order = state.pop_due()
        if order is None:
            return
        order.due = None
        _end_delay(state, order)


def _end_delay(state: State, order: WorkingOrder) -> None:
    """Make every check that a fresh order gets, then go to market; a failed one cancels."""
    market, account, terms = order.market, order.account, order.terms
    proposal = _proposal(state, account, market, terms)
    proposal.open_orders -= 1
    refusal = first_refusal(proposal, TERMS)
    if refusal is None:
        limit = market.protected_or_last(terms.side)
        worst_rate = _worst_rate(market)
        held_per_lot = measure(proposal, market, account, limit, terms.quantity, worst_rate)
        top_up = _top_up(proposal, account, terms.door)
        refusal = first_refusal(proposal, MEANS)
        if refusal is None:
            go_to_market(state, order, limit, held_per_lot, top_up)
            return
    state.cancel(order, refusal.reason)


def go_to_market(
    state: State,
    order: WorkingOrder,
    limit: Ticks | None,
    held_per_lot: int,
    top_up: int,
) -> None:
    """Hold what an accepted order needs, match it, and let rest or end what is left."""
    if top_up:
        _move_from_house(state, order, top_up)
    order.held_per_lot = held_per_lot
    state.holding_of(order).held += order.leaves_quantity * held_per_lot
    fees = order.market.instrument.fees
    order.maker_rate, order.taker_rate = fees.maker, fees.taker
    order.price = limit or Ticks(0)
    order.become(OrderStatus.NEW)
    was_updated_at = order.updated_at
    state.note(order)
    # The simple API shows no change when an order goes to market, so its time stays.
    if order.terms.door is Door.SIMPLE:
        order.updated_at = was_updated_at
    state.events.append(OrderAccepted(order=order.report()))
    if limit is None:
        fok = order.terms.time_in_force is TimeInForce.FOK
        state.cancel(order, Reason.FOK if fok else Reason.INSUFFICIENT_LIQUIDITY)
        return
    take_and_rest(state, order, limit)


def take_and_rest(state: State, order: WorkingOrder, limit: Ticks) -> None:
    """Match an order that is at market up to its limit, then let rest or end what is left."""
    terms = order.terms
    if (
        terms.time_in_force is TimeInForce.FOK
        and crossing.fillable(order, limit) < order.leaves_quantity
    ):
        state.cancel(order, Reason.FOK)
        return
    crossing.cross(state, order, limit)
    if not order.leaves_quantity:
        return
    if terms.type is OrderType.MARKET:
        state.cancel(order, Reason.INSUFFICIENT_LIQUIDITY)
    elif terms.time_in_force is TimeInForce.IOC:
        state.cancel(order, Reason.IOC)
    else:
        state.last_stamp += 1
        order.stamp = state.last_stamp
        order.market.book.side(order.side).add(order)


def measure(
    proposal: Proposal,
    market: Market,
    account: LedgerAccount,
    limit: int | None,
    quantity: int,
    worst_rate: int,
) -> int:
    """Fill in what the order needs at `limit` and what there is; return what each lot holds."""
    grid = market.instrument.grid
    buys = proposal.side is Side.BUY
    if buys:
        notional = (limit or 0) * market.unit
        # Rounded up per lot, so no way of splitting the order into fills costs more than this.
        held_per_lot = notional + (fee_of(notional, worst_rate) if worst_rate > 0 else 0)
    else:
        held_per_lot = grid.quantity_increment if limit is not None else 0
    proposal.limit = limit
    proposal.unit = market.unit
    proposal.needed = quantity * held_per_lot
    proposal.available = account.available(grid.currency if buys else grid.asset)
    proposal.crosses = limit is not None and market.book.opposite(proposal.side).reaches(limit)
    return held_per_lot


def _trading_account(state: State, account_id: AccountId) -> LedgerAccount | None:
    """Return an account that may trade; the system's own do not."""
    found = state.ledger.accounts.get(account_id)
    return None if found is None or found.account.kind is AccountKind.SYSTEM else found


def _recounted(command: EnterOrder, sent: Grid, now: Grid) -> EnterOrder:
    """Return an order whose ticks and lots were counted by an earlier grid, counted by this one."""
    quantity, price = command.quantity, command.price
    if isinstance(quantity, int):
        size, off_grid = divmod(quantity * sent.quantity_increment, now.quantity_increment)
        quantity = text_of(quantity * sent.quantity_increment) if off_grid else Lots(size)
    if isinstance(price, int):
        ticks, off_grid = divmod(price * sent.price_increment, now.price_increment)
        price = text_of(price * sent.price_increment) if off_grid else Ticks(ticks)
    return replace(command, quantity=quantity, price=price, grid=now)


def _worst_rate(market: Market) -> int:
    fees = market.instrument.fees
    return max(fees.maker, fees.taker)


def _limit(market: Market, side: Side, order_type: OrderType) -> Ticks | None:
    if order_type is OrderType.MARKET_TO_LIMIT:
        return market.protected_or_last(side)
    return market.protected(side)


def _proposal(
    state: State, account: LedgerAccount, market: Market, asked: EnterOrder | OrderTerms
) -> Proposal:
    quantity, price = asked.quantity, asked.price
    own = state.orders_by_account.get(account.account.account_id)
    own_max = account.account.open_orders_max
    return Proposal(
        instrument=market.instrument,
        account_status=account.account.status,
        side=asked.side,
        type=asked.type,
        time_in_force=asked.time_in_force,
        quantity=quantity if isinstance(quantity, int) else None,
        price=price if isinstance(price, int) else None,
        price_off_grid=isinstance(price, str),
        post_only=asked.post_only,
        open_orders=len(own) if own else 0,
        open_orders_max=WORKING_ORDERS_MAX if own_max is None else own_max,
    )


def _terms(state: State, entry: Entry, market: Market, command: EnterOrder) -> OrderTerms:
    quantity, price = command.quantity, command.price
    assert isinstance(quantity, int)
    assert not isinstance(price, str)
    state.last_order_id += 1
    return OrderTerms(
        order_id=OrderId(state.last_order_id),
        account_id=command.account_id,
        symbol=command.symbol,
        grid=market.instrument.grid,
        side=command.side,
        type=command.type,
        quantity=quantity,
        created_at=entry.at,
        door=entry.door,
        time_in_force=command.time_in_force,
        price=price,
        client_order_id=command.client_order_id,
        post_only=command.post_only,
    )


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


def _reject(state: State, command: EnterOrder | EnterSimpleOrder, refusal: Refusal) -> None:
    state.events.append(
        OrderRejected(
            account_id=command.account_id,
            symbol=command.symbol,
            reason=refusal.reason,
            allowed=refusal.allowed,
            client_order_id=command.client_order_id if isinstance(command, EnterOrder) else None,
        )
    )


def _top_up(proposal: Proposal, account: LedgerAccount, door: Door) -> int:
    """Return what `house` adds so that the order's means suffice; the proposal is told of it."""
    kind = account.account.kind
    paper = kind is AccountKind.AGENT or (kind is AccountKind.DEMO and door is Door.SIMPLE)
    lacking = proposal.needed - proposal.available
    if not paper or lacking <= 0:
        return 0
    proposal.available = proposal.needed
    return lacking + TOP_UP_SPARE


def _move_from_house(state: State, order: WorkingOrder, amount: int) -> None:
    grid = order.terms.grid
    asset = grid.currency if order.is_buy else grid.asset
    house = state.ledger.accounts[HOUSE]
    state.ledger.move(house, order.account, asset, amount)
    state.events.append(
        FundsMoved(
            kind=PostingKind.TOP_UP,
            account_id=order.terms.account_id,
            counter_account_id=HOUSE,
            asset=asset,
            amount=Amount(amount),
            balance=Amount(order.account.holding(asset).total),
            counter_balance=Amount(house.holding(asset).total),
        )
    )


def _list_by_use(state: State, command: EnterSimpleOrder) -> Market | None:
    if command.listing is Listing.CLOSED or state.listed_by_use >= LISTED_BY_USE_MAX:
        return None
    state.listed_by_use += 1
    return list_instrument(
        state,
        Instrument(
            symbol=command.symbol,
            grid=Grid(_asset_of_its_own(state, command.symbol), MONEY, _CENT, Amount(UNIT)),
            reference_price=_LISTED_AT,
            listed_by_use=True,
        ),
    )


def _asset_of_its_own(state: State, symbol: Symbol) -> Asset:
    """Return an asset that nothing else is traded in, or paid with: the symbol if it can be.

    At 100.00 whatever it is called, it must not be the coin or the currency of the same name.
    """
    name = str(symbol)
    while name == MONEY or name in state.assets:
        name += SHARE
    return Asset(name)


def list_instrument(state: State, instrument: Instrument) -> Market:
    """Add a market for an instrument whose symbol is new."""
    assert instrument.symbol not in state.markets, "a symbol is listed once"
    market = state.markets[Symbol(instrument.symbol)] = Market(instrument)
    state.know_assets(instrument.grid)
    state.events.append(InstrumentListed(instrument=instrument))
    return market
