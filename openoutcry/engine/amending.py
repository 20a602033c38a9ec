"""Amending an order in place: total quantity, price, client order id.

Rule 1: an amend that fails any check leaves the order untouched.
Rule 2: priority is lost when the price changes or the total grows, and kept otherwise; an order
that lost it is matched again as if it came in.
"""

from typing import Final

from msgspec.structs import replace

from openoutcry.engine.entering import measure, see_opening, take_and_rest
from openoutcry.engine.exposure import standing
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.model.account import AccountStatus
from openoutcry.model.commands import AmendOrder
from openoutcry.model.events import OrderReplaced, ReplaceRejected
from openoutcry.model.instrument import Phase
from openoutcry.model.order import OrderStatus, OrderTerms, OrderType
from openoutcry.model.reasons import Reason
from openoutcry.model.units import Lots, Ticks
from openoutcry.risk.checks import (
    Proposal,
    Refusal,
    account_is_active,
    combination_makes_sense,
    first_refusal,
    means_suffice,
    notional_in_range,
    only_makes,
    phase_takes_orders,
    position_in_limit,
    price_in_band,
    price_in_collar,
    price_on_grid,
    quantity_in_range,
    quantity_on_grid,
)

FORM: Final = (
    account_is_active,
    combination_makes_sense,
    price_on_grid,
    quantity_on_grid,
)


LESS: Final = (notional_in_range,)
"""What an order that keeps its price and does not grow is asked."""
MORE: Final = (
    notional_in_range,
    price_in_band,
    price_in_collar,
    position_in_limit,
    means_suffice,
    only_makes,
)


def amend_order(state: State, command: AmendOrder) -> None:
    """Apply an amend, or say why not."""
    order = state.orders.get(command.order_id)
    if order is None or order.terms.account_id != command.account_id:
        ended = order is None and 0 < command.order_id <= state.last_order_id
        reason = Reason.TOO_LATE if ended else Reason.UNKNOWN_ORDER
        return reject_amend(state, command, Refusal(reason))
    spent = order.terms.quantity - order.leaves_quantity
    refusal, held_per_lot = _examine(state, order, command, spent)
    if refusal is not None:
        return reject_amend(state, command, refusal)
    terms = _amended(order.terms, command)
    order.revision += 1
    if terms.quantity <= spent:
        state.cut(order, replace(terms, quantity=Lots(spent)))
    else:
        _replace(state, order, terms, held_per_lot, Lots(terms.quantity - spent))
    return None


def _examine(
    state: State, order: WorkingOrder, command: AmendOrder, spent: int
) -> tuple[Refusal | None, int]:
    """Make the checks that concern the change; return a refusal, or what each lot will hold."""
    if order.status is OrderStatus.PENDING_NEW:
        # It has not been at market, so there is nothing to replace: cancel it and enter another.
        return Refusal(Reason.NOT_ALLOWED_COMBINATION), 0
    proposal = _proposal(state, order, command)
    halted = proposal.instrument.phase is Phase.HALTED
    shrinks = only_shrinks(order, proposal)
    if not (halted and shrinks):
        refusal = phase_takes_orders(proposal)
        if refusal is not None:
            return refusal, 0
    refusal = first_refusal(proposal, FORM)
    if refusal is not None:
        return refusal, 0
    assert proposal.quantity is not None
    limit = order.price if proposal.price is None else Ticks(proposal.price)
    if proposal.quantity <= spent:
        return None, 0
    refusal = quantity_in_range(proposal)
    if refusal is not None:
        return refusal, 0
    leaves = proposal.quantity - spent
    worst_rate = max(order.maker_rate, order.taker_rate)
    held_per_lot = measure(proposal, order.market, order.account, limit, leaves, worst_rate)
    proposal.available += order.leaves_quantity * order.held_per_lot
    if order.terms.type is not OrderType.MARKET:
        # Of an order without a price of its own, the one it works at is what may print.
        proposal.price = limit
    return first_refusal(proposal, LESS if shrinks else MORE), held_per_lot


def _replace(
    state: State,
    order: WorkingOrder,
    terms: OrderTerms,
    held_per_lot: int,
    leaves: Lots,
) -> None:
    """Put changed terms in force, and match the order again if it lost its priority."""
    limit = order.price if terms.price is None else terms.price
    requeued = limit != order.price or terms.quantity > order.terms.quantity
    held_before = order.leaves_quantity * order.held_per_lot
    if requeued:
        state.lift(order)
        order.price = limit
    elif order.level is not None:
        if leaves < order.leaves_quantity:
            state.lessened[order.terms.order_id] = order.level.price
        ladder = order.market.book.side(order.side)
        ladder.reduce(order, order.leaves_quantity - leaves)
    order.terms = terms
    order.leaves_quantity = leaves
    order.held_per_lot = held_per_lot
    order.source().held += leaves * held_per_lot - held_before
    state.note(order)
    state.events.append(OrderReplaced(order=state.report(order), requeued=requeued))
    if requeued:
        take_and_rest(state, order, limit)


def only_shrinks(order: WorkingOrder, proposal: Proposal) -> bool:
    """Say whether the price stays and the total does not grow: all that a halt allows."""
    stays = not proposal.price_off_grid and proposal.price in (None, order.price)
    return stays and proposal.quantity is not None and proposal.quantity <= order.terms.quantity


def _proposal(state: State, order: WorkingOrder, command: AmendOrder) -> Proposal:
    terms = order.terms
    market, account = order.market, order.account
    stands = standing(state, account, market, order) if account.is_limited else None
    quantity = terms.quantity if command.quantity is None else command.quantity
    price = terms.price if command.price is None else command.price
    proposal = Proposal(
        instrument=market.instrument,
        account_status=AccountStatus.BLOCKED if state.is_killed else account.account.status,
        standing=stands,
        side=terms.side,
        type=terms.type,
        time_in_force=terms.time_in_force,
        quantity=quantity if isinstance(quantity, int) else None,
        price=price if isinstance(price, int) else None,
        price_off_grid=isinstance(price, str),
        post_only=terms.post_only,
        open_orders_max=1,
    )
    see_opening(state, account, proposal, order)
    return proposal


def _amended(terms: OrderTerms, command: AmendOrder) -> OrderTerms:
    assert not isinstance(command.quantity, str)
    assert not isinstance(command.price, str)
    return replace(
        terms,
        quantity=terms.quantity if command.quantity is None else command.quantity,
        price=terms.price if command.price is None else command.price,
        client_order_id=command.client_order_id or terms.client_order_id,
    )


def reject_amend(state: State, command: AmendOrder, refusal: Refusal) -> None:
    """Say that an amend was refused."""
    state.events.append(
        ReplaceRejected(
            account_id=command.account_id,
            order_id=command.order_id,
            reason=refusal.reason,
            allowed=refusal.allowed,
        )
    )
