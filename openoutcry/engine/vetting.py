"""Every check that an order with special terms must pass: when it enters, and again whenever it
comes to market: at a trigger, at a peg's move, at a leg's release.

Rule: a check that fails later ends the order; nothing here does, it only says so.
"""

from typing import NamedTuple

from openoutcry.engine import bonds, levels
from openoutcry.engine.entering import (
    measure,
    propose,
    propose_new,
    protected_limit,
    top_up_for,
    worst_rate_of,
)
from openoutcry.engine.exposure import weigh
from openoutcry.engine.market import Market
from openoutcry.engine.special_order import STOPS, SpecialOrder
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.commands import EnterOrder
from openoutcry.model.instrument import Phase
from openoutcry.model.order import Door, OrderStatus, OrderTerms, OrderType, Side, Special
from openoutcry.model.units import BPS_SCALE, Lots, Ticks
from openoutcry.risk.checks import (
    MEANS_OF_SPECIAL,
    TERMS,
    Proposal,
    Refusal,
    first_refusal,
    notional_in_range,
    open_orders_in_limit,
)


class Plan(NamedTuple):
    """How an order that passed goes to market."""

    price: Ticks | None
    """The limit it works at; None where it has none yet, or nothing to trade with."""
    leaves: Lots
    """What a reduce-only order was shrunk to; else all of it."""
    need_per_lot: int
    top_up: int = 0
    extreme: Ticks = Ticks(0)
    """Where a trailing stop starts from."""


class Worth(NamedTuple):
    """The limit an order works at, and the price that its money is reckoned by."""

    price: Ticks | None
    worst: Ticks | None
    extreme: Ticks = Ticks(0)


def vet_new(
    state: State,
    account: LedgerAccount,
    market: Market,
    command: EnterOrder,
    door: Door,
    *,
    before: tuple[Plan, ...] = (),
) -> Plan | Refusal:
    """Check an order that wants to enter, with or without legs of its group before it."""
    proposal = propose_new(state, account, market, command, len(before))
    refusal = first_refusal(proposal, TERMS)
    if refusal is not None:
        return refusal
    assert proposal.quantity is not None, "the grid has been checked"
    worth = worth_of(market, command, waits=command.type in STOPS)
    rate = worst_rate_of(market, account)
    leaves, need = _see_means(state, proposal, account, market, worth, rate)
    _count(proposal, account, market, leaves, before)
    in_group = command.special is not None and command.special.group_id is not None
    # What a group holds is shared, so there is no order that a top-up would be for.
    top_up = 0 if in_group else top_up_for(proposal, account, door)
    refusal = first_refusal(proposal, MEANS_OF_SPECIAL)
    return refusal or Plan(worth.price, leaves, need, top_up, worth.extreme)


def vet_held(
    state: State,
    account: LedgerAccount,
    market: Market,
    command: EnterOrder,
    door: Door,  # noqa: ARG001 -- asked like any other
    *,
    before: tuple[Plan, ...] = (),
) -> Plan | Refusal:
    """Check a leg that will wait: what it asks for, not what it will need."""
    proposal = propose_new(state, account, market, command, len(before))
    refusal = first_refusal(proposal, TERMS)
    if refusal is not None:
        return refusal
    assert proposal.quantity is not None, "the grid has been checked"
    worth = worth_of(market, command, waits=command.type in STOPS)
    rate = worst_rate_of(market, account)
    measure(proposal, market, account, worth.worst, proposal.quantity, rate)
    refusal = first_refusal(proposal, (notional_in_range, open_orders_in_limit))
    return refusal or Plan(worth.price, Lots(proposal.quantity), 0)


def vet_again(
    state: State,
    order: SpecialOrder,
    price: Ticks | None = None,
    before: tuple[Plan, ...] = (),
) -> Plan | Refusal:
    """Check an order that comes to market later; a peg at the price it moves to."""
    market, account, terms = order.market, order.account, order.terms
    proposal = propose(state, account, market, terms)
    proposal.open_orders -= 1
    # Its time has come or not; that is the timers' business.
    proposal.now = terms.created_at
    refusal = first_refusal(proposal, TERMS)
    if refusal is not None:
        return refusal
    waits = terms.type in STOPS and order.triggered_at is None
    worth = Worth(price, price) if price else worth_of(market, terms, waits=waits)
    # A stop is a fresh order when it triggers, a leg when it is released; a peg only moves.
    rate = worst_rate_of(market, account)
    if terms.type is OrderType.PEGGED and order.status is not OrderStatus.HELD:
        rate = max(order.maker_rate, order.taker_rate)
    leaves, need = _see_means(state, proposal, account, market, worth, rate, order=order)
    _count(proposal, account, market, leaves, before)
    refusal = first_refusal(proposal, MEANS_OF_SPECIAL)
    return refusal or Plan(worth.price, leaves, need, 0, worth.extreme)


def vet_amend(
    state: State,
    order: WorkingOrder,
    terms: OrderTerms,
    proposal: Proposal,
    leaves: Lots,
    *,
    eases: bool,
) -> Plan | Refusal:
    """Check changed terms of an order that is at market, with `leaves` of it left."""
    market, account = order.market, order.account
    held, special = None, terms.special
    if isinstance(order, SpecialOrder):
        held = order
    waits = held is not None and held.is_stop
    worth = worth_of(market, terms, waits=waits)
    if terms.type is OrderType.TRAILING_STOP and held is not None and held.extreme:
        assert special is not None, "only special terms stop an order"
        worth = Worth(None, _reserve(market, terms.side, special, held.extreme))
    moves = terms.type is OrderType.PEGGED and market.instrument.phase is not Phase.HALTED
    if terms.price == order.terms.price and order.price and not moves:
        # What slid, or was protected, stays where it works until it asks for another price; so does
        # a peg while its market is halted, and follows again when that is over.
        worth = Worth(order.price, order.price)
    if worth.worst is None and order.price == 0:
        # A peg that has nothing to follow is reckoned by the reference price until it has.
        worth = Worth(None, market.reference())
    rate = max(order.maker_rate, order.taker_rate)
    left, need = _see_means(
        state, proposal, account, market, worth, rate, order=held, leaves=leaves
    )
    if held is None:
        proposal.available += order.leaves_quantity * order.held_per_lot
    checks = (notional_in_range,) if eases else MEANS_OF_SPECIAL
    refusal = first_refusal(proposal, checks)
    return refusal or Plan(worth.price, left, need)


def _count(
    proposal: Proposal,
    account: LedgerAccount,
    market: Market,
    leaves: Lots,
    before: tuple[Plan, ...],
) -> None:
    """Let caps and margin count the larger of two legs that enter together."""
    if before and proposal.standing is not None and proposal.limit is not None:
        weigh(proposal, account, market, max(leaves, *(plan.leaves for plan in before)))


def _see_means(  # noqa: PLR0913 -- it fills in a proposal, from all that there is
    state: State,
    proposal: Proposal,
    account: LedgerAccount,
    market: Market,
    worth: Worth,
    rate: int,
    *,
    order: SpecialOrder | None = None,
    leaves: Lots | None = None,
) -> tuple[Lots, int]:
    """Fill in what `MEANS_OF_SPECIAL` looks at; return what may be left, and what a lot needs."""
    assert proposal.quantity is not None, "the grid has been checked"
    if leaves is None:
        leaves = Lots(proposal.quantity if order is None else order.leaves_quantity)
    pair: bonds.Pair = ()
    if order is not None:
        sibling = state.links.sibling(order)
        pair = (order,) if sibling is None else (order, sibling)
    special = proposal.special
    if special is not None and special.reduce_only:
        symbol = market.instrument.symbol
        proposal.reducible = bonds.room(state, account, symbol, proposal.side, pair)
        leaves = Lots(min(leaves, proposal.reducible))
    need = measure(proposal, market, account, worth.worst, leaves, rate)
    proposal.available += sum(leg.leaves_quantity * leg.held_per_lot for leg in pair)
    if len(pair) > 1 and need and pair[1].status is not OrderStatus.HELD:
        proposal.needed = bonds.joint(bonds.Need(leaves, need), bonds.need_of(pair[1]))
    # What sleeps cannot print, so bands and collars wait for the trigger.
    sleeps = proposal.type in STOPS and (order is None or order.triggered_at is None)
    # A market order has no limit that could be out of bounds: it was clamped when it came in.
    proposal.price = None if sleeps or proposal.type is OrderType.MARKET else worth.price
    return leaves, need


def worth_of(market: Market, asked: EnterOrder | OrderTerms, *, waits: bool) -> Worth:
    """Return the limit that an order would work at, and the price its money is reckoned by."""
    price, special = asked.price, asked.special
    assert not isinstance(price, str), "the grid has been checked"
    if asked.type is OrderType.PEGGED:
        assert special is not None, "only special terms peg an order"
        pegged = levels.peg_price(market, asked.side, special, price)
        return Worth(pegged, pegged)
    if asked.type in STOPS and waits:
        return _sleeping(market, asked)
    if price is None:
        limit = protected_limit(market, asked)
        return Worth(limit, limit)
    if asked.post_only is not None:
        price = market.slid(asked.side, price, asked.post_only)
    return Worth(price, price)


def _sleeping(market: Market, asked: EnterOrder | OrderTerms) -> Worth:
    """A stop buy may cost the protection more than its trigger; a limit bounds that."""
    special, price = asked.special, asked.price
    assert special is not None, "only special terms stop an order"
    assert not isinstance(price, str), "the grid has been checked"
    if asked.type is OrderType.TRAILING_STOP:
        extreme = levels.first_extreme(market, asked.side, special)
        start = extreme or levels.supposed_extreme(market, special)
        return Worth(None, _reserve(market, asked.side, special, start), extreme)
    if price is not None:
        return Worth(price, price)
    return Worth(None, _reserve(market, asked.side, special, Ticks(0)))


def _reserve(market: Market, side: Side, special: Special, extreme: Ticks) -> Ticks:
    """Return the price that a sleeping market order's money is reckoned by."""
    stop_price = special.stop_price
    if stop_price is None:
        stop_price = levels.trailing_price(side, special, extreme)
    assert isinstance(stop_price, int), "the grid has been checked"
    if side is Side.SELL:
        return Ticks(max(1, stop_price))
    span = BPS_SCALE + market.instrument.protection
    return Ticks(max(stop_price, stop_price * span // BPS_SCALE))
