"""Trades as they must be: who trades with whom, at what price, for which fees, and what follows.

So too the matches that self-trade prevention keeps from being trades, and trades that are undone.
"""

from openoutcry.model import events as told
from openoutcry.model.account import FEES
from openoutcry.model.instrument import Phase
from openoutcry.model.order import (
    OrderReport,
    OrderStatus,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from openoutcry.model.units import Symbol
from tests.audited_auction import Uncross, in_line, price_of, waits_for_auctions
from tests.audited_incoming import Incoming
from tests.audited_market import AuditedMarket, exact_fee, exact_notional, opposite, within
from tests.audited_specials import shown
from tests.audited_truth import Truth


class AuditedTrades:
    """Every trade, every prevented match, every bust."""

    def __init__(self, truth: Truth, incoming: Incoming) -> None:
        self.truth, self.incoming = truth, incoming
        self.count = 0
        self.last_trade_id = 0
        self.busted: set[int] = set()
        self.uncross: Uncross | None = None
        self.prevention: told.MatchPrevented | None = None

    def end_uncross(self) -> None:
        """Whatever uncrosses next does so anew."""
        self.uncross = None

    def executed(self, event: told.OrderExecuted) -> None:
        truth, taker, maker = self.truth, event.taker, event.maker
        market = truth.markets[event.symbol]
        if event.side is None:
            self._auctioned(event)
        else:
            self._matched(event)
        if market.ends is not None:
            assert market.ends[0] <= event.price <= market.ends[1], "6: inside the band"
        assert taker.terms.side is opposite(maker.terms.side)
        assert not truth.specials.are_kin(taker, maker), "8: nobody trades with themselves"
        before = [truth.orders[r.terms.order_id].leaves_quantity for r in (taker, maker)]
        if event.side is not None:
            before[1] = shown(truth.orders[maker.terms.order_id])
        assert event.quantity == min(before), "the whole of the smaller one trades"
        assert event.trade_id == self.last_trade_id + 1, "10: trade ids are never reused"
        self.last_trade_id = event.trade_id
        self.count += 1
        market.last_price = event.price
        truth.specials.traded(event.symbol, event.price)
        self._settled(event)

    def _settled(self, event: told.OrderExecuted) -> None:
        """Both sides have paid and got what they owe each other, and the venue its fees."""
        truth, taker, maker = self.truth, event.taker, event.maker
        notional = exact_notional(taker, event.price, event.quantity)
        taken, made = truth.rates[taker.terms.order_id], truth.rates[maker.terms.order_id].maker
        rate = taken.maker if event.side is None else taken.taker
        assert event.taker_fee == exact_fee(notional, rate)
        assert event.maker_fee == exact_fee(notional, made)
        grid = taker.terms.grid
        size = event.quantity * grid.quantity_increment
        truth.totals[FEES, grid.currency] += event.taker_fee + event.maker_fee
        for report, fee, funds in (
            (taker, event.taker_fee, event.taker_funds),
            (maker, event.maker_fee, event.maker_funds),
        ):
            sign = 1 if report.terms.side is Side.BUY else -1
            owner = report.terms.account_id
            truth.totals[owner, grid.currency] -= sign * notional + fee
            truth.totals[owner, grid.asset] += sign * size
            truth.positions[owner, event.symbol] += sign * event.quantity
            assert funds.currency == truth.totals[owner, grid.currency]
            assert funds.asset == truth.totals[owner, grid.asset]
            self._filled(report, event, fee)

    def _matched(self, event: told.OrderExecuted) -> None:
        """A trade of an incoming order with what is next in line."""
        market, taker, maker = self.truth.markets[event.symbol], event.taker, event.maker
        assert event.side is not None
        assert market.instrument.phase is Phase.CONTINUOUS, "12: nothing trades in a halt"
        assert not market.in_call
        self.incoming.take(taker.terms.order_id)
        assert maker.terms.order_id == market.head(opposite(event.side)), "5: from the head only"
        assert event.side is taker.terms.side
        assert event.price == maker.price, "6: a trade prints at the resting order's price"
        assert within(event.side, taker.price or 0, event.price), "6: within the taker's limit"

    def _filled(self, report: OrderReport, event: told.OrderExecuted, fee: int) -> None:
        truth, before = self.truth, self.truth.orders[report.terms.order_id]
        assert report.cum_quantity == before.cum_quantity + event.quantity, "7: fills sum to cum"
        assert report.cost == before.cost + event.price * event.quantity
        assert report.fees == before.fees + fee
        assert (report.leaves_quantity == 0) is (report.status is OrderStatus.FILLED)
        truth.keep(report)
        truth.check_hold(report)
        if not report.leaves_quantity:
            truth.markets[event.symbol].leave(report)
            truth.forget(report)

    # Auctions.

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
        self.incoming.settle()
        found = self.uncross
        if found is not None and found.symbol == symbol and all(self._lines(symbol, found)):
            return
        # Prevention may have used up a price; what still meets is uncrossed anew.
        market = self.truth.markets[symbol]
        lasting = self._lasting(symbol)
        buys, sells = (self._taking_part(market, side, lasting) for side in Side)
        price = price_of(buys, sells, market.reference(), market.ends)
        self.uncross = Uncross(symbol, price or 0, dict(self.truth.stamps), lasting)

    def _lasting(self, symbol: Symbol) -> TimeInForce | None:
        """Opening or closing orders take part, by the phase that comes next in this record."""
        for event in self.truth.following():
            if isinstance(event, told.PhaseChanged) and event.symbol == symbol:
                is_open = event.phase is Phase.CONTINUOUS
                return TimeInForce.OPG if is_open else TimeInForce.CLS
        return None

    def _taking_part(
        self, market: AuditedMarket, side: Side, lasting: TimeInForce | None
    ) -> list[OrderReport]:
        orders = self.truth.orders
        able = [
            r
            for r in map(orders.__getitem__, market.beside)
            if r.terms.side is side
            and waits_for_auctions(r)
            and r.terms.time_in_force in (lasting, TimeInForce.GTC, TimeInForce.DAY)
        ]
        return [*able, *(orders[i] for queue in market.queues[side].values() for i in queue)]

    def _lines(self, symbol: Symbol, uncross: Uncross) -> list[list[OrderReport]]:
        market = self.truth.markets[symbol]
        return [
            in_line(self._taking_part(market, side, uncross.lasting), uncross.price, uncross.stamps)
            for side in Side
        ]

    # What is no trade, and what is none any more.

    def prevented(self, event: told.MatchPrevented) -> None:
        """Two orders of one account or group met; the taker's mode says what follows."""
        truth, report = self.truth, event.order
        before = truth.orders[report.terms.order_id]
        market = truth.market_of(report)
        if report.terms.order_id == event.order_id:
            self._met(event, market)
        less = event.quantity if event.mode is SelfTradePrevention.DECREMENT else 0
        assert report.leaves_quantity == before.leaves_quantity - less
        assert report.prevented_quantity == before.prevented_quantity + less
        if not report.leaves_quantity:
            market.leave(before)
        truth.keep(report)

    def _met(self, event: told.MatchPrevented, market: AuditedMarket) -> None:
        """The first of the two events of a prevented match: they would have traded now."""
        self.prevention = event
        taker, maker = (self.truth.orders[i] for i in (event.order_id, event.resting_order_id))
        assert self.truth.specials.are_kin(taker, maker)
        assert event.mode is self.truth.specials.mode_of(taker)
        assert event.quantity == min(taker.leaves_quantity, maker.leaves_quantity)
        if market.in_call or market.is_crossed():
            self._begin_uncross(event.order.terms.symbol)
        else:
            self.incoming.take(taker.terms.order_id)
            assert maker.terms.order_id == market.head(maker.terms.side)

    def expired_rightly(self, report: OrderReport, before: OrderReport) -> None:
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

    def undone(self, event: told.TradeBusted) -> None:
        """Both sides are taken back; what the funds do is in postings of their own."""
        assert event.trade_id not in self.busted
        self.busted.add(event.trade_id)
        for report in (event.taker, event.maker):
            sign = 1 if report.terms.side is Side.BUY else -1
            self.truth.positions[report.terms.account_id, event.symbol] -= sign * event.quantity
            live = self.truth.orders.get(report.terms.order_id)
            if live is not None:
                assert report.cum_quantity == live.cum_quantity - event.quantity
                self.truth.keep(report)
            assert report.status is not OrderStatus.FILLED
