"""The auditor: hears records, keeps a truth of its own, and objects when the venue departs from it.

Rule: it knows the words of the model and the rules of the market, and none of the code that
decides. Amounts are recomputed as exact fractions; queues are plain lists.

An order that is at market is `incoming` until the next one comes or the record ends; then what is
left of it rests, at the tail of its price.
"""

from collections import defaultdict
from typing import Final

from msgspec.structs import replace

from openoutcry.model import events as told
from openoutcry.model.account import (
    FEES,
    HOUSE,
    SYSTEM_ACCOUNTS,
    Account,
    AccountKind,
    AccountStatus,
    PostingKind,
)
from openoutcry.model.commands import CancelAllOrders, CancelOrder, Command
from openoutcry.model.instrument import FeeRates, Phase
from openoutcry.model.order import (
    Door,
    OrderReport,
    OrderStatus,
    OrderType,
    PostOnly,
    Side,
    TimeInForce,
)
from openoutcry.model.reasons import Reason
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId, Asset, OrderId, Symbol
from tests.audited_market import (
    LEGAL,
    AuditedMarket,
    check_hold,
    exact_fee,
    exact_notional,
    held_of,
    opposite,
    within,
)

REFUSALS: Final = (
    told.OrderRejected,
    told.CancelRejected,
    told.ReplaceRejected,
    told.CommandRefused,
)
DEPTH: Final = 1_000_000
Report = OrderReport


class Auditor:
    """What the records say is true."""

    def __init__(self) -> None:
        self.sequence = 0
        self.at = 0
        self.accounts: dict[AccountId, Account] = {}
        self.totals: dict[tuple[AccountId, Asset], int] = defaultdict(int)
        self.positions: dict[tuple[AccountId, Symbol], int] = defaultdict(int)
        self.markets: dict[Symbol, AuditedMarket] = {}
        self.orders: dict[OrderId, Report] = {}
        self.rates: dict[OrderId, FeeRates] = {}
        self.last_order_id = 0
        self.last_trade_id = 0
        self.incoming: OrderId | None = None
        self.trades = 0
        self.topped_up: tuple[AccountId, Asset, int] | None = None

    def hear(self, record: Record) -> None:
        """Take in one record; every departure from the rules is an AssertionError."""
        assert record.first == self.sequence + 1, "10: the sequence has no holes"
        assert record.last == self.sequence + max(1, len(record.events))
        assert record.entry.at >= self.at, "10: time never goes back"
        self.at = record.entry.at
        if any(isinstance(event, REFUSALS) for event in record.events):
            assert len(record.events) == 1, "a refusal changes nothing"
        self._cancel_works(record.entry.command, record.events)
        for sequence, event in enumerate(record.events, start=record.first):
            self.sequence = sequence
            self._take(event)
        self.sequence = record.last
        assert self.topped_up is None
        self._settle()
        held = self.holds()
        for key, total in self.totals.items():
            if key[0] not in SYSTEM_ACCOUNTS:
                assert 0 <= held.get(key, 0) <= total, "2: available and held are never negative"

    def holds(self) -> dict[tuple[AccountId, Asset], int]:
        """What live orders hold, by account and asset."""
        held: dict[tuple[AccountId, Asset], int] = {}
        for report in self.orders.values():
            key = held_of(report)
            held[key] = held.get(key, 0) + report.held
        return held

    def compare(self, engine) -> None:
        """Assert that what the engine answers is what its own records said."""
        assert engine.sequence == self.sequence
        assert engine.order_count() == len(self.orders)
        for order_id, report in self.orders.items():
            assert engine.order(order_id) == report
        held = self.holds()
        for account_id in (*self.accounts, *SYSTEM_ACCOUNTS):
            own = [r for r in self.orders.values() if r.terms.account_id == account_id]
            assert engine.orders_of(account_id) == own
            for balance in engine.balances(account_id):
                key = (account_id, balance.asset)
                assert balance.total == self.totals[key], "1: balances are the sum of postings"
                assert balance.held == held.pop(key, 0), "2: held is what live orders hold"
            for symbol, (lots, _, _) in engine.positions(account_id).items():
                assert lots == self.positions[account_id, symbol], "9: fills make positions"
        assert not any(held.values())
        for symbol, market in self.markets.items():
            assert engine.depth(symbol, DEPTH) == (
                self._levels(market, Side.BUY),
                self._levels(market, Side.SELL),
            ), "10: the book rebuilt from events is the engine's"
            assert engine.last_price(symbol) == market.last_price
            assert engine.instrument(symbol) == market.instrument

    def _levels(self, market: AuditedMarket, side: Side) -> list[tuple[int, int]]:
        queues = market.queues[side]
        return [
            (price, sum(self.orders[i].leaves_quantity for i in queues[price]))
            for price in sorted(queues, reverse=side is Side.BUY)
        ]

    def _cancel_works(self, command: Command, events: list[told.Event]) -> None:
        """12: a cancel of what is live ends it, whatever the phase or the account's status."""
        if isinstance(command, CancelOrder):
            report = self.orders.get(command.order_id)
            if report is not None and report.terms.account_id == command.account_id:
                assert [type(event) for event in events] == [told.OrderCanceled]
        if isinstance(command, CancelAllOrders):
            wanted = [
                i
                for i, report in self.orders.items()
                if report.terms.account_id == command.account_id
                and command.symbol in (None, report.terms.symbol)
                and command.side in (None, report.terms.side)
            ]
            ended = [e.order.terms.order_id for e in events if isinstance(e, told.OrderCanceled)]
            assert ended == wanted

    def _take(self, event: told.Event) -> None:  # noqa: C901 -- one line an event
        match event:
            case told.OrderPended():
                self._pended(event.order)
            case told.OrderAccepted():
                self._accepted(event.order)
            case told.OrderExecuted():
                self._executed(event)
            case told.OrderReplaced():
                self._replaced(event)
            case told.OrderCanceled() | told.OrderExpired():
                self._ended(event.order)
            case told.CancelRejected() | told.ReplaceRejected():
                self._too_late(event)
            case told.FundsMoved():
                self._moved(event)
            case told.AccountOpened() | told.AccountChanged():
                self.accounts[event.account.account_id] = event.account
            case told.InstrumentListed():
                assert event.instrument.symbol not in self.markets
                self.markets[event.instrument.symbol] = AuditedMarket(event.instrument)
            case told.InstrumentChanged():
                self._instrument_changed(event)
            case told.PhaseChanged():
                market = self.markets[event.symbol]
                market.instrument = replace(market.instrument, phase=event.phase)
            case _:
                pass

    def _pended(self, report: Report) -> None:
        self._new_id(report)
        assert report.status is OrderStatus.PENDING_NEW
        assert report.held == 0, "a waiting order holds no money"
        self._keep(report)

    def _accepted(self, report: Report) -> None:
        self._settle()
        terms = report.terms
        waited = self.orders.get(terms.order_id)
        if waited is None:
            self._new_id(report)
        market = self.markets[terms.symbol]
        assert market.instrument.phase is Phase.CONTINUOUS, "12: only a continuous market trades"
        account = self.accounts[terms.account_id]
        assert account.status is AccountStatus.ACTIVE
        assert report.status is OrderStatus.NEW
        assert report.leaves_quantity == terms.quantity
        assert report.price == self._limit(report, market), "6: the limit, or the protection"
        self.rates[terms.order_id] = market.instrument.fees
        simple = terms.door is Door.SIMPLE and waited is not None
        self._keep(report, updated_at=waited.updated_at if simple else self.at)
        check_hold(report, self.rates[report.terms.order_id])
        if self.topped_up is not None:
            assert self.topped_up[:2] == held_of(report), "a top-up is for the order after it"
            assert self.topped_up[2] < report.held, "only who is short is topped up"
            self.topped_up = None
        if account.open_orders_max is not None:
            live = [r for r in self.orders.values() if r.terms.account_id == terms.account_id]
            assert len(live) <= account.open_orders_max, "9: caps hold on the result"
        if terms.post_only is PostOnly.REJECT:
            assert not market.reachable(terms.side, report.price or 0)
        self.incoming = terms.order_id

    def _limit(self, report: Report, market: AuditedMarket) -> int | None:
        terms = report.terms
        if terms.type is OrderType.LIMIT:
            return terms.price
        to_limit = terms.type is OrderType.MARKET_TO_LIMIT
        return market.protected(terms.side, starts_without_quote=to_limit)

    def _executed(self, event: told.OrderExecuted) -> None:
        taker, maker = event.taker, event.maker
        market = self.markets[event.symbol]
        assert market.instrument.phase is Phase.CONTINUOUS, "12: nothing trades in a halt"
        assert taker.terms.order_id == self.incoming, "only an incoming order takes"
        assert maker.terms.order_id == market.head(opposite(event.side)), "5: from the head only"
        assert event.side is taker.terms.side is opposite(maker.terms.side)
        assert event.price == maker.price, "6: a trade prints at the resting order's price"
        assert within(event.side, taker.price or 0, event.price), "6: within the taker's limit"
        assert taker.terms.account_id != maker.terms.account_id, "8: nobody trades with themselves"
        before = [self.orders[r.terms.order_id].leaves_quantity for r in (taker, maker)]
        assert event.quantity == min(before), "the whole of the smaller one trades"
        assert event.trade_id == self.last_trade_id + 1, "10: trade ids are never reused"
        self.last_trade_id = event.trade_id
        self.trades += 1
        market.last_price = event.price
        notional = exact_notional(taker, event.price, event.quantity)
        rates = self.rates[taker.terms.order_id].taker, self.rates[maker.terms.order_id].maker
        assert event.taker_fee == exact_fee(notional, rates[0])
        assert event.maker_fee == exact_fee(notional, rates[1])
        grid = taker.terms.grid
        size = event.quantity * grid.quantity_increment
        self.totals[FEES, grid.currency] += event.taker_fee + event.maker_fee
        for report, fee, funds in (
            (taker, event.taker_fee, event.taker_funds),
            (maker, event.maker_fee, event.maker_funds),
        ):
            sign = 1 if report.terms.side is Side.BUY else -1
            owner = report.terms.account_id
            self.totals[owner, grid.currency] -= sign * notional + fee
            self.totals[owner, grid.asset] += sign * size
            self.positions[owner, event.symbol] += sign * event.quantity
            assert funds.currency == self.totals[owner, grid.currency]
            assert funds.asset == self.totals[owner, grid.asset]
            self._filled(report, event, fee)

    def _filled(self, report: Report, event: told.OrderExecuted, fee: int) -> None:
        before = self.orders[report.terms.order_id]
        assert report.cum_quantity == before.cum_quantity + event.quantity, "7: fills sum to cum"
        assert report.cost == before.cost + event.price * event.quantity
        assert report.fees == before.fees + fee
        assert (report.leaves_quantity == 0) is (report.status is OrderStatus.FILLED)
        self._keep(report)
        check_hold(report, self.rates[report.terms.order_id])
        if not report.leaves_quantity:
            self.markets[event.symbol].leave(report)
            self._forget(report)

    def _replaced(self, event: told.OrderReplaced) -> None:
        self._settle()
        report, before = event.order, self.orders[event.order.terms.order_id]
        market = self.markets[report.terms.symbol]
        assert report.revision == before.revision + 1
        assert report.cum_quantity == before.cum_quantity
        assert report.status is before.status
        repriced = report.price != before.price
        grown = report.terms.quantity > before.terms.quantity
        rests = before.status is not OrderStatus.PENDING_NEW
        assert event.requeued is (rests and (repriced or grown)), "5: what renews the stamp"
        if rests:
            check_hold(report, self.rates[report.terms.order_id])
        if repriced or grown:
            assert market.instrument.phase is Phase.CONTINUOUS
        if event.requeued:
            assert market.leave(before)
            self.incoming = report.terms.order_id
        self._keep(report)

    def _ended(self, report: Report) -> None:
        before = self.orders[report.terms.order_id]
        market = self.markets[report.terms.symbol]
        assert report.leaves_quantity == 0
        assert report.held == 0, "3: an order that has ended holds nothing"
        assert report.cum_quantity == before.cum_quantity
        assert report.reason is not None
        incoming = self.incoming == report.terms.order_id
        if not incoming and before.status is not OrderStatus.PENDING_NEW:
            assert market.leave(before)
        ended = report.canceled_quantity - before.canceled_quantity
        ended += report.prevented_quantity - before.prevented_quantity
        if report.reason is not Reason.AMENDED_BELOW_FILLED:
            assert ended == before.leaves_quantity, "7: what was left is accounted for"
        self._stopped_rightly(report, before, market)
        self._keep(report)
        self._forget(report)

    def _stopped_rightly(self, report: Report, before: Report, market: AuditedMarket) -> None:
        """An incoming order stops only when nothing is left to take, or its owner comes next."""
        if report.terms.order_id != self.incoming:
            assert report.reason is not Reason.SELF_TRADE
            return
        within_reach = market.reachable(report.terms.side, before.price) if before.price else []
        own = [self.orders[i].terms.account_id == report.terms.account_id for i in within_reach]
        if report.reason is Reason.SELF_TRADE:
            assert report.status is OrderStatus.EXPIRED
            assert own[0], "the next in line is their own"
        elif report.reason is Reason.FOK:
            counted = within_reach[: own.index(True)] if True in own else within_reach
            there = sum(self.orders[i].leaves_quantity for i in counted)
            assert there < report.terms.quantity, "a fill-or-kill that could fill, fills"
            assert report.cum_quantity == 0, "a failed fill-or-kill touches nothing"
        else:
            assert report.reason in (Reason.IOC, Reason.INSUFFICIENT_LIQUIDITY)
            assert not within_reach, "nothing within reach was left behind"
        self.incoming = None

    def _settle(self) -> None:
        """Let what is left of the incoming order rest."""
        report = self.orders.get(self.incoming) if self.incoming is not None else None
        self.incoming = None
        if report is None:
            return
        assert report.terms.time_in_force is TimeInForce.GTC, "only what lasts may rest"
        assert report.terms.type is not OrderType.MARKET
        market = self.markets[report.terms.symbol]
        market.rest(report)
        assert not market.is_crossed(), "4: no crossed or locked book"

    def _too_late(self, event: told.CancelRejected | told.ReplaceRejected) -> None:
        live = self.orders.get(event.order_id)
        own = live is not None and live.terms.account_id == event.account_id
        if isinstance(event, told.CancelRejected):
            assert not own
        if not own:
            existed = live is None and 0 < event.order_id <= self.last_order_id
            assert event.reason is (Reason.TOO_LATE if existed else Reason.UNKNOWN_ORDER)

    def _moved(self, event: told.FundsMoved) -> None:
        mine = (event.account_id, event.asset)
        other = (event.counter_account_id, event.asset)
        if event.kind is PostingKind.TOP_UP:
            available = self.totals[mine] - self.holds().get(mine, 0)
            self.topped_up = (*mine, available)
        self.totals[mine] += event.amount
        self.totals[other] -= event.amount
        assert event.balance == self.totals[mine]
        assert event.counter_balance == self.totals[other]
        if event.kind is PostingKind.TOP_UP:
            assert event.amount > 0
            assert event.counter_account_id == HOUSE
            kind = self.accounts[event.account_id].kind
            assert kind in (AccountKind.DEMO, AccountKind.AGENT), "only paper is topped up"

    def _instrument_changed(self, event: told.InstrumentChanged) -> None:
        market = self.markets[event.instrument.symbol]
        assert event.instrument.phase is market.instrument.phase
        if event.instrument.grid != market.instrument.grid:
            assert not [
                r for r in self.orders.values() if r.terms.symbol == event.instrument.symbol
            ]
            market.last_price = None
        market.instrument = event.instrument

    def _new_id(self, report: Report) -> None:
        assert report.terms.order_id == self.last_order_id + 1, "10: ids rise and are never reused"
        assert report.terms.created_at == self.at
        self.last_order_id = report.terms.order_id

    def _keep(self, report: Report, updated_at: int | None = None) -> None:
        before = self.orders.get(report.terms.order_id)
        if before is not None:
            assert (before.status.value, report.status.value) in LEGAL, "7: legal transitions only"
        assert report.sequence == self.sequence
        assert report.updated_at == (self.at if updated_at is None else updated_at)
        parts = report.cum_quantity + report.leaves_quantity
        parts += report.canceled_quantity + report.prevented_quantity
        assert parts == report.terms.quantity, "7: every lot is accounted for"
        self.orders[report.terms.order_id] = report

    def _forget(self, report: Report) -> None:
        del self.orders[report.terms.order_id]
        self.rates.pop(report.terms.order_id, None)
