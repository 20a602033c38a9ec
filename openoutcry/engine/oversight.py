"""What the venue's administration may do to trading itself: end it, and begin it again.

Delisting, the kill switch, fee tiers, the reset of a paper account, settings that decide.
"""

from collections.abc import Callable

from msgspec.structs import replace

from openoutcry.engine import margin
from openoutcry.engine.alarms import AlarmKind
from openoutcry.engine.refusing import refuse
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.engine.worth import worth_of
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.account import OUTSIDE, AccountKind, AccountStatus, PostingKind
from openoutcry.model.commands import (
    Configure,
    DelistInstrument,
    ResetAccount,
    SetSessions,
    SetTier,
    ThrowKillSwitch,
)
from openoutcry.model.events import (
    AccountChanged,
    AccountReset,
    Configured,
    FundsMoved,
    InstrumentDelisted,
    KillSwitchThrown,
    SessionsSet,
    TierSet,
)
from openoutcry.model.reasons import Reason
from openoutcry.model.totals import ClosedPosition
from openoutcry.model.units import Amount, Asset, Symbol

ALARMS_OF_MARKETS = (
    AlarmKind.HALT_ENDS,
    AlarmKind.CALL_ENDS,
    AlarmKind.LIMIT_STATE,
    AlarmKind.BAND,
    AlarmKind.INDICATIVE,
)
USD = Asset("USD")


def delist_instrument(state: State, command: DelistInstrument) -> None:
    """End trading for good; positions stay, and the symbol is unknown until it is listed again."""
    market = state.markets.get(command.symbol)
    if market is None:
        return refuse(state, Reason.UNKNOWN_INSTRUMENT, command.symbol)
    cancel_every(state, lambda order: order.market is market, Reason.DELISTED)
    for kind in ALARMS_OF_MARKETS:
        state.alarms.clear(kind, command.symbol)
    state.banded.pop(command.symbol, None)
    state.calls.pop(command.symbol, None)
    state.look_closely()
    del state.markets[command.symbol]
    state.delisted[command.symbol] = market
    state.know_anew()
    state.events.append(InstrumentDelisted(instrument=market.instrument))
    return None


def set_sessions(state: State, command: SetSessions) -> None:
    """Plan the turns of a calendar. Those that are past go off at once, in order."""
    turns = tuple(sorted(command.turns, key=lambda turn: turn.at))
    state.sessions[command.calendar] = turns
    state.alarms.clear(AlarmKind.SESSION, command.calendar)
    if turns:
        state.alarms.set(AlarmKind.SESSION, command.calendar, turns[0].at)
    state.events.append(SessionsSet(calendar=command.calendar, turns=turns))


def throw_kill_switch(state: State, command: ThrowKillSwitch) -> None:
    """Cancel and block, or unblock: one account by its status, the venue by a switch of its own."""
    account_id = command.account_id
    thrown = KillSwitchThrown(on=command.on, account_id=account_id, reason=command.reason)
    if account_id is None:
        state.is_killed = command.on
        state.events.append(thrown)
        if command.on:
            cancel_every(state, lambda _: True, Reason.KILL_SWITCH)
        return None
    owner = state.ledger.accounts.get(account_id)
    if owner is None or owner.account.kind is AccountKind.SYSTEM:
        return refuse(state, Reason.UNKNOWN_ACCOUNT, account_id)
    status = AccountStatus.BLOCKED if command.on else AccountStatus.ACTIVE
    owner.account = replace(owner.account, status=status)
    state.events += [thrown, AccountChanged(account=owner.account, worth=worth_of(state, owner))]
    if command.on:
        cancel_every(state, lambda order: order.account is owner, Reason.KILL_SWITCH)
    return None


def set_tier(state: State, command: SetTier) -> None:
    """Fix the fees of a tier, for what its accounts enter from here on."""
    state.tiers[command.name] = command.fees
    for owner in state.ledger.accounts.values():
        if owner.account.tier == command.name:
            owner.rates = command.fees
    state.events.append(TierSet(name=command.name, fees=command.fees))


def reset_account(state: State, command: ResetAccount) -> None:
    """Let an account begin anew with so much cash."""
    owner = state.ledger.accounts.get(command.account_id)
    if owner is None or owner.account.kind is AccountKind.SYSTEM or command.cash < 0:
        return refuse(state, Reason.UNKNOWN_ACCOUNT, command.account_id)
    is_blocked = state.is_killed or owner.account.status is AccountStatus.BLOCKED
    if command.by_owner and is_blocked:
        return refuse(state, Reason.ACCOUNT_BLOCKED, command.account_id)
    cancel_every(state, lambda order: order.account is owner, Reason.RESET)
    for asset, holding in list(owner.holdings.items()):
        wanted = command.cash if asset == USD else 0
        _move(state, owner, asset, wanted - holding.total)
    if USD not in owner.holdings:
        _move(state, owner, USD, command.cash)
    closed = [_closed(state, symbol) for symbol in owner.positions]
    owner.positions.clear()
    margin.forgive(state, command.account_id)
    state.events.append(AccountReset(account=owner.account, closed=tuple(closed)))
    return None


def _closed(state: State, symbol: Symbol) -> ClosedPosition:
    market = state.markets.get(symbol) or state.delisted[symbol]
    return ClosedPosition(symbol, market.instrument.grid)


def configure(state: State, command: Configure) -> None:
    """Take over settings that decide."""
    if command.liquidation_grace is not None:
        state.liquidation_grace = command.liquidation_grace
    state.events.append(Configured(liquidation_grace=state.liquidation_grace))


def cancel_every(state: State, matches: Callable[[WorkingOrder], bool], reason: Reason) -> None:
    """Cancel every order that matches, oldest first."""
    for order in list(state.orders.values()):
        # The end of one may have ended another of its group.
        if matches(order) and order.is_live():
            state.cancel(order, reason)


def _move(state: State, owner: LedgerAccount, asset: Asset, amount: int) -> None:
    if not amount:
        return
    outside = state.ledger.accounts[OUTSIDE]
    state.ledger.move(outside, owner, asset, amount)
    state.events.append(
        FundsMoved(
            kind=PostingKind.RESET,
            account_id=owner.account.account_id,
            counter_account_id=OUTSIDE,
            asset=asset,
            amount=Amount(amount),
            balance=Amount(owner.holding(asset).total),
            counter_balance=Amount(outside.holding(asset).total),
            held=Amount(owner.holding(asset).held),
        )
    )
