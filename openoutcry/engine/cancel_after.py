"""Cancel-after, a dead man's switch: who does not renew it in time loses all open orders.

Rule: an account has one, whichever key or connection set it; each call replaces what stood.
"""

from openoutcry.engine.alarms import AlarmKind
from openoutcry.engine.refusing import refuse
from openoutcry.engine.state import State
from openoutcry.model.account import AccountKind
from openoutcry.model.commands import SetCancelAfter
from openoutcry.model.events import CancelAfterSet
from openoutcry.model.reasons import Reason
from openoutcry.model.units import AccountId, Nanos


def set_cancel_after(state: State, command: SetCancelAfter) -> None:
    """Let the switch fire after the timeout; 0 takes it away."""
    account_id = command.account_id
    owner = state.ledger.accounts.get(account_id)
    if owner is None or owner.account.kind is AccountKind.SYSTEM:
        return refuse(state, Reason.UNKNOWN_ACCOUNT, account_id)
    if command.timeout <= 0:
        state.alarms.clear(AlarmKind.CANCEL_AFTER, account_id)
        state.events.append(CancelAfterSet(account_id=account_id))
        return None
    fires_at = Nanos(state.now + command.timeout)
    state.alarms.set(AlarmKind.CANCEL_AFTER, account_id, fires_at)
    state.events.append(CancelAfterSet(account_id=account_id, fires_at=fires_at))
    return None


def fire(state: State, account_id: str) -> None:
    """Cancel all live orders of the account, oldest first, and say that the switch is off."""
    state.events.append(CancelAfterSet(account_id=AccountId(account_id)))
    for order in list(state.orders_by_account.get(AccountId(account_id), {}).values()):
        state.cancel(order, Reason.CANCEL_AFTER)


def check(state: State) -> None:
    """Assert that what is set belongs to an account that may trade."""
    for _, kind, subject in state.alarms.image():
        if kind == AlarmKind.CANCEL_AFTER.value:
            owner = state.ledger.accounts[AccountId(subject)]
            assert owner.account.kind is not AccountKind.SYSTEM
