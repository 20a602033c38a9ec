"""The refusal of an administrative command: it says why and what of, and changes nothing."""

from openoutcry.engine.state import State
from openoutcry.model.events import CommandRefused
from openoutcry.model.reasons import Reason


def refuse(
    state: State, reason: Reason, subject: str, allowed: dict[str, int] | None = None
) -> None:
    """Say that a command was refused."""
    state.events.append(CommandRefused(reason=reason, subject=subject, allowed=allowed))
