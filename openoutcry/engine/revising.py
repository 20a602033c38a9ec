"""Amending an order with special terms, or a post-only order that slides.

Rule 1: an amend that fails any check leaves the order untouched.
Rule 2: what is hidden shrinks first; priority is lost when the working price changes or the total
grows, and kept otherwise.
Rule 3: the part of an iceberg that is shown stays shown; another size of it counts from the next.
"""

from typing import NamedTuple

from msgspec.structs import replace

from openoutcry.engine import amending, bonds, stops
from openoutcry.engine.entering import propose, take_and_rest
from openoutcry.engine.levels import trailing_price
from openoutcry.engine.special_order import STOPS, SpecialOrder
from openoutcry.engine.state import State
from openoutcry.engine.vetting import Plan, vet_amend
from openoutcry.engine.working import WorkingOrder
from openoutcry.model.commands import AmendOrder
from openoutcry.model.events import OrderReplaced
from openoutcry.model.instrument import Phase
from openoutcry.model.order import (
    OrderStatus,
    OrderTerms,
    OrderType,
    PostOnly,
    Special,
    SpecialChange,
)
from openoutcry.model.reasons import Reason
from openoutcry.model.units import Lots, Ticks
from openoutcry.risk.checks import (
    Refusal,
    first_refusal,
    phase_takes_orders,
    quantity_in_range,
)


class Revision(NamedTuple):
    """What an amend that passed makes of an order."""

    terms: OrderTerms
    plan: Plan
    leaves: Lots


def amend_order(state: State, command: AmendOrder) -> None:
    """Apply an amend, or say why not."""
    order = state.orders.get(command.order_id)
    if order is None or order.terms.account_id != command.account_id or _is_plain(order, command):
        return amending.amend_order(state, command)
    found = _examine(state, order, command)
    if isinstance(found, Refusal):
        return amending.reject_amend(state, command, found)
    order.revision += 1
    spent = order.terms.quantity - order.leaves_quantity
    if found.terms.quantity <= spent:
        state.cut(order, replace(found.terms, quantity=Lots(spent)))
    else:
        _apply(state, order, found)
    return None


def _is_plain(order: WorkingOrder, command: AmendOrder) -> bool:
    slides = order.terms.post_only is PostOnly.SLIDE
    return order.terms.special is None and command.special is None and not slides


def _examine(state: State, order: WorkingOrder, command: AmendOrder) -> Revision | Refusal:
    """Make the checks that concern the change."""
    if order.status is OrderStatus.PENDING_NEW:
        return Refusal(Reason.NOT_ALLOWED_COMBINATION)
    terms = _amended(order.terms, command)
    proposal = propose(state, order.account, order.market, terms)
    proposal.open_orders, proposal.open_orders_max = 0, 1
    eases = _eases(order, command)
    halted = proposal.instrument.phase is Phase.HALTED
    refusal = None if halted and eases else phase_takes_orders(proposal)
    refusal = refusal or first_refusal(proposal, amending.FORM)
    if refusal is None and not _may_change(order, command.special):
        refusal = Refusal(Reason.NOT_ALLOWED_COMBINATION)
    if refusal is not None:
        return refusal
    leaves = Lots(terms.quantity - (order.terms.quantity - order.leaves_quantity))
    if leaves <= 0:
        return Revision(terms, Plan(None, Lots(0), 0), leaves)
    refusal = quantity_in_range(proposal)
    if refusal is not None:
        return refusal
    if order.status is OrderStatus.HELD:
        return Revision(terms, Plan(terms.price, leaves, 0), leaves)
    plan = vet_amend(state, order, terms, proposal, leaves, eases=eases)
    return plan if isinstance(plan, Refusal) else Revision(terms, plan, leaves)


def _eases(order: WorkingOrder, command: AmendOrder) -> bool:
    """Say whether the price stays and the total does not grow: all that a halt allows."""
    prices = None, order.price, order.terms.price
    shrinks = command.quantity is None or (
        isinstance(command.quantity, int) and command.quantity <= order.terms.quantity
    )
    return shrinks and command.price in prices and command.special is None


def _may_change(order: WorkingOrder, change: SpecialChange | None) -> bool:
    """Say whether an order has what is to be changed: a stop that triggered waits no more."""
    if change is None:
        return True
    special = order.terms.special
    if special is None or (change.display_quantity and special.display_quantity is None):
        return False
    waited = change.stop_price, change.trail, change.trail_bps
    triggered = isinstance(order, SpecialOrder) and order.triggered_at is not None
    return not triggered or not any(term is not None for term in waited)


def _amended(terms: OrderTerms, command: AmendOrder) -> OrderTerms:
    """Return the terms as they would be; what is off the grid is still the text that was sent."""
    special, change = terms.special, command.special
    quantity = terms.quantity if command.quantity is None else command.quantity
    if change is not None:
        given = {name: getattr(change, name) for name in SpecialChange.__struct_fields__}
        sent = {name: value for name, value in given.items() if value is not None}
        special = replace(special or Special(), **sent)
    elif special is not None and isinstance(special.display_quantity, int):
        # Less than was shown at a time can only be shown all at once.
        shrunk = isinstance(quantity, int) and 0 < quantity < special.display_quantity
        special = replace(special, display_quantity=quantity) if shrunk else special
    return replace(
        terms,
        quantity=quantity,
        price=terms.price if command.price is None else command.price,
        client_order_id=command.client_order_id or terms.client_order_id,
        special=special,
    )


def _apply(state: State, order: WorkingOrder, revision: Revision) -> None:
    """Put changed terms in force, and match the order again if it lost its priority."""
    terms, plan, _ = revision
    rests = order.level is not None or state.is_aside(order)
    asleep = isinstance(order, SpecialOrder) and order.is_stop
    requeued = rests and (plan.price != order.price or terms.quantity > order.terms.quantity)
    if asleep:
        assert isinstance(order, SpecialOrder)
        state.links.wake(order)
    if requeued:
        state.lift(order)
        order.price = plan.price or Ticks(0)
    _resize(state, order, revision, in_place=rests and not requeued)
    order.terms = terms
    if terms.type is OrderType.PEGGED and order.market.watch is not None:
        order.market.watch.seen = None
    other = _hold(state, order, plan.need_per_lot)
    if asleep:
        assert isinstance(order, SpecialOrder)
        _set_trigger(order)
    state.note(order)
    state.events.append(OrderReplaced(order=state.report(order), requeued=requeued))
    if other is not None:
        bonds.restate(state, other, Reason.GROUP)
    if asleep:
        assert isinstance(order, SpecialOrder)
        stops.sleep(state, order)
    special = terms.special
    if special is not None and special.expires_at is not None and special.expires_at != order.due:
        state.timers.set(order, special.expires_at)
    if requeued:
        take_and_rest(state, order, order.price)


def _resize(state: State, order: WorkingOrder, revision: Revision, *, in_place: bool) -> None:
    """Change what is left; a reduce-only order may get less than it asks for."""
    leaves = revision.plan.leaves
    order.canceled_quantity += revision.leaves - leaves
    if in_place:
        state.shrink(order, order.leaves_quantity - leaves)
        return
    order.source().held += (leaves - order.leaves_quantity) * order.held_per_lot
    order.leaves_quantity = leaves
    if isinstance(order, SpecialOrder):
        if order.is_stop or order.status is OrderStatus.HELD or not order.price:
            order.conceal()
        else:
            order.hidden_quantity = Lots(0)


def _hold(state: State, order: WorkingOrder, need_per_lot: int) -> SpecialOrder | None:
    if order.status is OrderStatus.HELD:
        return None
    if isinstance(order, SpecialOrder):
        return bonds.hold(state, order, need_per_lot)
    order.source().held += order.leaves_quantity * (need_per_lot - order.held_per_lot)
    order.held_per_lot = need_per_lot
    return None


def _set_trigger(order: SpecialOrder) -> None:
    """Let a sleeping stop have its new trigger, and the price that it will have then."""
    terms, special = order.terms, order.special
    order.price = terms.price or Ticks(0)
    if terms.type is OrderType.TRAILING_STOP:
        if order.extreme:
            order.stop_price = trailing_price(order.side, special, order.extreme)
        return
    assert terms.type in STOPS, "only stops sleep"
    assert isinstance(special.stop_price, int), "accepted terms are on the grid"
    order.stop_price = special.stop_price
