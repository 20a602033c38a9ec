"""The engine: one command in, the events it causes out.

Rule 1: `apply` is a function of the entries applied before; it reads no clock, no file, no dice.
Rule 2: a command is applied wholly or not at all; a refusal is an event, a broken invariant is an
assertion that nobody catches.

Everything outside reads through the methods at the end, on the thread that applies.
"""

import hashlib
from collections.abc import Callable
from typing import Any, Final

from openoutcry.engine import (
    accounts,
    administration,
    auctions,
    bands,
    batches,
    bonds,
    busting,
    cancel_after,
    consequences,
    ending,
    exposure,
    groups,
    oversight,
    preview,
    revising,
    simple_orders,
    snapshot,
    specials,
    timing,
)
from openoutcry.engine.market import Market
from openoutcry.engine.queues import queue_of
from openoutcry.engine.retries import Remembered
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.engine.worth import worth_of
from openoutcry.ledger.positions import Position
from openoutcry.marketdata.queue_change import Shown
from openoutcry.model import commands
from openoutcry.model.account import Account, AccountKind, Balance, Key, MarginFigures, Worth
from openoutcry.model.events import Event
from openoutcry.model.instrument import FeeRates, Instrument, SessionTurn
from openoutcry.model.order import OrderReport, TimeInForce
from openoutcry.model.record import Entry
from openoutcry.model.remembering import is_remembered
from openoutcry.model.units import (
    AccountId,
    Amount,
    Asset,
    KeyId,
    Lots,
    Nanos,
    OrderId,
    Sequence,
    Symbol,
    Ticks,
    TradeId,
)

WITH_ENTRY: Final[dict[type, Callable[[State, Entry, Any], None]]] = {
    commands.EnterOrder: specials.enter_order,
    commands.EnterGroup: groups.enter_group,
    commands.EnterSimpleOrder: simple_orders.enter_simple_order,
}
"""Commands whose effect depends on the entry around them."""
BY_COMMAND: Final[dict[type, Callable[[State, Any], None]]] = {
    commands.BeginBatch: batches.begin_batch,
    commands.CancelOrder: ending.cancel_order,
    commands.CancelAllOrders: ending.cancel_all_orders,
    commands.SetCancelAfter: cancel_after.set_cancel_after,
    commands.AmendOrder: revising.amend_order,
    commands.AdvanceTime: timing.advance_time,
    commands.OpenAccount: accounts.open_account,
    commands.ChangeAccount: accounts.change_account,
    commands.AddKey: administration.add_key,
    commands.RevokeKey: administration.revoke_key,
    commands.Deposit: administration.deposit,
    commands.ListInstrument: administration.list_new_instrument,
    commands.ChangeInstrument: administration.change_instrument,
    commands.SetPhase: administration.set_phase,
    commands.DelistInstrument: oversight.delist_instrument,
    commands.SetSessions: oversight.set_sessions,
    commands.ResetAccount: oversight.reset_account,
    commands.SetTier: oversight.set_tier,
    commands.ThrowKillSwitch: oversight.throw_kill_switch,
    commands.BustTrade: busting.bust_trade,
    commands.Configure: oversight.configure,
    commands.AdoptRules: administration.adopt_rules,
}


class Engine:
    """A venue's decisions."""

    def __init__(self, state: State | None = None) -> None:
        self._state = state or State()

    def apply(self, entry: Entry) -> list[Event]:
        """Advance by one command and say what happened, in order."""
        state = self._state
        assert entry.at >= state.now, "time never goes back"
        state.now = entry.at
        events: list[Event] = []
        state.events = events
        state.looked_at = 0
        command = entry.command
        kind = type(command)
        with_entry = WITH_ENTRY.get(kind)
        if with_entry is not None:
            with_entry(state, entry, command)
        else:
            BY_COMMAND[kind](state, command)
        if state.restless or state.is_watchful:
            consequences.settle(state)
        first = state.sequence + 1
        state.sequence += len(events) or 1
        if entry.retry is not None and is_remembered(command, events):
            state.retries.remember(entry.retry, first, state.sequence)
        return events

    # What the sequencer needs.

    @property
    def sequence(self) -> Sequence:
        """The number of the last event."""
        return Sequence(self._state.sequence)

    @property
    def now(self) -> Nanos:
        """The time of the last command."""
        return self._state.now

    @property
    def rules(self) -> int:
        """The edition of the rules in force."""
        return self._state.rules

    @property
    def liquidation_grace(self) -> Nanos:
        """The time from a margin call to the liquidation."""
        return self._state.liquidation_grace

    def next_due(self) -> Nanos | None:
        """Return when the earliest timer fires."""
        return self._state.next_due()

    def retried(self, keys: tuple[str, ...]) -> list[Remembered | None]:
        """Return the request that each key has been used for, None for a new one."""
        return self._state.retries.find(keys)

    def snapshot(self) -> bytes:
        """Return the whole state as bytes."""
        return snapshot.encode_state(self._state)

    @classmethod
    def restore(cls, picture: bytes) -> "Engine":
        """Return an engine that goes on from a snapshot."""
        return cls(snapshot.decode_state(picture))

    def digest(self) -> str:
        """Return the SHA-256 of the state: equal for equal pasts."""
        return hashlib.sha256(self.snapshot()).hexdigest()

    def check(self) -> None:
        """Assert every invariant. Slow; for tests and audits."""
        state = self._state
        held: dict[tuple[AccountId, str], int] = {}
        for order in state.orders.values():
            order.check()
            grid = order.terms.grid
            key = (
                order.terms.account_id,
                grid.currency if order.is_buy else grid.asset,
            )
            held[key] = held.get(key, 0) + order.leaves_quantity * order.held_per_lot
        for account_id, owner in state.ledger.accounts.items():
            for asset, holding in owner.holdings.items():
                assert holding.held == held.pop((account_id, asset), 0), "holds are those of orders"
                assert holding.told == holding.held, "events have told what is held"
        assert not any(held.values()), "every hold has a holding"
        state.ledger.check()
        state.links.check(state.orders.values())
        bonds.check(state)
        exposure.check(state)
        assert not state.lessened, "events have told what the book shows less of"
        cancel_after.check(state)
        for market in state.markets.values():
            market.book.check(may_cross=market.call is not None)
            self._check_aside(market)
            if market.band is not None:
                market.band.check()
        today = sum(len(orders) for orders in state.good_today.values())
        is_day = [o.terms.time_in_force is TimeInForce.DAY for o in state.orders.values()]
        assert today == sum(is_day), "what is good for the day is known by symbol"
        indexed = sum(len(own) for own in state.orders_by_account.values())
        assert indexed == len(state.orders), "every live order is indexed once"

    def _check_aside(self, market: Market) -> None:
        """Assert that what waits beside a book has a reason to, and what is in it has none."""
        for order in (market.aside or {}).values():
            assert isinstance(order, WorkingOrder)
            assert order.level is None
            assert order.leaves_quantity > 0
            assert bands.waits_beside(order), "the band and auctions keep orders out of the book"
        for ladder in (market.book.bids, market.book.asks):
            for level in ladder.walk():
                for order in level:
                    assert isinstance(order, WorkingOrder)
                    assert not bands.waits_beside(order), "what rests may print where it rests"

    # What doors and agents read.

    def order(self, order_id: OrderId) -> OrderReport | None:
        """Return a live order."""
        found = self._state.orders.get(order_id)
        return found.report() if found is not None else None

    def orders_of(self, account_id: AccountId) -> list[OrderReport]:
        """Return the live orders of an account, oldest first."""
        own = self._state.orders_by_account.get(account_id, {})
        return [order.report() for order in own.values()]

    def order_count(self) -> int:
        """Return how many orders are live."""
        return len(self._state.orders)

    def instrument(self, symbol: Symbol) -> Instrument | None:
        """Return a listed instrument."""
        market = self._state.markets.get(symbol)
        return market.instrument if market is not None else None

    def delisted(self, symbol: Symbol) -> Instrument | None:
        """Return an instrument that is traded no more; positions in it may remain."""
        market = self._state.delisted.get(symbol)
        return market.instrument if market is not None else None

    def instruments(self) -> list[Instrument]:
        """Return every instrument, in order of listing."""
        return [market.instrument for market in self._state.markets.values()]

    def depth(
        self, symbol: Symbol, levels: int
    ) -> tuple[list[tuple[Ticks, Lots]], list[tuple[Ticks, Lots]]]:
        """Return price and quantity of the best levels: bids, asks, best first."""
        market = self._state.markets.get(symbol)
        return market.book.depth(levels) if market is not None else ([], [])

    def queue(self, symbol: Symbol, levels: int | None = None) -> tuple[list[Shown], list[Shown]]:
        """Return what rests, bids and asks in queue order, with what each order shows."""
        market = self._state.markets.get(symbol)
        if market is None:
            return [], []
        return queue_of(market.book.bids, levels), queue_of(market.book.asks, levels)

    def last_price(self, symbol: Symbol) -> Ticks | None:
        """Return the price of the last trade."""
        market = self._state.markets.get(symbol)
        return market.last_price if market is not None else None

    def preview(self, command: commands.EnterOrder, now: Nanos) -> preview.Preview:
        """Return what an order would come to if it were entered now; nothing is entered."""
        return preview.preview(self._state, command, now)

    def auction(self, symbol: Symbol) -> auctions.Figures | None:
        """Return what an auction would come to now, and when it ends."""
        market = self._state.markets.get(symbol)
        return auctions.figures(self._state, market) if market is not None else None

    def band(self, symbol: Symbol) -> tuple[Ticks, Ticks] | None:
        """Return the lowest and the highest price that may print."""
        market = self._state.markets.get(symbol)
        return market.band.ends() if market is not None and market.band is not None else None

    def margin(self, account_id: AccountId, currency: Asset) -> MarginFigures | None:
        """Return equity, exposure and maintenance of an account."""
        owner = self._state.ledger.accounts.get(account_id)
        return exposure.figures(self._state, owner, currency) if owner is not None else None

    def margin_call(self, account_id: AccountId) -> Nanos | None:
        """Return when an account is liquidated unless its equity suffices by then."""
        return self._state.margin_calls.get(account_id)

    def tier(self, name: str) -> FeeRates | None:
        """Return the fees of a tier."""
        return self._state.tiers.get(name)

    def is_busted(self, trade_id: TradeId) -> bool:
        """Say whether a trade has been undone."""
        return trade_id in self._state.busted

    def sessions(self, calendar: str) -> tuple[SessionTurn, ...]:
        """Return the turns of a calendar that are still to come."""
        return self._state.sessions.get(calendar, ())

    def account(self, account_id: AccountId) -> Account | None:
        """Return an account."""
        owner = self._state.ledger.accounts.get(account_id)
        return owner.account if owner is not None else None

    def accounts(self) -> list[Account]:
        """Return every account but the system's own, in order of opening."""
        owners = self._state.ledger.accounts.values()
        return [o.account for o in owners if o.account.kind is not AccountKind.SYSTEM]

    def balances(self, account_id: AccountId) -> list[Balance]:
        """Return what an account has."""
        owner = self._state.ledger.accounts.get(account_id)
        return owner.balances() if owner is not None else []

    def worth(self, account_id: AccountId) -> Worth:
        """Return what an account is worth now."""
        owner = self._state.ledger.accounts.get(account_id)
        return worth_of(self._state, owner) if owner is not None else Worth(*[Amount(0)] * 3)

    def positions(self, account_id: AccountId) -> dict[Symbol, tuple[int, int, int]]:
        """Return quantity (lots), cost and realized profit (units) of every position."""
        owner = self._state.ledger.accounts.get(account_id)
        if owner is None:
            return {}
        return {symbol: _figures(position) for symbol, position in owner.positions.items()}

    def key(self, key_id: KeyId) -> Key | None:
        """Return a valid key."""
        return self._state.keys.get(key_id)

    def keys_of(self, account_id: AccountId) -> list[Key]:
        """Return the valid keys of an account."""
        return [key for key in self._state.keys.values() if key.account_id == account_id]


def _figures(position: Position) -> tuple[int, int, int]:
    return (position.quantity, position.cost, position.realized)
