"""Administration: accounts, keys, deposits, instruments, phases, editions of the rules.

Every refusal is a `CommandRefused` that names what it was about, and changes nothing.
"""

from msgspec.structs import replace

from openoutcry.engine.entering import list_instrument
from openoutcry.engine.state import State
from openoutcry.engine.worth import worth_of
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.account import MONEY, OUTSIDE, Account, AccountKind, PostingKind
from openoutcry.model.commands import (
    AddKey,
    AdoptRules,
    ChangeAccount,
    ChangeInstrument,
    Deposit,
    ListInstrument,
    OpenAccount,
    RevokeKey,
    SetPhase,
)
from openoutcry.model.events import (
    AccountChanged,
    AccountOpened,
    CommandRefused,
    FundsMoved,
    InstrumentChanged,
    KeyAdded,
    KeyRevoked,
    PhaseChanged,
    RulesAdopted,
)
from openoutcry.model.instrument import Instrument, Phase, is_whole
from openoutcry.model.reasons import Reason
from openoutcry.model.units import FEE_SCALE, AccountId, Amount, Asset, Symbol

RULES_NEWEST = 1
"""The newest edition of the rules that this engine knows."""
PHASES_OFFERED = (Phase.CONTINUOUS, Phase.HALTED, Phase.CLOSED)


def open_account(state: State, command: OpenAccount) -> None:
    """Open an account and pay in its first cash."""
    account_id = command.account_id
    if account_id is None:
        account_id = _free_account_id(state)
    elif account_id in state.ledger.accounts:
        return _refuse(state, Reason.ALREADY_EXISTS, account_id)
    if command.cash < 0:
        return _refuse(state, Reason.INSUFFICIENT_FUNDS, account_id)
    account = Account(
        account_id=account_id,
        name=command.name,
        kind=command.kind,
        open_orders_max=command.open_orders_max,
    )
    opened = state.ledger.open(account)
    if command.account_id is None:
        state.last_account = int(account_id.removeprefix("account-"))
    state.events.append(AccountOpened(account=account))
    if command.cash:
        _pay_in(state, opened, MONEY, command.cash)
    return None


def _free_account_id(state: State) -> AccountId:
    """Return the next id of the venue's own that nobody was given by name."""
    number = state.last_account + 1
    while f"account-{number}" in state.ledger.accounts:
        number += 1
    return AccountId(f"account-{number}")


def change_account(state: State, command: ChangeAccount) -> None:
    """Change what may be changed of an account; the system's own stay as they are."""
    owner = state.ledger.accounts.get(command.account_id)
    if owner is None or owner.account.kind is AccountKind.SYSTEM:
        return _refuse(state, Reason.UNKNOWN_ACCOUNT, command.account_id)
    account = owner.account
    if command.name is not None:
        account = replace(account, name=command.name)
    if command.status is not None:
        account = replace(account, status=command.status)
    if command.open_orders_max is not None:
        account = replace(account, open_orders_max=command.open_orders_max)
    owner.account = account
    state.events.append(AccountChanged(account=account, worth=worth_of(state, owner)))
    return None


def add_key(state: State, command: AddKey) -> None:
    """Give an account a key; the id must be new."""
    key = command.key
    owner = state.ledger.accounts.get(key.account_id)
    if owner is None or owner.account.kind is AccountKind.SYSTEM:
        return _refuse(state, Reason.UNKNOWN_ACCOUNT, key.account_id)
    if key.key_id in state.keys:
        return _refuse(state, Reason.ALREADY_EXISTS, key.key_id)
    state.keys[key.key_id] = key
    state.events.append(KeyAdded(key=key))
    return None


def revoke_key(state: State, command: RevokeKey) -> None:
    """End a key at once."""
    key = state.keys.pop(command.key_id, None)
    if key is None:
        return _refuse(state, Reason.NOT_FOUND, command.key_id)
    state.events.append(KeyRevoked(key_id=key.key_id, account_id=key.account_id))
    return None


def deposit(state: State, command: Deposit) -> None:
    """Pay in, or out what is available."""
    owner = state.ledger.accounts.get(command.account_id)
    if owner is None or owner.account.kind is AccountKind.SYSTEM:
        return _refuse(state, Reason.UNKNOWN_ACCOUNT, command.account_id)
    available = owner.available(command.asset)
    if command.amount < 0 and available + command.amount < 0:
        allowed = {"available": int(available), "needed": -command.amount}
        return _refuse(state, Reason.INSUFFICIENT_FUNDS, command.account_id, allowed)
    _pay_in(state, owner, command.asset, command.amount)
    return None


def list_new_instrument(state: State, command: ListInstrument) -> None:
    """List an instrument; the symbol must be new and the grid whole."""
    instrument = command.instrument
    if instrument.symbol in state.markets:
        return _refuse(state, Reason.ALREADY_EXISTS, instrument.symbol)
    if not is_whole(instrument.grid):
        return _refuse(state, Reason.PRICE_INCREMENT, instrument.symbol)
    if not _fees_are_covered(instrument):
        return _refuse(state, Reason.NOT_ALLOWED_COMBINATION, instrument.symbol)
    list_instrument(state, replace(instrument, listed_by_use=False))
    return None


def change_instrument(state: State, command: ChangeInstrument) -> None:
    """Replace an instrument's fields; its grid only while nothing is open in it."""
    changed = command.instrument
    market = state.markets.get(changed.symbol)
    if market is None:
        return _refuse(state, Reason.UNKNOWN_INSTRUMENT, changed.symbol)
    if changed.grid != market.instrument.grid:
        if any(order.market is market for order in state.orders.values()):
            return _refuse(state, Reason.ORDERS_RESTING, changed.symbol)
        if _has_positions(state, changed.symbol):
            return _refuse(state, Reason.POSITIONS_OPEN, changed.symbol)
        if not is_whole(changed.grid):
            return _refuse(state, Reason.PRICE_INCREMENT, changed.symbol)
    if not _fees_are_covered(changed):
        return _refuse(state, Reason.NOT_ALLOWED_COMBINATION, changed.symbol)
    old = market.instrument
    market.change(replace(changed, phase=old.phase, listed_by_use=old.listed_by_use))
    state.events.append(InstrumentChanged(instrument=market.instrument))
    return None


def _fees_are_covered(instrument: Instrument) -> bool:
    """Say whether a seller's proceeds cover the fee on them, whatever is traded."""
    return all(abs(rate) < FEE_SCALE for rate in (instrument.fees.maker, instrument.fees.taker))


def _has_positions(state: State, symbol: Symbol) -> bool:
    """Say whether anybody holds a position; it is in lots of the present grid."""
    owners = state.ledger.accounts.values()
    return any((held := owner.positions.get(symbol)) and held.quantity for owner in owners)


def set_phase(state: State, command: SetPhase) -> None:
    """Move an instrument to a phase."""
    market = state.markets.get(command.symbol)
    if market is None:
        return _refuse(state, Reason.UNKNOWN_INSTRUMENT, command.symbol)
    if command.phase not in PHASES_OFFERED:
        return _refuse(state, Reason.PHASE_FORBIDS, command.symbol)
    market.instrument = replace(market.instrument, phase=command.phase)
    state.events.append(
        PhaseChanged(
            symbol=command.symbol,
            phase=command.phase,
            instrument=market.instrument,
            reason=command.reason,
        )
    )
    return None


def adopt_rules(state: State, command: AdoptRules) -> None:
    """Go forward to an edition of the rules that this engine knows."""
    if not state.rules <= command.rules <= RULES_NEWEST:
        return _refuse(state, Reason.NOT_FOUND, str(command.rules))
    state.rules = command.rules
    state.events.append(RulesAdopted(rules=command.rules))
    return None


def _pay_in(state: State, owner: LedgerAccount, asset: Asset, amount: Amount) -> None:
    outside = state.ledger.accounts[OUTSIDE]
    state.ledger.move(outside, owner, asset, amount)
    state.events.append(
        FundsMoved(
            kind=PostingKind.DEPOSIT if amount >= 0 else PostingKind.WITHDRAWAL,
            account_id=owner.account.account_id,
            counter_account_id=OUTSIDE,
            asset=asset,
            amount=amount,
            balance=Amount(owner.holding(asset).total),
            counter_balance=Amount(outside.holding(asset).total),
        )
    )


def _refuse(
    state: State, reason: Reason, subject: str, allowed: dict[str, int] | None = None
) -> None:
    state.events.append(CommandRefused(reason=reason, subject=subject, allowed=allowed))
