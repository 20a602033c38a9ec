"""The auditor: hears records, keeps a truth of its own, and objects when the venue departs from it.

Rule: it knows the words of the model and the rules of the market, and none of the code that
decides. Amounts are recomputed as exact fractions; queues are plain lists.

Here is what it does with a record, and with what is of no single order: money, accounts, markets.
"""

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from openoutcry.model import events as told
from openoutcry.model.account import HOUSE, SYSTEM_ACCOUNTS, AccountKind, PostingKind
from openoutcry.model.commands import BustTrade, CancelAllOrders, CancelOrder, Command
from openoutcry.model.instrument import Phase
from openoutcry.model.order import Side, TimeInForce
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId
from tests.audited_incoming import Incoming
from tests.audited_lives import AuditedLives
from tests.audited_margin import check_called
from tests.audited_market import CALLS, AuditedMarket
from tests.audited_specials import shown
from tests.audited_trades import AuditedTrades
from tests.audited_truth import Truth

REFUSALS: Final = (
    told.OrderRejected,
    told.CancelRejected,
    told.ReplaceRejected,
    told.CommandRefused,
)
DEPTH: Final = 1_000_000


class Auditor:
    """What the records say is true."""

    def __init__(self) -> None:
        self.truth = Truth()
        self.incoming = Incoming(self.truth)
        self.audited_trades = AuditedTrades(self.truth, self.incoming)
        self.lives = AuditedLives(self.truth, self.incoming, self.audited_trades)
        self.orders = self.truth.orders
        self._takers = self._who_takes()

    @property
    def sequence(self) -> int:
        """The last event that it has heard of."""
        return self.truth.sequence

    @property
    def trades(self) -> int:
        """How many there were."""
        return self.audited_trades.count

    def hear(self, record: Record) -> None:
        """Take in one record; every departure from the rules is an AssertionError."""
        truth = self.truth
        truth.begin(record)
        self.audited_trades.end_uncross()
        if any(isinstance(event, REFUSALS) for event in record.events):
            assert len(record.events) == 1, "a refusal changes nothing"
        self._cancel_works(record.entry.command, record.events)
        for place, event in enumerate(record.events):
            truth.sequence, truth.place = record.first + place, place
            take = self._takers.get(type(event))
            if take is not None:
                take(event)
        truth.sequence = record.last
        assert self.lives.topped_up is None
        self.incoming.settle()
        truth.specials.check(truth.positions)
        held = truth.holds()
        for key, total in truth.totals.items():
            if key[0] not in SYSTEM_ACCOUNTS and not truth.is_on_margin(key[0]):
                assert 0 <= held.get(key, 0) <= total, "2: available and held are never negative"

    def compare(self, engine: Any) -> None:
        """Assert that what the engine answers is what its own records said."""
        truth, stand = self.truth, self.truth.specials.as_it_stands
        assert engine.sequence == truth.sequence
        assert engine.order_count() == len(truth.orders)
        for order_id, report in truth.orders.items():
            assert engine.order(order_id) == stand(report)
        held = truth.holds()
        for account_id in (*truth.accounts, *SYSTEM_ACCOUNTS):
            assert engine.orders_of(account_id) == [stand(r) for r in truth.orders_of(account_id)]
            for balance in engine.balances(account_id):
                key = (account_id, balance.asset)
                assert balance.total == truth.totals[key], "1: balances are the sum of postings"
                assert balance.held == held.pop(key, 0), "2: held is what live orders hold"
            for symbol, (lots, _, _) in engine.positions(account_id).items():
                assert lots == truth.positions[account_id, symbol], "9: fills make positions"
        assert not any(held.values())
        for symbol, market in truth.markets.items():
            levels = self._levels(market, Side.BUY), self._levels(market, Side.SELL)
            rebuilt = "10: the book rebuilt from events is the engine's"
            assert engine.depth(symbol, DEPTH) == levels, rebuilt
            assert engine.last_price(symbol) == market.last_price
            assert engine.instrument(symbol) == market.instrument

    def _levels(self, market: AuditedMarket, side: Side) -> list[tuple[int, int]]:
        queues = market.queues[side]
        return [
            (price, sum(shown(self.orders[i]) for i in queues[price]))
            for price in sorted(queues, reverse=side is Side.BUY)
        ]

    def _cancel_works(self, command: Command, events: list[told.Event]) -> None:
        """12: a cancel of what is live ends it, whatever the phase or the account's status."""
        if isinstance(command, CancelOrder):
            report = self.orders.get(command.order_id)
            if report is not None and report.terms.account_id == command.account_id:
                assert isinstance(events[0], told.OrderCanceled)
                assert events[0].order.terms.order_id == command.order_id
        if isinstance(command, CancelAllOrders):
            wanted = [
                report.terms.order_id
                for report in self.truth.orders_of(command.account_id)
                if command.symbol in (None, report.terms.symbol)
                and command.side in (None, report.terms.side)
            ]
            ended = [e.order.terms.order_id for e in events if isinstance(e, told.OrderCanceled)]
            assert ended[: len(wanted)] == wanted

    def _who_takes(self) -> dict[type, Callable[[Any], None]]:
        """Return who audits each kind of event; those that are not here change nothing."""
        lives, trades = self.lives, self.audited_trades
        return {
            told.OrderPended: lives.pended,
            told.OrderHeld: lives.held,
            told.OrderAccepted: lives.accepted,
            told.OrderTriggered: lives.triggered,
            told.OrderReplaced: lives.replaced,
            told.OrderRested: lives.requeued,
            told.OrderRestated: lives.requeued,
            told.OrderSuspended: lives.moved_beside,
            told.OrderResumed: lives.moved_beside,
            told.OrderCanceled: lives.ended,
            told.OrderExpired: lives.ended,
            told.CancelRejected: lives.too_late,
            told.ReplaceRejected: lives.too_late,
            told.OrderExecuted: trades.executed,
            told.MatchPrevented: trades.prevented,
            told.TradeBusted: trades.undone,
            told.CancelAfterSet: lambda _: self.incoming.settle(),
            told.FundsMoved: self._moved,
            told.AccountOpened: self._account_told,
            told.AccountChanged: self._account_told,
            told.AccountReset: self._reset,
            told.MarginCalled: lambda event: check_called(self.truth, event),
            told.TierSet: self._tier_set,
            told.KillSwitchThrown: self._switched,
            told.InstrumentListed: self._listed,
            told.InstrumentChanged: self._instrument_changed,
            told.InstrumentDelisted: self._delisted,
            told.PhaseChanged: self._phase_changed,
            told.BandSet: self._band_set,
        }

    # Money and accounts.

    def _moved(self, event: told.FundsMoved) -> None:
        totals = self.truth.totals
        mine = (event.account_id, event.asset)
        other = (event.counter_account_id, event.asset)
        if event.kind is PostingKind.TOP_UP and not isinstance(self.truth.command, BustTrade):
            available = totals[mine] - self.truth.holds().get(mine, 0)
            self.lives.topped_up = (*mine, available)
        totals[mine] += event.amount
        totals[other] -= event.amount
        assert event.balance == totals[mine]
        assert event.counter_balance == totals[other]
        if event.kind is PostingKind.TOP_UP:
            assert event.amount > 0
            assert event.counter_account_id == HOUSE
            kind = self.truth.accounts[event.account_id].kind
            assert kind in (AccountKind.DEMO, AccountKind.AGENT), "only paper is topped up"

    def _account_told(self, event: told.AccountOpened | told.AccountChanged) -> None:
        self.truth.accounts[event.account.account_id] = event.account

    def _reset(self, event: told.AccountReset) -> None:
        account_id: AccountId = event.account.account_id
        for owner, symbol in list(self.truth.positions):
            if owner == account_id:
                del self.truth.positions[owner, symbol]
        assert self.truth.orders_of(account_id) == []

    def _tier_set(self, event: told.TierSet) -> None:
        self.truth.tiers[event.name] = event.fees

    def _switched(self, event: told.KillSwitchThrown) -> None:
        if event.account_id is None:
            self.truth.is_killed = event.on

    # Markets.

    def _listed(self, event: told.InstrumentListed) -> None:
        assert event.instrument.symbol not in self.truth.markets
        self.truth.markets[event.instrument.symbol] = AuditedMarket(event.instrument)

    def _instrument_changed(self, event: told.InstrumentChanged) -> None:
        market = self.truth.markets[event.instrument.symbol]
        assert event.instrument.phase is market.instrument.phase
        if event.instrument.grid != market.instrument.grid:
            self._check_empty(event.instrument.symbol)
            market.last_price = None
        market.instrument = event.instrument

    def _delisted(self, event: told.InstrumentDelisted) -> None:
        del self.truth.markets[event.instrument.symbol]
        self._check_empty(event.instrument.symbol)

    def _check_empty(self, symbol: str) -> None:
        assert not [r for r in self.orders.values() if r.terms.symbol == symbol]

    def _phase_changed(self, event: told.PhaseChanged) -> None:
        self.incoming.settle()
        self.audited_trades.end_uncross()
        market = self.truth.markets[event.symbol]
        market.instrument = replace(market.instrument, phase=event.phase)
        if event.phase in CALLS:
            market.in_call = True
        elif event.phase is not Phase.HALTED:
            market.in_call = False
            assert not market.is_crossed(), "4: no crossed book outside an auction"
            gone = TimeInForce.OPG if event.phase is Phase.CONTINUOUS else TimeInForce.CLS
            left = [self.orders[i].terms.time_in_force for i in market.beside]
            assert gone not in left, "what came for an auction is gone after it"

    def _band_set(self, event: told.BandSet) -> None:
        self.incoming.settle()
        ends = None if event.lower is None else (event.lower, event.upper)
        self.truth.markets[event.symbol].ends = ends
