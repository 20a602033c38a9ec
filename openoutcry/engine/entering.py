"""Entering orders: checks, holds, and the way to market."""

from collections.abc import Callable
from typing import Final, cast

from openoutcry.engine import auctions, crossing, foresight
from openoutcry.engine.exposure import opens, standing, weigh
from openoutcry.engine.market import Market
from openoutcry.engine.recounting import recounted
from openoutcry.engine.refusing import reject_order
from openoutcry.engine.state import WORKING_ORDERS_MAX, State
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.account import HOUSE, AccountKind, AccountStatus, PostingKind
from openoutcry.model.commands import EnterOrder
from openoutcry.model.events import (
    FundsMoved,
    OrderAccepted,
)
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
    Ticks,
    fee_of,
)
from openoutcry.risk.checks import (
    MEANS,
    MEANS_UNBOUND,
    TERMS,
    Check,
    Proposal,
    Refusal,
    first_refusal,
)

TOP_UP_SPARE: Final = 1_000_000 * UNIT
"""What a top-up adds beyond what is lacking, so that not every order needs one."""

# Members as plain names: reading one off its enumeration costs more than a call, and every order
# comes this way.
_terms = cast("Callable[..., OrderTerms]", OrderTerms)
_proposal = cast("Callable[..., Proposal]", Proposal)
_BUY: Final = Side.BUY
_MARKET: Final = OrderType.MARKET
_IOC: Final = TimeInForce.IOC
_FOK: Final = TimeInForce.FOK
_CLS: Final = TimeInForce.CLS
_NEW: Final = OrderStatus.NEW
_SIMPLE: Final = Door.SIMPLE
_SYSTEM: Final = AccountKind.SYSTEM
_AGENT: Final = AccountKind.AGENT
_DEMO: Final = AccountKind.DEMO


def enter_order(state: State, entry: Entry, command: EnterOrder) -> None:
    """Enter an order that goes to market at once, or refuse it."""
    account = trading_account(state, command.account_id)
    if account is None:
        return reject_order(state, command, Refusal(Reason.UNKNOWN_ACCOUNT))
    market = state.markets.get(command.symbol)
    if market is None:
        return reject_order(state, command, Refusal(Reason.UNKNOWN_INSTRUMENT))
    if command.grid is not None and command.grid != market.instrument.grid:
        command = recounted(command, command.grid, market.instrument.grid)
    proposal = propose_new(state, account, market, command)
    refusal = first_refusal(proposal, TERMS)
    if refusal is not None:
        return reject_order(state, command, refusal)
    quantity, limit = proposal.quantity, command.price
    assert quantity is not None, "the grid has been checked"
    assert not isinstance(limit, str), "the grid has been checked"
    if limit is None:
        limit = protected_limit(market, command)
    if command.post_only is not None and limit is not None:
        # What it works at is what may print, so that is what band and collar look at.
        proposal.price = limit = market.slid(command.side, limit, command.post_only)
    worst_rate = worst_rate_of(market, account)
    held_per_lot = measure(proposal, market, account, limit, quantity, worst_rate)
    top_up = top_up_for(proposal, account, entry.door)
    refusal = first_refusal(proposal, means_for(market, account))
    if refusal is not None:
        return reject_order(state, command, refusal)
    order = WorkingOrder(terms_of(state, entry, market, command), account, market)
    state.admit(order)
    go_to_market(state, order, limit, held_per_lot, top_up)
    return None


def go_to_market(
    state: State,
    order: WorkingOrder,
    limit: Ticks | None,
    held_per_lot: int,
    top_up: int,
) -> None:
    """Hold what an accepted order needs, match it, and let rest or end what is left."""
    accept(state, order, limit, held_per_lot, top_up)
    if limit is None:
        come_in(state, order, None)
    else:
        take_and_rest(state, order, limit)


def come_in(state: State, order: WorkingOrder, limit: Ticks | None) -> None:
    """Match an accepted order, or end one that found nobody to take a limit from."""
    if limit is None:
        fok = order.terms.time_in_force is TimeInForce.FOK
        state.cancel(order, Reason.FOK if fok else Reason.INSUFFICIENT_LIQUIDITY)
        return
    take_and_rest(state, order, limit)


def accept(
    state: State,
    order: WorkingOrder,
    price: Ticks | None,
    held_per_lot: int,
    top_up: int,
) -> None:
    """Hold what an accepted order needs, and say so; nothing of it is executed yet."""
    if top_up:
        move_from_house(state, order, top_up)
    order.held_per_lot = held_per_lot
    order.source().held += order.leaves_quantity * held_per_lot
    fees = order.account.rates or order.market.instrument.fees
    order.maker_rate, order.taker_rate = fees.maker, fees.taker
    order.price = price or Ticks(0)
    order.become(_NEW)
    was_updated_at = order.updated_at
    state.note(order)
    # The simple API shows no change when an order goes to market, so its time stays.
    if order.terms.door is _SIMPLE:
        order.updated_at = was_updated_at
    state.events.append(OrderAccepted(order=state.report(order)))


def take_and_rest(state: State, order: WorkingOrder, limit: Ticks) -> None:
    """Match an order that is at market up to its limit, then let rest or end what is left."""
    terms = order.terms
    if order.market.call is not None or terms.time_in_force is _CLS:
        auctions.accumulate(state, order)
        return
    if (
        terms.time_in_force is _FOK
        and foresight.fillable(state, order, limit) < order.leaves_quantity
    ):
        state.cancel(order, Reason.FOK)
        return
    if terms.special is not None and not foresight.reaches_minimum(state, order, limit):
        state.cancel(order, Reason.MINIMUM_QUANTITY)
        return
    crossing.cross(state, order, limit)
    if not order.leaves_quantity:
        return
    if terms.type is _MARKET or (terms.special is not None and is_spent(terms)):
        state.cancel(order, Reason.INSUFFICIENT_LIQUIDITY)
    elif terms.time_in_force is _IOC:
        state.cancel(order, Reason.IOC)
    else:
        state.rest_after_all(order)


def is_spent(terms: OrderTerms) -> bool:
    """Say whether a stop that triggered was a market order, of which nothing may rest."""
    return terms.type is OrderType.STOP or terms.type is OrderType.TRAILING_STOP


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
    buys = proposal.side is _BUY
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
    if market.is_fenced:
        proposal.band = market.band.ends() if market.band is not None else None
        proposal.collar = market.collar(proposal.side)
    if proposal.standing is not None and limit is not None:
        weigh(proposal, account, market, quantity)
        if account.account.margin > 1:
            return 0
    return held_per_lot


def means_for(market: Market, account: LedgerAccount) -> tuple[Check, ...]:
    """Return what plain terms are checked for once the limit is known; most have no bounds."""
    return MEANS if market.is_fenced or account.is_limited else MEANS_UNBOUND


def trading_account(state: State, account_id: AccountId) -> LedgerAccount | None:
    """Return an account that may trade; the system's own do not."""
    found = state.ledger.accounts.get(account_id)
    return None if found is None or found.account.kind is _SYSTEM else found


def worst_rate_of(market: Market, account: LedgerAccount) -> int:
    """Return the larger of the rates that an order will have."""
    fees = account.rates or market.instrument.fees
    return max(fees.maker, fees.taker)


def protected_limit(market: Market, asked: EnterOrder | OrderTerms) -> Ticks | None:
    """Return the limit of an order that has none of its own, None where nobody quotes."""
    if asked.type is OrderType.MARKET_TO_LIMIT:
        return market.protected_or_last(asked.side)
    if asked.time_in_force is TimeInForce.CLS or market.call is not None:
        return market.protected_in_a_call(asked.side)
    return market.protected(asked.side)


def propose(
    state: State, account: LedgerAccount, market: Market, asked: EnterOrder | OrderTerms
) -> Proposal:
    """Return what is asked as the checks of terms look at it."""
    quantity, price = asked.quantity, asked.price
    own = state.orders_by_account.get(account.account.account_id)
    own_max = account.account.open_orders_max
    proposal = _proposal(
        instrument=market.instrument,
        account_status=AccountStatus.BLOCKED if state.is_killed else account.account.status,
        side=asked.side,
        type=asked.type,
        time_in_force=asked.time_in_force,
        quantity=None if type(quantity) is str else quantity,
        price=None if type(price) is str else price,
        price_off_grid=type(price) is str,
        post_only=asked.post_only,
        open_orders=len(own) if own else 0,
        open_orders_max=WORKING_ORDERS_MAX if own_max is None else own_max,
    )
    if asked.special is not None:
        proposal.special = asked.special
        proposal.now = state.now
    if account.is_limited:
        _see_standing(state, account, market, proposal, asked)
    return proposal


def propose_new(
    state: State,
    account: LedgerAccount,
    market: Market,
    command: EnterOrder,
    entering: int = 0,
) -> Proposal:
    """Return what wants to enter, `entering` more with it; a full venue takes nothing."""
    proposal = propose(state, account, market, command)
    proposal.open_orders += entering
    if len(state.orders) + entering >= WORKING_ORDERS_MAX:
        proposal.open_orders = proposal.open_orders_max = WORKING_ORDERS_MAX
    return proposal


def _see_standing(
    state: State,
    account: LedgerAccount,
    market: Market,
    proposal: Proposal,
    asked: EnterOrder | OrderTerms,
) -> None:
    """Tell a proposal how its account stands, without the order itself if it is at market."""
    own = state.orders.get(asked.order_id) if isinstance(asked, OrderTerms) else None
    proposal.standing = standing(state, account, market, own)
    see_opening(state, account, proposal, own)


def see_opening(
    state: State, account: LedgerAccount, proposal: Proposal, own: WorkingOrder | None
) -> None:
    """Tell a proposal whether what is left of it would do more than an account may that is called:
    close its position."""
    if account.account.account_id not in state.margin_calls or proposal.quantity is None:
        return
    left = proposal.quantity
    if own is not None:
        left -= own.terms.quantity - own.leaves_quantity
    if left > 0 and proposal.standing is not None:
        proposal.opens = opens(proposal.standing, proposal.side, left)


def terms_of(state: State, entry: Entry, market: Market, command: EnterOrder) -> OrderTerms:
    """Return the terms of a new order, which has its number from here on."""
    state.last_order_id += 1
    return _terms(
        order_id=state.last_order_id,
        account_id=command.account_id,
        symbol=command.symbol,
        grid=market.instrument.grid,
        side=command.side,
        type=command.type,
        quantity=command.quantity,
        created_at=entry.at,
        door=entry.door,
        time_in_force=command.time_in_force,
        price=command.price,
        client_order_id=command.client_order_id,
        post_only=command.post_only,
        special=command.special,
    )


def top_up_for(proposal: Proposal, account: LedgerAccount, door: Door) -> int:
    """Return what `house` adds so that the order's means suffice; the proposal is told of it."""
    if account.account.margin > 1:
        return 0  # Its equity decides, not what is there.
    kind = account.account.kind
    paper = kind is _AGENT or (kind is _DEMO and door is _SIMPLE)
    lacking = proposal.needed - proposal.available
    if not paper or lacking <= 0:
        return 0
    proposal.available = proposal.needed
    return lacking + TOP_UP_SPARE


def move_from_house(state: State, order: WorkingOrder, amount: int) -> None:
    """Let `house` make good what an order lacks."""
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
            held=Amount(order.account.holding(asset).held),
        )
    )
