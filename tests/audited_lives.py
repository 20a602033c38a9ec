"""The life of each order as it must be: how it comes in, changes, moves in the queue, and ends."""

from openoutcry.model import events as told
from openoutcry.model.account import AccountStatus
from openoutcry.model.instrument import Phase
from openoutcry.model.order import Door, OrderReport, OrderStatus, OrderType, PostOnly, TimeInForce
from openoutcry.model.reasons import Reason
from tests.audited_incoming import Incoming
from tests.audited_margin import check_limits, check_price
from tests.audited_market import CALLS, AuditedMarket, held_of
from tests.audited_specials import are_pair, is_asleep, is_special, shown, special_of
from tests.audited_trades import AuditedTrades
from tests.audited_truth import Truth


class AuditedLives:
    """What events say of single orders, trades apart."""

    def __init__(self, truth: Truth, incoming: Incoming, trades: AuditedTrades) -> None:
        self.truth, self.incoming, self.trades = truth, incoming, trades
        self.topped_up: tuple[str, str, int] | None = None
        """Whose money was topped up for the order that comes next, and what there was of it."""

    # How one comes in.

    def pended(self, event: told.OrderPended) -> None:
        self.truth.new_id(event.order)
        assert event.order.status is OrderStatus.PENDING_NEW
        assert event.order.held == 0, "a waiting order holds no money"
        self.truth.keep(event.order)

    def held(self, event: told.OrderHeld) -> None:
        self.truth.new_id(event.order)
        self.truth.keep(event.order)

    def accepted(self, event: told.OrderAccepted) -> None:
        truth, report = self.truth, event.order
        ahead = self.incoming.report()
        if ahead is None or not are_pair(ahead, report):
            self.incoming.settle()
        waited = truth.orders.get(report.terms.order_id)
        if waited is None:
            truth.new_id(report)
        self._check_admission(report, waited)
        truth.let_pay(report)
        simple = report.terms.door is Door.SIMPLE and waited is not None
        truth.keep(report, updated_at=waited.updated_at if simple else truth.at)
        truth.check_hold(report)
        self._check_caps(report)
        if is_asleep(report):
            truth.specials.fall_asleep(report)
        else:
            self.incoming.queue(report)

    def _check_admission(self, report: OrderReport, waited: OrderReport | None) -> None:
        """Somebody who may trade enters an order in a phase that takes it, with its own limit."""
        market, terms = self.truth.market_of(report), report.terms
        accumulates = market.in_call and market.instrument.phase in CALLS
        assert market.instrument.phase is Phase.CONTINUOUS or accumulates, "12: not in a halt"
        if terms.door is not Door.VENUE:
            status = self.truth.accounts[terms.account_id].status
            assert status is AccountStatus.ACTIVE
            assert not self.truth.is_killed
        assert report.status is OrderStatus.NEW
        cut = report.canceled_quantity
        assert report.leaves_quantity + cut == terms.quantity
        assert not cut or special_of(report).reduce_only or waited is not None
        assert report.price == self._limit(report, market), "6: the limit, or the protection"

    def _check_caps(self, report: OrderReport) -> None:
        """What is at market now is within what its account may have."""
        truth, terms = self.truth, report.terms
        if terms.door is not Door.VENUE and report.leaves_quantity:
            check_limits(truth, report)
            if not is_asleep(report):
                check_price(truth, report)
        if self.topped_up is not None:
            assert self.topped_up[:2] == held_of(report), "a top-up is for the order after it"
            assert self.topped_up[2] < report.held, "only who is short is topped up"
            self.topped_up = None
        most = truth.accounts[terms.account_id].open_orders_max
        if most is not None:
            assert len(truth.orders_of(terms.account_id)) <= most, "9: caps hold on the result"
        if terms.post_only is PostOnly.REJECT:
            assert not truth.market_of(report).reachable(terms.side, report.price or 0)

    def triggered(self, event: told.OrderTriggered) -> None:
        truth, report = self.truth, event.order
        self.incoming.settle()
        truth.specials.triggered(report)
        truth.keep(report)
        truth.let_pay(report)  # A fresh order: the fees are those of now.
        refused = any(
            isinstance(e, told.OrderCanceled) and e.order.terms == report.terms
            for e in truth.following()[1:2]
        )
        if report.price is not None and not refused:
            limit = self._limit(report, truth.market_of(report))
            assert report.price == limit, "6: the limit, or the protection"
            truth.check_hold(report)
        self.incoming.begin(report)

    def _limit(self, report: OrderReport, market: AuditedMarket) -> int | None:
        terms = report.terms
        if terms.type is OrderType.PEGGED:
            return self.truth.specials.peg_price(report)
        if terms.price is not None:
            return market.slid(terms) if terms.post_only is PostOnly.SLIDE else terms.price
        if is_asleep(report):
            return None
        to_limit = terms.type is OrderType.MARKET_TO_LIMIT
        waits = market.in_call or terms.time_in_force is TimeInForce.CLS
        return market.protected(
            terms.side, starts_without_quote=to_limit, for_auction=waits and not to_limit
        )

    # How it changes, and where it stands.

    def replaced(self, event: told.OrderReplaced) -> None:
        truth, report = self.truth, event.order
        self.incoming.settle()
        before, market = truth.orders[report.terms.order_id], truth.market_of(report)
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
            truth.check_hold(report)
        if repriced or grown:
            assert market.instrument.phase in (Phase.CONTINUOUS, *CALLS)
        if event.requeued:
            assert market.leave(before)
            self.incoming.order_id, self.incoming.is_silent = report.terms.order_id, False
        truth.keep(report)
        if event.requeued:
            check_limits(truth, report)
            check_price(truth, report)
        if is_asleep(report):
            truth.specials.fall_asleep(report)

    def requeued(self, event: told.OrderRested | told.OrderRestated) -> None:
        """The venue changed an order that stays live: what it shows may have left, or come."""
        truth, report = self.truth, event.order
        before, market = truth.orders[report.terms.order_id], truth.market_of(report)
        moves = isinstance(event, told.OrderRested)
        comes_in = self.incoming.is_expected(report.terms.order_id)
        if report.terms.type is OrderType.PEGGED and not shown(report):
            comes_in = False
        leaves = moves or not shown(report)
        if report.terms.type is OrderType.PEGGED and leaves and not comes_in:
            self.incoming.settle()  # Pegs move when the incoming order has finished.
        truth.keep(report)
        if comes_in and not moves:
            return  # It has shrunk before it could rest.
        if comes_in:
            self.incoming.let_in(report.terms.order_id)
            self.incoming.order_id = None
        elif leaves:
            market.leave(before)
        if moves:
            market.rest(report)
            truth.stamp(report.terms.order_id)
            assert market.in_call or not market.is_crossed(), "4: no crossed or locked book"

    def moved_beside(self, event: told.OrderSuspended | told.OrderResumed) -> None:
        """The band takes an order out of the book, or back."""
        report, order_id = event.order, event.order.terms.order_id
        market = self.truth.market_of(report)
        outside = market.is_outside(report.terms.side, report.price or 0)
        if isinstance(event, told.OrderSuspended):
            assert outside
            assert market.leave(self.truth.orders[order_id])
            market.beside[order_id] = None
        else:
            assert not outside
            del market.beside[order_id]
            market.rest(report)
        self.truth.keep(report)

    # How it ends.

    def ended(self, event: told.OrderCanceled | told.OrderExpired) -> None:
        truth, report = self.truth, event.order
        before, market = truth.orders[report.terms.order_id], truth.market_of(report)
        assert report.leaves_quantity == 0
        assert report.held == 0, "3: an order that has ended holds nothing"
        assert report.cum_quantity == before.cum_quantity
        assert report.reason is not None
        comes_in = self.incoming.drop(report.terms.order_id)
        waits = before.status is OrderStatus.PENDING_NEW or not shown(before)
        if not comes_in and (not waits or before.terms.order_id in market.beside):
            assert market.leave(before)
        ended = report.canceled_quantity - before.canceled_quantity
        ended += report.prevented_quantity - before.prevented_quantity
        if report.reason is not Reason.AMENDED_BELOW_FILLED:
            assert ended == before.leaves_quantity, "7: what was left is accounted for"
        self._stopped_rightly(report, before, market)
        truth.keep(report)
        truth.forget(report)

    def _stopped_rightly(
        self, report: OrderReport, before: OrderReport, market: AuditedMarket
    ) -> None:
        """An incoming order stops only when nothing is left to take, or its owner comes next."""
        if report.reason is Reason.SELF_TRADE:
            self.trades.expired_rightly(report, before)
        if report.terms.order_id != self.incoming.order_id:
            return
        within_reach = market.reachable(report.terms.side, before.price) if before.price else []
        if report.reason in (Reason.FOK, Reason.MINIMUM_QUANTITY):
            there = self.truth.specials.there(report, within_reach)
            minimum = special_of(report).minimum_quantity
            wanted = report.terms.quantity if report.reason is Reason.FOK else minimum
            # One that may only reduce may be too small by itself.
            could = None if there is None else min(there, before.leaves_quantity)
            assert could is None or could < wanted, "a fill-or-kill that could fill, fills"
            assert report.cum_quantity == 0, "a failed fill-or-kill touches nothing"
        elif report.reason in (Reason.IOC, Reason.INSUFFICIENT_LIQUIDITY):
            assert not within_reach, "nothing within reach was left behind"
        elif report.reason is not Reason.SELF_TRADE:
            assert is_special(before), "nothing else ends an incoming order"
        self.incoming.order_id = None

    def too_late(self, event: told.CancelRejected | told.ReplaceRejected) -> None:
        live = self.truth.orders.get(event.order_id)
        own = live is not None and live.terms.account_id == event.account_id
        if isinstance(event, told.CancelRejected):
            assert not own
        if not own:
            existed = live is None and 0 < event.order_id <= self.truth.last_order_id
            assert event.reason is (Reason.TOO_LATE if existed else Reason.UNKNOWN_ORDER)
