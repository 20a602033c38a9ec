"""Refusals of administrative commands and of orders: they say why, and change nothing."""

from openoutcry.engine.state import RULES_TELLING, State
from openoutcry.model.commands import EnterOrder, EnterSimpleOrder
from openoutcry.model.events import CommandRefused, OrderRejected
from openoutcry.model.reasons import Reason
from openoutcry.risk.checks import Refusal


def refuse(
    state: State, reason: Reason, subject: str, allowed: dict[str, int] | None = None
) -> None:
    """Say that a command was refused."""
    state.events.append(CommandRefused(reason=reason, subject=subject, allowed=allowed))


def allowed_by(state: State, refusal: Refusal) -> dict[str, int] | None:
    """Return what a refusal says would have been allowed; the first editions say less."""
    if refusal.reason is Reason.OPEN_ORDERS_LIMIT and state.rules < RULES_TELLING:
        return None
    return refusal.allowed


def reject_order(state: State, command: EnterOrder | EnterSimpleOrder, refusal: Refusal) -> None:
    """Say that an order was refused."""
    state.events.append(
        OrderRejected(
            account_id=command.account_id,
            symbol=command.symbol,
            reason=refusal.reason,
            allowed=allowed_by(state, refusal),
            client_order_id=command.client_order_id if isinstance(command, EnterOrder) else None,
        )
    )
