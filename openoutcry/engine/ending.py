"""Cancels: one order, or many, by their owner."""

from openoutcry.engine.state import State
from openoutcry.model.commands import CancelAllOrders, CancelOrder
from openoutcry.model.events import CancelRejected
from openoutcry.model.reasons import Reason


def cancel_order(state: State, command: CancelOrder) -> None:
    """Cancel what is left of an order; another account's is unknown."""
    order = state.orders.get(command.order_id)
    if order is not None and order.terms.account_id == command.account_id:
        state.cancel(order, Reason.USER)
        return
    # Ids rise, so one up to the last was an order and has ended. The engine has forgotten whose:
    # a door asks history before it submits, so only an owner learns that they came too late.
    ended = order is None and 0 < command.order_id <= state.last_order_id
    state.events.append(
        CancelRejected(
            account_id=command.account_id,
            order_id=command.order_id,
            reason=Reason.TOO_LATE if ended else Reason.UNKNOWN_ORDER,
        )
    )


def cancel_all_orders(state: State, command: CancelAllOrders) -> None:
    """Cancel the live orders of an account that match, oldest first."""
    for order in list(state.orders_by_account.get(command.account_id, {}).values()):
        terms = order.terms
        if command.symbol in (None, terms.symbol) and command.side in (
            None,
            terms.side,
        ):
            state.cancel(order, command.reason)
