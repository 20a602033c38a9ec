"""Refusals of administrative commands and of orders: they say why, and change nothing."""

from openoutcry.engine.state import State
from openoutcry.model.commands import EnterOrder, EnterSimpleOrder
from openoutcry.model.events import CommandRefused, OrderRejected
from openoutcry.model.reasons import Reason
from openoutcry.risk.checks import Refusal


def refuse(
    state: State, reason: Reason, subject: str, allowed: dict[str, int] | None = None
) -> None:
    """Say that a command was refused."""
    state.events.append(CommandRefused(reason=reason, subject=subject, allowed=allowed))


def reject_order(state: State, command: EnterOrder | EnterSimpleOrder, refusal: Refusal) -> None:
    """Say that an order was refused."""
    state.events.append(
        OrderRejected(
            account_id=command.account_id,
            symbol=command.symbol,
            reason=refusal.reason,
            allowed=refusal.allowed,
            client_order_id=command.client_order_id if isinstance(command, EnterOrder) else None,
        )
    )
