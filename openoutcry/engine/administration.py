"""Administration: keys, deposits, instruments, phases, editions of the rules.

Every refusal is a `CommandRefused` that names what it was about, and changes nothing.
"""

from typing import Final

from msgspec.structs import replace

from openoutcry.engine import accounts, auctions, bands, phases
from openoutcry.engine.accounts import pay_in
from openoutcry.engine.listing import list_instrument
from openoutcry.engine.refusing import refuse
from openoutcry.engine.soundness import has_positions, merged, unsound
from openoutcry.engine.state import RULES_TELLING, RULES_WHOLE, State
from openoutcry.model.account import AccountKind
from openoutcry.model.commands import (
    AddKey,
    AdoptRules,
    ChangeInstrument,
    Deposit,
    ListInstrument,
    RevokeKey,
    SetPhase,
)
from openoutcry.model.events import InstrumentChanged, KeyAdded, KeyRevoked, RulesAdopted
from openoutcry.model.reasons import Reason
from openoutcry.risk.checks import CALLS

RULES_NEWEST: Final = RULES_TELLING
"""The newest edition of the rules that this engine knows."""


def add_key(state: State, command: AddKey) -> None:
    """Give an account a key; the id must be new."""
    key = command.key
    owner = state.ledger.accounts.get(key.account_id)
    if owner is None or owner.account.kind is AccountKind.SYSTEM:
        return refuse(state, Reason.UNKNOWN_ACCOUNT, key.account_id)
    if key.key_id in state.keys:
        return refuse(state, Reason.ALREADY_EXISTS, key.key_id)
    state.keys[key.key_id] = key
    state.events.append(KeyAdded(key=key))
    return None


def revoke_key(state: State, command: RevokeKey) -> None:
    """End a key at once."""
    key = state.keys.pop(command.key_id, None)
    if key is None:
        return refuse(state, Reason.NOT_FOUND, command.key_id)
    state.events.append(KeyRevoked(key_id=key.key_id, account_id=key.account_id))
    return None


def deposit(state: State, command: Deposit) -> None:
    """Pay in, or out what is available."""
    owner = state.ledger.accounts.get(command.account_id)
    if owner is None or owner.account.kind is AccountKind.SYSTEM:
        return refuse(state, Reason.UNKNOWN_ACCOUNT, command.account_id)
    available = owner.available(command.asset)
    if command.amount < 0 and not accounts.may_withdraw(state, owner, command):
        allowed = {"available": int(available), "needed": -command.amount}
        return refuse(state, Reason.INSUFFICIENT_FUNDS, command.account_id, allowed)
    pay_in(state, owner, command.asset, command.amount)
    return None


def list_new_instrument(state: State, command: ListInstrument) -> None:
    """List an instrument; the symbol must be new and the fields sound."""
    instrument = command.instrument
    if instrument.symbol in state.markets:
        return refuse(state, Reason.ALREADY_EXISTS, instrument.symbol)
    reason = unsound(state, instrument)
    if reason is not None:
        return refuse(state, reason, instrument.symbol)
    former = state.delisted.get(instrument.symbol)
    on_another_grid = former is not None and former.instrument.grid != instrument.grid
    if on_another_grid and has_positions(state, instrument.symbol):
        return refuse(state, Reason.POSITIONS_OPEN, instrument.symbol)
    state.delisted.pop(instrument.symbol, None)
    market = list_instrument(state, replace(instrument, listed_by_use=False))
    if instrument.phase in CALLS:
        auctions.open_call(state, market)
    bands.fit(state, market)
    return None


def change_instrument(state: State, command: ChangeInstrument) -> None:
    """Change an instrument's fields; its grid only while nothing is open in it."""
    market = state.markets.get(command.instrument.symbol)
    if market is None:
        return refuse(state, Reason.UNKNOWN_INSTRUMENT, command.instrument.symbol)
    old = market.instrument
    changed = command.instrument
    if command.based_on is not None:
        changed = merged(old, command.based_on, changed)
    if changed.grid != old.grid:
        if any(order.market is market for order in state.orders.values()):
            return refuse(state, Reason.ORDERS_RESTING, changed.symbol)
        if has_positions(state, changed.symbol):
            return refuse(state, Reason.POSITIONS_OPEN, changed.symbol)
    reason = unsound(state, changed)
    if reason is not None:
        return refuse(state, reason, changed.symbol)
    if changed.grid != old.grid:
        bands.forget(state, market)
    market.change(replace(changed, phase=old.phase, listed_by_use=old.listed_by_use))
    if changed.grid != old.grid:
        state.know_anew()
    state.events.append(InstrumentChanged(instrument=market.instrument))
    bands.fit(state, market)
    return None


def set_phase(state: State, command: SetPhase) -> None:
    """Move an instrument to a phase."""
    market = state.markets.get(command.symbol)
    if market is None:
        return refuse(state, Reason.UNKNOWN_INSTRUMENT, command.symbol)
    if state.rules < RULES_WHOLE and command.phase in CALLS:
        return refuse(state, Reason.PHASE_FORBIDS, command.symbol)
    phases.move(state, market, command.phase, command.reason)
    return None


def adopt_rules(state: State, command: AdoptRules) -> None:
    """Go forward to an edition of the rules that this engine knows."""
    if not state.rules <= command.rules <= RULES_NEWEST:
        return refuse(state, Reason.NOT_FOUND, str(command.rules))
    state.rules = command.rules
    state.events.append(RulesAdopted(rules=command.rules))
    return None
