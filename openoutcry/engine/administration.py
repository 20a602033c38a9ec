"""Administration: accounts, keys, deposits, instruments, phases, editions of the rules.

Every refusal is a `CommandRefused` that names what it was about, and changes nothing.
"""

from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from openoutcry.engine.entering import list_instrument
from openoutcry.engine.state import State
from openoutcry.engine.worth import worth_of
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.account import (
    MONEY,
    OUTSIDE,
    Account,
    AccountKind,
    PostingKind,
    Unlimited,
)
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

_S = TypeVar("_S", bound=Struct)
RULES_NEWEST: Final = 1
"""The newest edition of the rules that this engine knows."""
PHASES_OFFERED: Final = (Phase.CONTINUOUS, Phase.HALTED, Phase.CLOSED)


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
        limit = command.open_orders_max
        account = replace(account, open_orders_max=None if limit is Unlimited.UNLIMITED else limit)
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
    """List an instrument; the symbol must be new and the fields sound."""
    instrument = command.instrument
    if instrument.symbol in state.markets:
        return _refuse(state, Reason.ALREADY_EXISTS, instrument.symbol)
    reason = _unsound(state, instrument)
    if reason is not None:
        return _refuse(state, reason, instrument.symbol)
    list_instrument(state, replace(instrument, listed_by_use=False))
    return None


def change_instrument(state: State, command: ChangeInstrument) -> None:
    """Change an instrument's fields; its grid only while nothing is open in it."""
    market = state.markets.get(command.instrument.symbol)
    if market is None:
        return _refuse(state, Reason.UNKNOWN_INSTRUMENT, command.instrument.symbol)
    old = market.instrument
    changed = command.instrument
    if command.based_on is not None:
        changed = _merged(old, command.based_on, changed)
    if changed.grid != old.grid:
        if any(order.market is market for order in state.orders.values()):
            return _refuse(state, Reason.ORDERS_RESTING, changed.symbol)
        if _has_positions(state, changed.symbol):
            return _refuse(state, Reason.POSITIONS_OPEN, changed.symbol)
    reason = _unsound(state, changed)
    if reason is not None:
        return _refuse(state, reason, changed.symbol)
    market.change(replace(changed, phase=old.phase, listed_by_use=old.listed_by_use))
    state.know_assets(changed.grid)
    state.events.append(InstrumentChanged(instrument=market.instrument))
    return None


def _merged(now: _S, before: _S, after: _S) -> _S:
    """Return `now` with what differs between `before` and `after`, field by field and within."""
    fields = {}
    for name in now.__struct_fields__:
        ours, old, new = (getattr(one, name) for one in (now, before, after))
        if isinstance(ours, Struct):
            fields[name] = _merged(ours, old, new)
        else:
            fields[name] = ours if new == old else new
    return type(now)(**fields)


def _unsound(state: State, instrument: Instrument) -> Reason | None:
    """Return what is wrong with an instrument's fields."""
    grid, fees = instrument.grid, instrument.fees
    if not is_whole(grid):
        return Reason.PRICE_INCREMENT
    covered = all(abs(rate) < FEE_SCALE for rate in (fees.maker, fees.taker))
    if (
        not covered  # A seller's proceeds must cover the fee on them.
        or grid.asset == grid.currency
        or instrument.minimum_quantity > instrument.maximum_quantity
    ):
        return Reason.NOT_ALLOWED_COMBINATION
    for market in state.markets.values():
        other = market.instrument
        is_another = other.listed_by_use and other.symbol != instrument.symbol
        if is_another and other.grid.asset in (grid.asset, grid.currency):
            return Reason.ALREADY_EXISTS
    return None


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
