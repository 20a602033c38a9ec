"""What an order would come to if it were entered now: the engine's own checks, and a sweep of the
book that is only imagined.

Rule: nothing is changed. The order is made, and never admitted; what its fills would do to others
is kept beside them.

Only what the order takes is foreseen. What others would do about it afterwards (a stop that its
trades trigger, a peg that follows) comes after it, and is not part of its price.
"""

from collections import deque
from typing import Final

from msgspec import Struct

from openoutcry.engine import entering, foresight, prevention, stops, vetting
from openoutcry.engine.foresight import Foresight
from openoutcry.engine.market import Market
from openoutcry.engine.recounting import recounted
from openoutcry.engine.special_order import STOPS, SpecialOrder
from openoutcry.engine.specials import whereabouts
from openoutcry.engine.state import State
from openoutcry.engine.vetting import Plan
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.matching.book import Level
from openoutcry.model.commands import EnterOrder
from openoutcry.model.instrument import Grid, Phase
from openoutcry.model.order import (
    Door,
    OrderStatus,
    OrderTerms,
    OrderType,
    SelfTradePrevention,
    TimeInForce,
    Trigger,
)
from openoutcry.model.units import Amount, Lots, Nanos, OrderId, Ticks, fee_of
from openoutcry.risk.checks import MEANS, TERMS, Refusal, first_refusal

ENDS: Final = (SelfTradePrevention.CANCEL_NEWEST, SelfTradePrevention.CANCEL_BOTH)
"""The modes by which a taker ends where it meets its own account."""


class Preview(Struct, frozen=True, kw_only=True, gc=False):
    """What would come of an order at once."""

    refusal: Refusal | None = None
    grid: Grid | None = None
    """None where there is no such instrument."""
    fills: Lots = Lots(0)
    cost: int = 0
    """Ticks times lots of what fills."""
    notional: Amount = Amount(0)
    fee: Amount = Amount(0)
    """Negative: a rebate."""
    hold: Amount = Amount(0)
    """What it would hold for the rest."""
    rests: Lots = Lots(0)
    """What would be open of it afterwards."""


def preview(state: State, command: EnterOrder, now: Nanos) -> Preview:
    """Return what an order would come to."""
    found = whereabouts(state, command)
    if isinstance(found, Refusal):
        return Preview(refusal=found)
    market, account = found
    grid = market.instrument.grid
    if command.grid is not None and command.grid != grid:
        command = recounted(command, command.grid, grid)
    plan = _vetted(state, account, market, command)
    if isinstance(plan, Refusal):
        return Preview(refusal=plan, grid=grid)
    order = _imagined(state, account, market, command, now)
    order.leaves_quantity = plan.leaves
    order.held_per_lot = plan.need_per_lot
    if isinstance(order, SpecialOrder) and command.type in STOPS:
        return _stopped(state, order, plan)
    return _come_in(state, order, plan.price)


def _vetted(
    state: State, account: LedgerAccount, market: Market, command: EnterOrder
) -> Plan | Refusal:
    """Check an order as `specials` does, or one with plain terms as `entering` does.

    The latter is written out there, because every order comes that way; a test compares the two.
    """
    if command.special is not None:
        return vetting.vet_new(state, account, market, command, Door.NATIVE)
    proposal = entering.propose_new(state, account, market, command)
    refusal = first_refusal(proposal, TERMS)
    if refusal is not None:
        return refusal
    quantity, price = command.quantity, command.price
    assert isinstance(quantity, int), "the grid has been checked"
    assert not isinstance(price, str), "the grid has been checked"
    limit = price if price is not None else entering.protected_limit(market, command)
    if command.post_only is not None and limit is not None:
        proposal.price = limit = market.slid(command.side, limit, command.post_only)
    rate = entering.worst_rate_of(market, account)
    need = entering.measure(proposal, market, account, limit, quantity, rate)
    entering.top_up_for(proposal, account, Door.NATIVE)
    return first_refusal(proposal, MEANS) or Plan(limit, Lots(quantity), need)


def _imagined(
    state: State, account: LedgerAccount, market: Market, command: EnterOrder, now: Nanos
) -> WorkingOrder:
    """Return the order as if it had just been accepted; the venue does not know it."""
    quantity, price = command.quantity, command.price
    assert isinstance(quantity, int), "the grid has been checked"
    assert not isinstance(price, str), "the grid has been checked"
    terms = OrderTerms(
        order_id=OrderId(state.last_order_id + 1),
        account_id=command.account_id,
        symbol=command.symbol,
        grid=market.instrument.grid,
        side=command.side,
        type=command.type,
        quantity=Lots(quantity),
        created_at=now,
        door=Door.NATIVE,
        time_in_force=command.time_in_force,
        price=price,
        post_only=command.post_only,
        special=command.special,
    )
    kind = WorkingOrder if command.special is None else SpecialOrder
    order = kind(terms, account, market)
    order.status = OrderStatus.NEW
    fees = account.rates or market.instrument.fees
    order.maker_rate, order.taker_rate = fees.maker, fees.taker
    return order


def _stopped(state: State, order: SpecialOrder, plan: Plan) -> Preview:
    """A stop sleeps; one that is through its price already runs at once."""
    market, stop_price = order.market, order.special.stop_price
    order.extreme = plan.extreme
    if order.terms.type is OrderType.TRAILING_STOP:
        return _open(order)
    assert isinstance(stop_price, int), "accepted terms are on the grid"
    order.stop_price = Ticks(stop_price)
    watched = market.last_price
    if order.trigger is Trigger.QUOTE:
        watched = market.book.opposite(order.side).best_price()
    runs = market.instrument.phase is Phase.CONTINUOUS
    if not runs or watched is None or not stops.is_through(order, watched):
        return _open(order)
    order.triggered_at = order.terms.created_at
    order.held_per_lot = 0  # Nothing has been held, so nothing comes free.
    again = vetting.vet_again(state, order)
    if isinstance(again, Refusal):
        return Preview(grid=order.terms.grid)  # It was accepted, and ends when it triggers.
    order.held_per_lot = again.need_per_lot
    return _come_in(state, order, again.price)


def _come_in(state: State, order: WorkingOrder, limit: Ticks | None) -> Preview:
    """Go the way of `entering.come_in` in thought."""
    terms = order.terms
    if limit is None:
        return Preview(grid=terms.grid)
    if order.market.call is not None or terms.time_in_force is TimeInForce.CLS:
        return _open(order)
    is_whole = terms.time_in_force is not TimeInForce.FOK or (
        foresight.fillable(state, order, limit) >= order.leaves_quantity
    )
    is_enough = terms.special is None or foresight.reaches_minimum(state, order, limit)
    if not (is_whole and is_enough):
        return Preview(grid=terms.grid)
    sweep = Sweep(state, order)
    sweep.go(limit)
    ends = (
        sweep.is_expired
        or terms.type is OrderType.MARKET
        or terms.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
        or (terms.special is not None and entering.is_spent(terms))
    )
    left = 0 if ends else sweep.wanted
    return Preview(
        grid=terms.grid,
        fills=Lots(sweep.found),
        cost=sweep.cost,
        notional=Amount(sweep.cost * order.market.unit),
        fee=Amount(sweep.fee),
        hold=Amount(left * order.held_per_lot),
        rests=Lots(left),
    )


def _open(order: WorkingOrder) -> Preview:
    """Nothing trades; all of it is open afterwards, in the book or beside it."""
    left = order.leaves_quantity
    hold = Amount(left * order.held_per_lot)
    return Preview(grid=order.terms.grid, hold=hold, rests=Lots(left))


class Sweep(Foresight):
    """What a taker would trade, one match after the other, as `crossing.cross` goes about it."""

    def __init__(self, state: State, taker: WorkingOrder) -> None:
        super().__init__(state, taker.leaves_quantity)
        self._taker = taker
        self.cost = 0
        self.fee = 0
        self.is_expired = False
        """Whether it would meet an order of its own account, and end of it."""

    def go(self, limit: Ticks) -> None:
        """Take everything up to a limit, or up to the quantity."""
        ladder = self._taker.market.book.opposite(self._taker.side)
        for level in ladder.walk():
            if level.price * ladder.sign < limit * ladder.sign:
                return
            self._clear(level)
            if not self.wanted or self.is_expired:
                return

    def _clear(self, level: Level) -> None:
        """Take a level in the order of its queue, to whose end an iceberg's next part goes."""
        queue = deque((maker, maker.leaves_quantity - maker.hidden_quantity) for maker in level)
        while queue and self.wanted and not self.is_expired:
            maker, shown = queue.popleft()
            assert isinstance(maker, WorkingOrder), "the engine's books hold working orders"
            shown = min(shown, self._of(maker))
            if not shown:
                continue
            if prevention.must_not_meet(self._taker, maker):
                self._prevent(maker)
                continue
            wanted = min(shown, self.wanted)
            filled = self._trade(maker, wanted)
            left = self._of(maker)
            if filled == shown and left:
                assert isinstance(maker, SpecialOrder), "plain orders show all that they are"
                part = maker.special.display_quantity
                queue.append((maker, part if isinstance(part, int) else left))

    def _trade(self, maker: WorkingOrder, quantity: int) -> int:
        quotes = maker.account.quotes
        account_id = maker.terms.account_id
        if quotes is not None:
            room = self._rooms.setdefault(account_id, quotes.room(self._state.now))
            if room <= 0:
                self._left[maker.terms.order_id] = 0  # Canceled with the fill before.
                return 0
        links = self._state.links
        if links.groups or links.reducing:
            quantity = self._follow(maker, quantity)
        if not isinstance(maker, SpecialOrder) or not (links.groups or links.reducing):
            self._left[maker.terms.order_id] = self._of(maker) - quantity
        if quotes is not None:
            self._rooms[account_id] -= quantity * maker.terms.grid.quantity_increment
        self.found += quantity
        self.wanted -= quantity
        self.cost += maker.price * quantity
        rate = self._taker.taker_rate
        if rate:
            self.fee += fee_of(maker.price * quantity * maker.market.unit, rate)
        return quantity

    def _prevent(self, maker: WorkingOrder) -> None:
        """Let two orders of one account meet; what the mode ends is gone, its pair with it."""
        mode = prevention.mode_of(self._taker)
        left = self._of(maker)
        if mode is SelfTradePrevention.DECREMENT:
            left = min(left, self.wanted)
            self.wanted -= left
            self._left[maker.terms.order_id] = self._of(maker) - left
        elif mode in ENDS:
            self.is_expired = True
        else:
            self._left[maker.terms.order_id] = 0
        sibling = None
        if isinstance(maker, SpecialOrder) and not self._of(maker):
            sibling = self._state.links.sibling(maker)
        if sibling is not None:
            self._left[sibling.terms.order_id] = 0
