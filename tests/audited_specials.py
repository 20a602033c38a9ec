"""What the auditor knows of special orders: naive, from the rules, with nothing indexed.

It hears the same events as the auditor, and says what must be so after each and after a record.
"""

from fractions import Fraction

from msgspec.structs import replace

from openoutcry.model.account import Account
from openoutcry.model.instrument import Phase
from openoutcry.model.order import (
    OrderReport,
    OrderStatus,
    OrderType,
    Peg,
    SelfTradePrevention,
    Side,
    Special,
    Trigger,
)
from openoutcry.model.units import BPS_SCALE, AccountId, OrderId, Symbol
from tests.audited_market import AuditedMarket, exact_notional, opposite

STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)


def special_of(report: OrderReport) -> Special:
    return report.terms.special or Special()


def shown(report: OrderReport) -> int:
    return report.leaves_quantity - report.hidden_quantity


def is_asleep(report: OrderReport) -> bool:
    """Say whether a stop waits for its price."""
    waits = report.triggered_at is None and report.status is not OrderStatus.HELD
    return report.terms.type in STOPS and waits


def are_pair(one: OrderReport, other: OrderReport) -> bool:
    """Say whether two orders are the legs of one pair."""
    mine, theirs = special_of(one), special_of(other)
    in_group = mine.group_id is not None and mine.group_id == theirs.group_id
    return in_group and mine.parent_id == theirs.parent_id


def is_special(report: OrderReport) -> bool:
    return report.terms.special is not None


class AuditedSpecials:
    """Stops that were hit, trailing extremes, and the relations of live orders."""

    def __init__(
        self,
        orders: dict[OrderId, OrderReport],
        markets: dict[Symbol, AuditedMarket],
        accounts: dict[AccountId, Account],
    ) -> None:
        self.orders = orders
        self.markets = markets
        self.accounts = accounts
        self.extremes: dict[OrderId, int] = {}
        self.hit: dict[OrderId, None] = {}

    def as_it_stands(self, report: OrderReport) -> OrderReport:
        """A trailing stop's level moves without an event; what an event changed is its own."""
        report = replace(report, rested=None, holding=None)
        if is_asleep(report) and report.terms.type is OrderType.TRAILING_STOP:
            return replace(report, stop_price=self.level_shown(report))
        return report

    # Self-trade prevention.

    def are_kin(self, one: OrderReport, other: OrderReport) -> bool:
        mine, theirs = (self.accounts[r.terms.account_id] for r in (one, other))
        grouped = mine.stp_group is not None and mine.stp_group == theirs.stp_group
        return mine.account_id == theirs.account_id or grouped

    def mode_of(self, taker: OrderReport) -> SelfTradePrevention:
        return special_of(taker).stp or self.accounts[taker.terms.account_id].stp

    def there(self, taker: OrderReport, within_reach: list[OrderId]) -> int | None:
        """What two passes count; None where orders that hang together count once somehow."""
        found = hidden = 0
        price = None
        for met in (self.orders[i] for i in within_reach):
            if met.price != price:
                found, hidden, price = found + hidden, 0, met.price
            if self.are_kin(taker, met):
                if self.mode_of(taker) is SelfTradePrevention.CANCEL_OLDEST:
                    continue
                return found
            linked = special_of(met).group_id is not None or special_of(met).reduce_only
            if linked or self.accounts[met.terms.account_id].mass_quote is not None:
                return None
            found += shown(met)
            hidden += met.hidden_quantity
        return found + hidden

    # Holds.

    def check_hold(self, report: OrderReport) -> bool:
        """Check the hold of an order that has one of its own kind; say whether it has."""
        if report.status is OrderStatus.HELD:
            assert report.held == 0, "held legs reserve nothing"
            return True
        if special_of(report).group_id is not None:
            return True  # The other leg may not have come yet: what a pair holds is checked after.
        if report.terms.type is OrderType.PEGGED and report.price is None:
            return True
        if not is_asleep(report) or report.price is not None:
            return False
        if report.terms.side is Side.SELL:
            size = report.terms.grid.quantity_increment
            assert report.held == report.leaves_quantity * size
        elif report.terms.type is OrderType.STOP:
            protection = self.markets[report.terms.symbol].instrument.protection
            stop_price = special_of(report).stop_price
            price = (stop_price * (BPS_SCALE + protection)) // BPS_SCALE
            assert report.held >= exact_notional(report, price, report.leaves_quantity)
        else:
            assert report.held > 0
        return True

    # Stops.

    def fall_asleep(self, report: OrderReport) -> None:
        """A stop was accepted or changed: it may be through its trigger already."""
        order_id, special = report.terms.order_id, special_of(report)
        self.hit.pop(order_id, None)
        last = self.markets[report.terms.symbol].last_price
        if last is None:
            return
        if report.terms.type is OrderType.TRAILING_STOP:
            if order_id not in self.extremes and self._activates(report, last):
                self.extremes[order_id] = last
        elif special.trigger is not Trigger.QUOTE and self._is_through(report, last):
            self.hit[order_id] = None

    def traded(self, symbol: Symbol, price: int) -> None:
        """A trade: let trailing stops follow it, and note what it hits."""
        for order_id, report in self.orders.items():
            if report.terms.symbol != symbol or not is_asleep(report) or order_id in self.hit:
                continue
            if special_of(report).trigger is Trigger.QUOTE:
                continue
            if self._is_through(report, price):
                self.hit[order_id] = None
            elif report.terms.type is OrderType.TRAILING_STOP:
                self._follow(report, price)

    def _follow(self, report: OrderReport, price: int) -> None:
        order_id = report.terms.order_id
        best = self.extremes.get(order_id)
        buys = report.terms.side is Side.BUY
        if best is None:
            if self._activates(report, price):
                self.extremes[order_id] = price
        else:
            self.extremes[order_id] = min(best, price) if buys else max(best, price)

    def _activates(self, report: OrderReport, price: int) -> bool:
        activation = special_of(report).activation_price
        if activation is None:
            return True
        return price <= activation if report.terms.side is Side.BUY else price >= activation

    def level(self, report: OrderReport) -> Fraction | None:
        """Where a stop is: exactly."""
        special = special_of(report)
        if report.terms.type is not OrderType.TRAILING_STOP:
            return Fraction(special.stop_price)
        extreme = self.extremes.get(report.terms.order_id)
        if extreme is None:
            return None
        trail = special.trail
        if trail is None:
            trail = Fraction(extreme * special.trail_bps, BPS_SCALE)
        return Fraction(extreme) + (trail if report.terms.side is Side.BUY else -trail)

    def level_shown(self, report: OrderReport) -> int | None:
        """The level in ticks: the first price that hits."""
        level = self.level(report)
        if level is None or level < 1:
            return None
        down = level.numerator // level.denominator
        return -(-level.numerator // level.denominator) if report.terms.side is Side.BUY else down

    def _is_through(self, report: OrderReport, price: int) -> bool:
        level = self.level(report)
        if level is None:
            return False
        return price >= level if report.terms.side is Side.BUY else price <= level

    def _is_quoted(self, report: OrderReport) -> bool:
        market, side = self.markets[report.terms.symbol], report.terms.side
        best = market.best(opposite(side))
        if special_of(report).trigger is not Trigger.QUOTE or best is None:
            return False
        return self._is_through(report, best)

    def triggered(self, report: OrderReport) -> None:
        """A stop ran: it must have been hit, and be the first of those that were."""
        before = self.orders[report.terms.order_id]
        assert is_asleep(before), "only what sleeps is woken"
        if before.terms.order_id not in self.hit:
            self._see_quotes(before.terms.symbol)
        assert before.terms.order_id in self.hit, "its price was there"
        assert self.markets[report.terms.symbol].instrument.phase is Phase.CONTINUOUS
        others = [self.orders[i] for i in self.hit if i in self.orders]
        rivals = [r for r in others if r.terms.symbol == report.terms.symbol]
        assert self._turn(before) == min(map(self._turn, rivals)), "the nearest trigger first"
        self.hit.pop(before.terms.order_id, None)

    def _see_quotes(self, symbol: Symbol) -> None:
        """What the best prices reach when they are looked at is hit, even if they leave again."""
        for order_id, report in self.orders.items():
            if report.terms.symbol == symbol and is_asleep(report) and self._is_quoted(report):
                self.hit[order_id] = None

    def _turn(self, report: OrderReport) -> tuple[int, int, int]:
        level = self.level_shown(report) or 0
        if report.terms.side is Side.BUY:
            return 0, level, report.terms.order_id
        return 1, -level, report.terms.order_id

    def forget(self, order_id: OrderId) -> None:
        self.hit.pop(order_id, None)
        self.extremes.pop(order_id, None)

    # Pegs.

    def peg_price(self, report: OrderReport) -> int | None:
        """Where a pegged order belongs, by the book as it is."""
        market, side = self.markets[report.terms.symbol], report.terms.side
        special = special_of(report)
        bid, ask = (self._best_of_others(market, one) for one in Side)
        if special.peg is Peg.MID:
            if bid is None or ask is None:
                return None
            middle = Fraction(bid + ask, 2)
            start = middle.__floor__() if side is Side.BUY else middle.__ceil__()
        else:
            start = bid if special.peg is Peg.BID else ask
        if start is None:
            return None
        price, limit = start + (special.peg_offset or 0), report.terms.price
        best = market.best(opposite(side))
        if side is Side.BUY:
            price = min(price, *(p for p in (limit, best and best - 1) if p is not None), price)
        else:
            price = max(price, *(p for p in (limit, best and best + 1) if p is not None), price)
        return price if price > 0 else None

    def _best_of_others(self, market: AuditedMarket, side: Side) -> int | None:
        prices = [
            price
            for price, queue in market.queues[side].items()
            if any(self.orders[i].terms.type is not OrderType.PEGGED for i in queue)
        ]
        if not prices:
            return None
        return max(prices) if side is Side.BUY else min(prices)

    # What must be so when all is quiet.

    def check(self, positions: dict[tuple[AccountId, Symbol], int]) -> None:
        for report in list(self.orders.values()):
            if not is_special(report) or report.status is OrderStatus.HELD:
                continue
            market = self.markets[report.terms.symbol]
            if market.instrument.phase is not Phase.CONTINUOUS:
                continue
            if is_asleep(report):
                assert report.terms.order_id not in self.hit, "what was hit has run"
                assert not self._is_quoted(report), "what is quoted has run"
            if report.terms.type is OrderType.PEGGED:
                assert report.price == self.peg_price(report), "a peg is where it belongs"
        self._check_groups()
        self._check_reducing(positions)

    def _check_groups(self) -> None:
        groups: dict[str, list[OrderReport]] = {}
        for report in self.orders.values():
            group_id = special_of(report).group_id
            if group_id is not None:
                groups.setdefault(group_id, []).append(report)
        for members in groups.values():
            ids = [report.terms.order_id for report in members]
            for report in members:
                parent_id = special_of(report).parent_id
                assert (report.status is OrderStatus.HELD) is (parent_id in ids)
                pair = self.pair_of(report)
                if report.status is not OrderStatus.HELD and len(pair) > 1:
                    self._check_pair(pair)

    def pair_of(self, report: OrderReport) -> list[OrderReport]:
        """An order and its sibling, as far as they are live."""
        special = special_of(report)
        if special.group_id is None:
            return [report]
        return [
            other
            for other in self.orders.values()
            if special_of(other).group_id == special.group_id
            and special_of(other).parent_id == special.parent_id
        ]

    @staticmethod
    def _check_pair(pair: list[OrderReport]) -> None:
        assert sum(report.cum_quantity for report in pair) <= max(r.terms.quantity for r in pair)
        if len({report.leaves_quantity for report in pair}) == 1:
            assert len([r for r in pair if r.held]) <= 1, "one hold covers both legs"

    def _check_reducing(self, positions: dict[tuple[AccountId, Symbol], int]) -> None:
        asked: dict[tuple[AccountId, Symbol, Side], dict[OrderId, int]] = {}
        for report in self.orders.values():
            if not special_of(report).reduce_only or report.status is OrderStatus.HELD:
                continue
            terms = report.terms
            pair = [r for r in self.pair_of(report) if special_of(r).reduce_only]
            newest = max(r.terms.order_id for r in pair)
            leaves = max(r.leaves_quantity for r in pair)
            asked.setdefault((terms.account_id, terms.symbol, terms.side), {})[newest] = leaves
        for (account_id, symbol, side), leaves in asked.items():
            position = positions[account_id, symbol]
            closable = -position if side is Side.BUY else position
            assert sum(leaves.values()) <= max(0, closable), "reduce-only never increases"
