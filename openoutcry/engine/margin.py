"""Margin: calls when equity no longer covers the positions, and liquidation when they are not met.

Rule 1: an account that is called may only close positions; it is restored as soon as its equity
suffices again, whatever made it so.
Rule 2: a liquidation cancels everything first, then sells and buys at market what the positions
are; what finds nobody on the other side is tried again.
"""

from collections.abc import Iterable
from typing import Final

from openoutcry.engine import entering, exposure
from openoutcry.engine.alarms import AlarmKind
from openoutcry.engine.market import Market
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model import events as told
from openoutcry.model.account import MarginFigures
from openoutcry.model.events import MarginCalled, MarginRestored
from openoutcry.model.instrument import Phase
from openoutcry.model.order import Door, OrderTerms, OrderType, Side, TimeInForce
from openoutcry.model.reasons import Reason
from openoutcry.model.units import AccountId, Lots, Nanos, OrderId

RETRY_SPAN: Final = Nanos(10 * 10**9)
"""From one attempt at a liquidation to the next."""


def look(state: State, events: list[told.Event]) -> None:
    """Look at the accounts on margin whose funds, or marks, events have changed."""
    found: dict[AccountId, None] = {}
    for event in events:
        found.update(dict.fromkeys(_touched(state, event)))
    margined = state.margined
    for account_id in found:
        if account_id in margined:
            state.stakes.enrol(margined[account_id], state.traded)
    for event in events:
        if isinstance(event, told.OrderExecuted) and event.symbol in state.markets:
            found.update(dict.fromkeys(state.stakes.moved(state.markets[event.symbol])))
    for account_id in sorted(found):
        if account_id in margined:
            _examine(state, margined[account_id])


def _touched(state: State, event: told.Event) -> Iterable[AccountId]:
    """Return whose funds, positions or terms an event changes."""
    match event:
        case told.OrderExecuted(taker=taker, maker=maker):
            return taker.terms.account_id, maker.terms.account_id
        case told.TradeBusted(taker=taker, maker=maker):
            return taker.terms.account_id, maker.terms.account_id
        case told.FundsMoved(account_id=account_id, counter_account_id=counter_id):
            return account_id, counter_id
        case told.AccountChanged(account=account):
            return (account.account_id,)
        case told.InstrumentListed() | told.InstrumentChanged() | told.InstrumentDelisted():
            return state.margined  # It may be another market now that says what an asset is worth.
    return ()


def _examine(state: State, owner: LedgerAccount) -> None:
    account_id = owner.account.account_id
    is_called = account_id in state.margin_calls
    every = [exposure.figures(state, owner, c) for c in exposure.currencies(state, owner)]
    below = next((found for found in every if found.equity < found.maintenance), None)
    if below is not None and not is_called:
        due = Nanos(state.now + state.liquidation_grace)
        state.margin_calls[account_id] = due
        state.alarms.set(AlarmKind.LIQUIDATION, account_id, due)
        state.events.append(
            MarginCalled(
                account_id=account_id,
                equity=below.equity,
                maintenance=below.maintenance,
                due=due,
            )
        )
    elif below is None and is_called:
        forgive(state, account_id)
        found = every[0] if every else MarginFigures.nothing()
        state.events.append(
            MarginRestored(
                account_id=account_id, equity=found.equity, maintenance=found.maintenance
            )
        )


def forgive(state: State, account_id: AccountId) -> None:
    """Forget a margin call."""
    if state.margin_calls.pop(account_id, None) is not None:
        state.alarms.clear(AlarmKind.LIQUIDATION, account_id)


def liquidate(state: State, account_id: str) -> None:
    """Close the positions of an account that did not meet its margin call."""
    owner = state.ledger.accounts[AccountId(account_id)]
    for order in list(state.orders_by_account.get(owner.account.account_id, {}).values()):
        # One may have ended another of its group.
        if order.is_live():
            state.cancel(order, Reason.LIQUIDATION)
    state.alarms.set(AlarmKind.LIQUIDATION, account_id, state.now + RETRY_SPAN)
    for symbol, position in owner.positions.items():
        market = state.markets.get(symbol)
        if position.quantity and market is not None:
            _close(state, owner, market, position.quantity)


def _close(state: State, owner: LedgerAccount, market: Market, lots: int) -> None:
    """Enter a market order against a position, where the phase lets it trade."""
    side = Side.SELL if lots > 0 else Side.BUY
    limit = market.protected(side)
    if market.instrument.phase is not Phase.CONTINUOUS or limit is None:
        return
    state.last_order_id += 1
    terms = OrderTerms(
        order_id=OrderId(state.last_order_id),
        account_id=owner.account.account_id,
        symbol=market.instrument.symbol,
        grid=market.instrument.grid,
        side=side,
        type=OrderType.MARKET,
        quantity=Lots(min(abs(lots), market.instrument.maximum_quantity)),
        created_at=state.now,
        door=Door.VENUE,
        time_in_force=TimeInForce.IOC,
    )
    order = WorkingOrder(terms, owner, market)
    state.admit(order)
    entering.go_to_market(state, order, limit, 0, 0)
