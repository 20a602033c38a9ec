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
from openoutcry.model.commands import BustTrade, CancelAllOrders, CancelOrder, Command
from openoutcry.model.instrument import FeeRates, Phase
from openoutcry.model.order import (
    Door,
    OrderReport,
    OrderStatus,
    OrderType,
    PostOnly,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from openoutcry.model.reasons import Reason
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId, Asset, OrderId, Symbol
from tests.audited_auction import Uncross, in_line, price_of, waits_for_auctions
from tests.audited_margin import check_called, check_limits, check_price
from tests.audited_market import (
    CALLS,
    LEGAL,
    TOLD_BY,
    AuditedMarket,
    check_hold,
    exact_fee,
    exact_notional,
    held_of,
    opposite,
    within,
)
from tests.audited_specials import (
    AuditedSpecials,
    are_pair,
    is_asleep,
    is_special,
    shown,
    special_of,
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
        self.events: list[told.Event] = []
        self.command: Command | None = None
        self.tiers: dict[str, FeeRates] = {}
        self.is_killed = False
        self.busted: set[int] = set()
        self.stamps: dict[int, int] = {}
        self.last_stamp = 0
        self.uncross: Uncross | None = None
        self.accounts: dict[AccountId, Account] = {}
        self.totals: dict[tuple[AccountId, Asset], int] = defaultdict(int)
        self.positions: dict[tuple[AccountId, Symbol], int] = defaultdict(int)
        self.markets: dict[Symbol, AuditedMarket] = {}
        self.orders: dict[OrderId, Report] = {}
        self.specials = AuditedSpecials(self.orders, self.markets, self.accounts)
        self.rates: dict[OrderId, FeeRates] = {}
        self.last_order_id = 0
        self.last_trade_id = 0
        self.incoming: OrderId | None = None
        self.is_silent = False
        """Whether nothing has happened to the incoming order."""
        self.next_in: list[OrderId] = []
        """The second leg of a pair enters after the first."""
        self.prevention: told.MatchPrevented | None = None
        self.trades = 0
        self.topped_up: tuple[AccountId, Asset, int] | None = None

    def hear(self, record: Record) -> None:
        """Take in one record; every departure from the rules is an AssertionError."""
        assert record.first == self.sequence + 1, "10: the sequence has no holes"
        assert record.last == self.sequence + max(1, len(record.events))
        assert record.entry.at >= self.at, "10: time never goes back"
        self.at = record.entry.at
        self.events, self.command = record.events, record.entry.command
        self.uncross = None
        if any(isinstance(event, REFUSALS) for event in record.events):
            assert len(record.events) == 1, "a refusal changes nothing"
        self._cancel_works(record.entry.command, record.events)
        for sequence, event in enumerate(record.events, start=record.first):
            self.sequence = sequence
            self.place = sequence - record.first
            self._take(event)
        self.sequence = record.last
        assert self.topped_up is None
        self._settle()
        self.specials.check(self.positions)
        held = self.holds()
        for key, total in self.totals.items():
            if key[0] not in SYSTEM_ACCOUNTS and not self._is_on_margin(key[0]):
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
            assert engine.order(order_id) == self.specials.as_it_stands(report)
        held = self.holds()
        for account_id in (*self.accounts, *SYSTEM_ACCOUNTS):
            stand = self.specials.as_it_stands
            own = [stand(r) for r in self.orders.values() if r.terms.account_id == account_id]
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
                i
                for i, report in self.orders.items()
                if report.terms.account_id == command.account_id
                and command.symbol in (None, report.terms.symbol)
                and command.side in (None, report.terms.side)
            ]
            ended = [e.order.terms.order_id for e in events if isinstance(e, told.OrderCanceled)]
            assert ended[: len(wanted)] == wanted

    def _take(self, event: told.Event) -> None:  # noqa: C901, PLR0912, PLR0915 -- one line an event
        match event:
            case told.OrderPended():
                self._pended(event.order)
            case told.OrderAccepted():
                self._accepted(event.order)
            case told.OrderExecuted():
                self._executed(event)
            case told.OrderReplaced():
                self._replaced(event)
            case told.OrderHeld():
                self._new_id(event.order)
                self._keep(event.order)
            case told.OrderTriggered():
                self._triggered(event.order)
            case told.OrderRested() | told.OrderRestated():
                self._requeued(event.order)
            case told.OrderCanceled() | told.OrderExpired():
                self._ended(event.order)
            case told.CancelRejected() | told.ReplaceRejected():
                self._too_late(event)
            case told.CancelAfterSet():
                self._settle()
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
                self._phase_changed(event)
            case told.InstrumentDelisted():
                gone = self.markets.pop(event.instrument.symbol)
                assert not [r for r in self.orders.values() if self._is_in(r, gone)]
            case told.BandSet():
                self._settle()
                ends = None if event.lower is None else (event.lower, event.upper)
                self.markets[event.symbol].ends = ends
            case told.OrderSuspended() | told.OrderResumed():
                self._moved_beside(event)
            case told.MatchPrevented():
                self._prevented(event)
            case told.TierSet():
                self.tiers[event.name] = event.fees
            case told.KillSwitchThrown():
                if event.account_id is None:
                    self.is_killed = event.on
            case told.MarginCalled():
                check_called(self, event)
            case told.TradeBusted():
                self._busted(event)
            case told.AccountReset():
                self._reset(event.account.account_id)
            case _:
                pass

    def _pended(self, report: Report) -> None:
        self._new_id(report)
        assert report.status is OrderStatus.PENDING_NEW
        assert report.held == 0, "a waiting order holds no money"
        self._keep(report)

    def _accepted(self, report: Report) -> None:
        ahead = self.orders.get(self.incoming) if self.incoming is not None else None
        if ahead is None or not are_pair(ahead, report):
            self._settle()
        terms = report.terms
        waited = self.orders.get(terms.order_id)
        if waited is None:
            self._new_id(report)
        market = self.markets[terms.symbol]
        accumulates = market.in_call and market.instrument.phase in CALLS
        assert market.instrument.phase is Phase.CONTINUOUS or accumulates, "12: not in a halt"
        account = self.accounts[terms.account_id]
        liquidates = terms.door is Door.VENUE
        assert liquidates or (account.status is AccountStatus.ACTIVE and not self.is_killed)
        assert report.status is OrderStatus.NEW
        cut = report.canceled_quantity
        assert report.leaves_quantity + cut == terms.quantity
        assert not cut or special_of(report).reduce_only or waited is not None
        assert report.price == self._limit(report, market), "6: the limit, or the protection"
        self.rates[terms.order_id] = self.tiers.get(account.tier or "", market.instrument.fees)
        simple = terms.door is Door.SIMPLE and waited is not None
        self._keep(report, updated_at=waited.updated_at if simple else self.at)
        self._check_hold(report)
        if not liquidates:
            self._check_bounds(report)
        if self.topped_up is not None:
            assert self.topped_up[:2] == held_of(report), "a top-up is for the order after it"
            assert self.topped_up[2] < report.held, "only who is short is topped up"
            self.topped_up = None
        if account.open_orders_max is not None:
            live = [r for r in self.orders.values() if r.terms.account_id == terms.account_id]
            assert len(live) <= account.open_orders_max, "9: caps hold on the result"
        if terms.post_only is PostOnly.REJECT:
            assert not market.reachable(terms.side, report.price or 0)
        if is_asleep(report):
            self.specials.fall_asleep(report)
        elif self.incoming is None:
            self.incoming = terms.order_id
            self.is_silent = special_of(report).group_id is None
        else:
            self.next_in.append(terms.order_id)

    def _triggered(self, report: Report) -> None:
        self._settle()
        self.specials.triggered(report)
        self._keep(report)
        account = self.accounts[report.terms.account_id]
        fees = self.markets[report.terms.symbol].instrument.fees
        self.rates[report.terms.order_id] = self.tiers.get(account.tier or "", fees)
        market = self.markets[report.terms.symbol]
        tier = self.accounts[report.terms.account_id].tier
        follows = self.events[self.place + 1 : self.place + 2]
        refused = any(
            isinstance(e, told.OrderCanceled) and e.order.terms == report.terms for e in follows
        )
        if report.price is not None and not refused:
            # A fresh order: the fees are those of now.
            fees = self.tiers.get(tier or "", market.instrument.fees)
            self.rates[report.terms.order_id] = fees
            assert report.price == self._limit(report, market), "6: the limit, or the protection"
            self._check_hold(report)
        self.incoming = report.terms.order_id
        self.is_silent = special_of(report).group_id is None

    def _requeued(self, report: Report) -> None:
        """The venue changed an order that stays live: what it shows may have left, or come."""
        before = self.orders[report.terms.order_id]
        market = self.markets[report.terms.symbol]
        moves = isinstance(self.events[self.place], told.OrderRested)
        comes_in = report.terms.order_id in (self.incoming, *self.next_in)
        if report.terms.type is OrderType.PEGGED and not shown(report):
            comes_in = False
        leaves = moves or not shown(report)
        if report.terms.type is OrderType.PEGGED and leaves and not comes_in:
            self._settle()  # Pegs move when the incoming order has finished.
        self._keep(report)
        if comes_in and not moves:
            return  # It has shrunk before it could rest.
        if comes_in:
            self._let_in(report.terms.order_id)
            self.incoming = None
        elif moves or not shown(report):
            market.leave(before)
        if moves:
            market.rest(report)
            self.last_stamp += 1
            self.stamps[report.terms.order_id] = self.last_stamp
            assert market.in_call or not market.is_crossed(), "4: no crossed or locked book"

    def _prevented(self, event: told.MatchPrevented) -> None:
        """Two orders of one account or group met; the taker's mode says what follows."""
        report = event.order
        before = self.orders[report.terms.order_id]
        market = self.markets[report.terms.symbol]
        if report.terms.order_id == event.order_id:
            taker, maker = before, self.orders[event.resting_order_id]
            self.prevention = event
            assert self.specials.are_kin(taker, maker)
            assert event.mode is self.specials.mode_of(taker)
            assert event.quantity == min(taker.leaves_quantity, maker.leaves_quantity)
            if market.in_call or market.is_crossed():
                self._begin_uncross(event.order.terms.symbol)
            else:
                self._let_in(taker.terms.order_id)
                assert taker.terms.order_id == self.incoming, "only an incoming order takes"
                self.is_silent = False
                assert maker.terms.order_id == market.head(maker.terms.side)
        less = event.quantity if event.mode is SelfTradePrevention.DECREMENT else 0
        assert report.leaves_quantity == before.leaves_quantity - less
        assert report.prevented_quantity == before.prevented_quantity + less
        if not report.leaves_quantity:
            market.leave(before)
        self._keep(report)

    def _limit(self, report: Report, market: AuditedMarket) -> int | None:
        terms = report.terms
        if terms.type is OrderType.PEGGED:
            return self.specials.peg_price(report)
        if terms.price is not None:
            return market.slid(terms) if terms.post_only is PostOnly.SLIDE else terms.price
        if is_asleep(report):
            return None
        to_limit = terms.type is OrderType.MARKET_TO_LIMIT
        waits = market.in_call or terms.time_in_force is TimeInForce.CLS
        return market.protected(
            terms.side, starts_without_quote=to_limit, for_auction=waits and not to_limit
        )

    def _executed(self, event: told.OrderExecuted) -> None:
        taker, maker = event.taker, event.maker
        market = self.markets[event.symbol]
        if event.side is None:
            self._auctioned(event)
        else:
            self._matched(event)
        if market.ends is not None:
            assert market.ends[0] <= event.price <= market.ends[1], "6: inside the band"
        assert taker.terms.side is opposite(maker.terms.side)
        assert not self.specials.are_kin(taker, maker), "8: nobody trades with themselves"
        before = [self.orders[r.terms.order_id].leaves_quantity for r in (taker, maker)]
        if event.side is not None:
            before[1] = shown(self.orders[maker.terms.order_id])
        assert event.quantity == min(before), "the whole of the smaller one trades"
        assert event.trade_id == self.last_trade_id + 1, "10: trade ids are never reused"
        self.last_trade_id = event.trade_id
        self.trades += 1
        market.last_price = event.price
        self.specials.traded(event.symbol, event.price)
        notional = exact_notional(taker, event.price, event.quantity)
        taken, made = self.rates[taker.terms.order_id], self.rates[maker.terms.order_id].maker
        rate = taken.maker if event.side is None else taken.taker
        assert event.taker_fee == exact_fee(notional, rate)
        assert event.maker_fee == exact_fee(notional, made)
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

    def _matched(self, event: told.OrderExecuted) -> None:
        """A trade of an incoming order with what is next in line."""
        market, taker, maker = self.markets[event.symbol], event.taker, event.maker
        assert event.side is not None
        assert market.instrument.phase is Phase.CONTINUOUS, "12: nothing trades in a halt"
        assert not market.in_call
        self._let_in(taker.terms.order_id)
        assert taker.terms.order_id == self.incoming, "only an incoming order takes"
        self.is_silent = False
        assert maker.terms.order_id == market.head(opposite(event.side)), "5: from the head only"
        assert event.side is taker.terms.side
        assert event.price == maker.price, "6: a trade prints at the resting order's price"
        assert within(event.side, taker.price or 0, event.price), "6: within the taker's limit"

    def _auctioned(self, event: told.OrderExecuted) -> None:
        """A trade of an auction: at its price, between the heads of both lines."""
        self._begin_uncross(event.symbol)
        uncross = self.uncross
        assert uncross is not None
        lines = self._lines(event.symbol, uncross)
        assert event.price == uncross.price, "the price that the four steps give"
        heads = {line[0].terms.order_id for line in lines}
        assert heads == {event.taker.terms.order_id, event.maker.terms.order_id}
        stamps = uncross.stamps
        taken, made = event.taker.terms.order_id, event.maker.terms.order_id
        assert stamps[taken] > stamps[made], "the later order is the taker"

    def _begin_uncross(self, symbol: Symbol) -> None:
        """Fix price and priorities before the first trade, or the first prevented one."""
        self._settle()
        found = self.uncross
        if found is not None and found.symbol == symbol and all(self._lines(symbol, found)):
            return
        # Prevention may have used up a price; what still meets is uncrossed anew.
        market = self.markets[symbol]
        lasting = self._lasting(symbol)
        buys, sells = (self._taking_part(market, side, lasting) for side in Side)
        price = price_of(buys, sells, market.reference(), market.ends)
        self.uncross = Uncross(symbol, price or 0, dict(self.stamps), lasting)

    def _lasting(self, symbol: Symbol) -> TimeInForce | None:
        """Opening or closing orders take part, by the phase that comes next in this record."""
        for event in self.events[self.place :]:
            if isinstance(event, told.PhaseChanged) and event.symbol == symbol:
                is_open = event.phase is Phase.CONTINUOUS
                return TimeInForce.OPG if is_open else TimeInForce.CLS
        return None

    def _taking_part(
        self, market: AuditedMarket, side: Side, lasting: TimeInForce | None
    ) -> list[Report]:
        beside = [self.orders[i] for i in market.beside]
        able = [
            r
            for r in beside
            if r.terms.side is side
            and waits_for_auctions(r)
            and r.terms.time_in_force in (lasting, TimeInForce.GTC, TimeInForce.DAY)
        ]
        ids = [i for queue in market.queues[side].values() for i in queue]
        return [*able, *(self.orders[i] for i in ids)]

    def _lines(self, symbol: Symbol, uncross: Uncross) -> list[list[Report]]:
        market = self.markets[symbol]
        return [
            in_line(self._taking_part(market, side, uncross.lasting), uncross.price, uncross.stamps)
            for side in Side
        ]

    def _phase_changed(self, event: told.PhaseChanged) -> None:
        self._settle()
        self.uncross = None
        market = self.markets[event.symbol]
        market.instrument = replace(market.instrument, phase=event.phase)
        if event.phase in CALLS:
            market.in_call = True
        elif event.phase is not Phase.HALTED:
            market.in_call = False
            assert not market.is_crossed(), "4: no crossed book outside an auction"
            gone = TimeInForce.OPG if event.phase is Phase.CONTINUOUS else TimeInForce.CLS
            left = [self.orders[i].terms.time_in_force for i in market.beside]
            assert gone not in left, "what came for an auction is gone after it"

    def _moved_beside(self, event: told.OrderSuspended | told.OrderResumed) -> None:
        """The band takes an order out of the book, or back."""
        report, order_id = event.order, event.order.terms.order_id
        market = self.markets[report.terms.symbol]
        outside = market.is_outside(report.terms.side, report.price or 0)
        if isinstance(event, told.OrderSuspended):
            assert outside
            assert market.leave(self.orders[order_id])
            market.beside[order_id] = None
        else:
            assert not outside
            del market.beside[order_id]
            market.rest(report)
        self._keep(report)

    def _busted(self, event: told.TradeBusted) -> None:
        """Both sides are taken back; what the funds do is in postings of their own."""
        assert event.trade_id not in self.busted
        self.busted.add(event.trade_id)
        for report in (event.taker, event.maker):
            sign = 1 if report.terms.side is Side.BUY else -1
            self.positions[report.terms.account_id, event.symbol] -= sign * event.quantity
            live = self.orders.get(report.terms.order_id)
            if live is not None:
                assert report.cum_quantity == live.cum_quantity - event.quantity
                self._keep(report)
            assert report.status is not OrderStatus.FILLED

    def _reset(self, account_id: AccountId) -> None:
        for owner, symbol in list(self.positions):
            if owner == account_id:
                del self.positions[owner, symbol]
        assert not [r for r in self.orders.values() if r.terms.account_id == account_id]

    def _is_on_margin(self, account_id: AccountId) -> bool:
        return self.accounts[account_id].margin > 1

    def _is_in(self, report: Report, market: AuditedMarket) -> bool:
        return report.terms.symbol == market.instrument.symbol

    def _check_hold(self, report: Report) -> None:
        if self._is_on_margin(report.terms.account_id):
            assert report.held == 0, "equity carries what margin accounts do"
        elif not self.specials.check_hold(report):
            check_hold(report, self.rates[report.terms.order_id])

    def _check_bounds(self, report: Report) -> None:
        if report.leaves_quantity:
            check_limits(self, report)
            if not is_asleep(report):
                check_price(self, report)

    def _filled(self, report: Report, event: told.OrderExecuted, fee: int) -> None:
        before = self.orders[report.terms.order_id]
        assert report.cum_quantity == before.cum_quantity + event.quantity, "7: fills sum to cum"
        assert report.cost == before.cost + event.price * event.quantity
        assert report.fees == before.fees + fee
        assert (report.leaves_quantity == 0) is (report.status is OrderStatus.FILLED)
        self._keep(report)
        self._check_hold(report)
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
        rests = before.status is not OrderStatus.PENDING_NEW and (
            shown(before) > 0 or report.terms.order_id in market.beside
        )
        assert event.requeued is (rests and (repriced or grown)), "5: what renews the stamp"
        if rests:
            self._check_hold(report)
        if repriced or grown:
            assert market.instrument.phase in (Phase.CONTINUOUS, *CALLS)
        if event.requeued:
            assert market.leave(before)
            self.incoming, self.is_silent = report.terms.order_id, False
        self._keep(report)
        if event.requeued:
            check_limits(self, report)
            check_price(self, report)
        if is_asleep(report):
            self.specials.fall_asleep(report)

    def _ended(self, report: Report) -> None:
        before = self.orders[report.terms.order_id]
        market = self.markets[report.terms.symbol]
        assert report.leaves_quantity == 0
        assert report.held == 0, "3: an order that has ended holds nothing"
        assert report.cum_quantity == before.cum_quantity
        assert report.reason is not None
        incoming = self.incoming == report.terms.order_id
        if report.terms.order_id in self.next_in:
            self.next_in.remove(report.terms.order_id)
            incoming = True
        waits = before.status is OrderStatus.PENDING_NEW or not shown(before)
        if not incoming and (not waits or before.terms.order_id in market.beside):
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
            if report.reason is Reason.SELF_TRADE:
                self._expired_rightly(report, before)
            return
        within_reach = market.reachable(report.terms.side, before.price) if before.price else []
        if report.reason is Reason.SELF_TRADE:
            self._expired_rightly(report, before)
        elif report.reason in (Reason.FOK, Reason.MINIMUM_QUANTITY):
            there = self.specials.there(report, within_reach)
            minimum = special_of(report).minimum_quantity
            wanted = report.terms.quantity if report.reason is Reason.FOK else minimum
            # One that may only reduce may be too small by itself.
            could = None if there is None else min(there, before.leaves_quantity)
            assert could is None or could < wanted, "a fill-or-kill that could fill, fills"
            assert report.cum_quantity == 0, "a failed fill-or-kill touches nothing"
        elif report.reason in (Reason.IOC, Reason.INSUFFICIENT_LIQUIDITY):
            assert not within_reach, "nothing within reach was left behind"
        else:
            assert is_special(before), "nothing else ends an incoming order"
        self.incoming = None

    def _expired_rightly(self, report: Report, before: Report) -> None:
        """What a prevented match ends."""
        met, order_id = self.prevention, report.terms.order_id
        assert met is not None
        assert report.status is OrderStatus.EXPIRED
        ends = {
            SelfTradePrevention.CANCEL_NEWEST: (met.order_id,),
            SelfTradePrevention.CANCEL_OLDEST: (met.resting_order_id,),
        }.get(met.mode, (met.order_id, met.resting_order_id))
        assert order_id in ends, "the taker's mode says who expires"
        if met.mode is SelfTradePrevention.DECREMENT:
            assert not before.leaves_quantity, "only what reached zero"

    def _let_in(self, order_id: OrderId) -> None:
        """The first leg of a pair has finished if the second takes."""
        if order_id in self.next_in:
            self.next_in.remove(order_id)
            self._rest_incoming()
            self.incoming, self.is_silent = order_id, False

    def _settle(self) -> None:
        """Let what is left of the incoming order rest, and of what came in with it."""
        self._rest_incoming()
        while self.next_in:
            self.incoming, self.is_silent = self.next_in.pop(0), False
            self._rest_incoming()

    def _rest_incoming(self) -> None:
        report = self.orders.get(self.incoming) if self.incoming is not None else None
        self.incoming = None
        if report is None:
            return
        market = self.markets[report.terms.symbol]
        self.last_stamp += 1
        self.stamps[report.terms.order_id] = self.last_stamp
        if waits_for_auctions(report):
            assert market.in_call or report.terms.time_in_force is TimeInForce.CLS
            market.beside[report.terms.order_id] = None
            return
        assert report.terms.time_in_force not in (TimeInForce.IOC, TimeInForce.FOK)
        assert self.is_silent, "what something happened to when it came in says that it rests"
        market.rest(report)
        assert market.in_call or not market.is_crossed(), "4: no crossed or locked book"

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
        if event.kind is PostingKind.TOP_UP and not isinstance(self.command, BustTrade):
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
        if before is None or before.status is not report.status:
            event = self.events[self.place]
            assert isinstance(event, TOLD_BY[report.status]), "a change of status is one event"
        assert report.sequence == self.sequence
        assert report.updated_at == (self.at if updated_at is None else updated_at)
        parts = report.cum_quantity + report.leaves_quantity
        parts += report.canceled_quantity + report.prevented_quantity
        assert parts == report.terms.quantity, "7: every lot is accounted for"
        self.orders[report.terms.order_id] = report

    def _forget(self, report: Report) -> None:
        self.stamps.pop(report.terms.order_id, None)
        self.specials.forget(report.terms.order_id)
        del self.orders[report.terms.order_id]
        self.rates.pop(report.terms.order_id, None)
