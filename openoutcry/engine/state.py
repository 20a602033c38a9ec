"""Everything that decides, in one place: what a snapshot holds and a digest covers.

Rule: no clock, no I/O, no randomness. Time and sequence come in with each entry.
"""

from collections.abc import Callable
from typing import Final, cast

from openoutcry.engine.alarms import Alarms
from openoutcry.engine.links import Links
from openoutcry.engine.market import Market
from openoutcry.engine.retries import RecentKeys
from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.stakes import Stakes
from openoutcry.engine.timers import Timers
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import Ledger, LedgerAccount
from openoutcry.model.account import Key
from openoutcry.model.events import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderRested,
    OrderTriggered,
)
from openoutcry.model.instrument import FeeRates, SessionTurn
from openoutcry.model.order import OrderReport, OrderStatus, OrderTerms, TimeInForce
from openoutcry.model.reasons import Reason
from openoutcry.model.totals import AssetTotals
from openoutcry.model.units import (
    AccountId,
    Asset,
    KeyId,
    Nanos,
    OrderId,
    Symbol,
    Ticks,
    TradeId,
)

WORKING_ORDERS_MAX: Final = 5_000_000
"""Live orders of the whole venue; beyond it `open_orders_limit`."""

RULES_WHOLE: Final = 2
"""The edition of the rules with auction calls, and in which prevented matches are told."""
RULES_TELLING: Final = 3
"""The edition in which events tell what an account on margin has at stake, and how many orders it
may have open: what is answered then follows from the record alone."""
LIQUIDATION_GRACE_DEFAULT: Final = Nanos(300 * 10**9)
"""From a margin call to the liquidation, unless `Configure` says otherwise."""

_DAY: Final = TimeInForce.DAY
_totals: Final = cast("Callable[..., AssetTotals]", AssetTotals)
"""Without the types of its fields: naming them for plain integers would cost more than all."""


class State:
    """The venue's mind. `events` collects what the command being applied causes."""

    def __init__(self) -> None:
        self.sequence = 0
        self.now = Nanos(0)
        self.rules = 1
        self.last_order_id = self.last_trade_id = self.last_account = self.last_stamp = 0
        self.listed_by_use = 0
        self.markets: dict[Symbol, Market] = {}
        self.assets: dict[Asset, None] = {}
        """Everything that is, or was, traded or paid with."""
        self.traded: dict[Asset, dict[Symbol, Market]] = {}
        """The markets that each asset is traded in, in order of listing."""
        self.ledger = Ledger()
        self.keys: dict[KeyId, Key] = {}
        self.orders: dict[OrderId, WorkingOrder] = {}
        self.orders_by_account: dict[AccountId, dict[OrderId, WorkingOrder]] = {}
        self.good_today: dict[Symbol, dict[OrderId, WorkingOrder]] = {}
        self.timers = Timers(self.orders)
        self.retries = RecentKeys()
        self.events: list[Event] = []
        self.alarms = Alarms()
        self.banded: dict[Symbol, Market] = {}
        self.margined: dict[AccountId, LedgerAccount] = {}
        self.stakes = Stakes()
        self.calls: dict[Symbol, Market] = {}
        """The markets with a band, the accounts on margin, and the markets in a call: what a
        command may do to them is looked at after it; see `vigil`."""
        self.margin_calls: dict[AccountId, Nanos] = {}
        """When accounts below their maintenance are liquidated."""
        self.delisted: dict[Symbol, Market] = {}
        self.tiers: dict[str, FeeRates] = {}
        self.sessions: dict[str, tuple[SessionTurn, ...]] = {}
        self.busted: dict[TradeId, None] = {}
        self.busted_orders: dict[OrderId, OrderReport] = {}
        """How orders that had ended stand since a trade of theirs was busted."""
        self.is_killed = self.is_watchful = self.restless = False
        """`restless`: something may follow from what has just happened; see `consequences`."""
        self.looked_at = 0
        """How many of `events` have been looked at; see `vigil`."""
        self.liquidation_grace = LIQUIDATION_GRACE_DEFAULT
        self.links = Links()
        self.lessened: dict[OrderId, Ticks] = {}
        """Orders that the book shows less of, and where they rested, until an event says so."""

    def know_assets(self, market: Market) -> None:
        """Note what an instrument trades and what it is paid with."""
        grid = market.instrument.grid
        self.assets[grid.asset] = None
        self.assets[grid.currency] = None
        self.traded.setdefault(grid.asset, {})[market.instrument.symbol] = market

    def know_anew(self) -> None:
        """Note the same of every market that there is: one has gone, or is on another grid."""
        self.traded.clear()
        for market in self.markets.values():
            self.know_assets(market)

    # Orders come and go.

    def admit(self, order: WorkingOrder) -> None:
        """Make a new order known; ids rise, so every index is in order of entry."""
        terms = order.terms
        self.orders[terms.order_id] = order
        self.orders_by_account.setdefault(terms.account_id, {})[terms.order_id] = order
        if terms.time_in_force is _DAY:
            self.good_today.setdefault(terms.symbol, {})[terms.order_id] = order
        order.is_counted = order.account.is_limited or (
            terms.special is not None and terms.special.reduce_only
        )

    def dismiss(self, order: WorkingOrder) -> None:
        """Forget an order that has ended: nothing in memory grows with closed orders."""
        terms = order.terms
        del self.orders[terms.order_id]
        own = self.orders_by_account[terms.account_id]
        del own[terms.order_id]
        if not own:
            del self.orders_by_account[terms.account_id]
        if terms.time_in_force is _DAY:
            del self.good_today[terms.symbol][terms.order_id]
        if terms.special is not None:
            assert isinstance(order, SpecialOrder), "special terms make a special order"
            self.links.untie(order)
            self.restless = True

    def rest(self, order: WorkingOrder) -> None:
        """Queue an order at its price, behind all that are there."""
        if order.terms.special is not None:
            assert isinstance(order, SpecialOrder), "special terms make a special order"
            order.display()
        self.last_stamp += 1
        order.stamp = self.last_stamp
        order.market.book.side(order.side).add(order)
        if order.market.watch is not None:
            self.stir(order.market)

    def rest_after_all(self, order: WorkingOrder) -> None:
        """Queue what is left of an order that came in; its own event says it where that is the
        last, and nobody else's orders depend on it."""
        self.rest(order)
        last = self.events[-1]
        if (
            (type(last) is OrderAccepted or type(last) is OrderTriggered)
            and last.order.sequence == order.sequence
            and ((special := order.terms.special) is None or special.group_id is None)
        ):
            return
        self._tell_rested(order)

    def rest_again(self, order: WorkingOrder) -> None:
        """Queue an order at its price, behind all that are there, and say so."""
        self.rest(order)
        self._tell_rested(order)

    def _tell_rested(self, order: WorkingOrder) -> None:
        self.note(order)
        self.events.append(OrderRested(order=self.report(order)))

    def set_aside(self, order: WorkingOrder) -> None:
        """Let an order at market wait beside the book, with a new stamp."""
        self.last_stamp += 1
        order.stamp = self.last_stamp
        market = order.market
        if market.aside is None:
            market.aside = {}
        market.aside[order.terms.order_id] = order

    def is_aside(self, order: WorkingOrder) -> bool:
        """Say whether an order at market waits beside the book."""
        aside = order.market.aside
        return aside is not None and order.terms.order_id in aside

    def lift(self, order: WorkingOrder) -> None:
        """Take an order from where it waits at market, to come back at another place."""
        if order.level is not None:
            self.lessened[order.terms.order_id] = order.level.price
            order.market.book.side(order.side).remove(order)
            self.stir(order.market)
        elif order.market.aside is not None:
            order.market.aside.pop(order.terms.order_id, None)

    def look_closely(self) -> None:
        """Look at what each command did as long as there is anything that it may matter to."""
        self.is_watchful = bool(self.banded or self.margined or self.calls)

    def stir(self, market: Market) -> None:
        """Let what waits for a price here be looked at when the incoming order has finished."""
        if market.watch is not None:
            market.watch.is_stirred = True
            self.links.stirred[market.instrument.symbol] = market
            self.restless = True

    def shrink(self, order: WorkingOrder, quantity: int) -> None:
        """Take `quantity` off what is left of an order, what is hidden first; its place stays."""
        if order.held_per_lot:
            order.source().held -= quantity * order.held_per_lot
        hidden = min(order.hidden_quantity, quantity)
        if hidden:
            assert isinstance(order, SpecialOrder), "plain orders hide nothing"
            order.hidden_quantity -= hidden
            order.leaves_quantity -= hidden
        if order.level is not None and quantity > hidden:
            self.lessened[order.terms.order_id] = order.level.price
            order.market.book.side(order.side).reduce(order, quantity - hidden)
            self.stir(order.market)
        else:
            order.leaves_quantity -= quantity - hidden

    def note(self, order: WorkingOrder) -> None:
        """Mark `order` as changed by the event that is about to be appended."""
        order.sequence = self.sequence + len(self.events) + 1
        order.updated_at = self.now
        if order.is_counted:
            self.links.recount(order)

    def report(self, order: WorkingOrder) -> OrderReport:
        """Return how an order stands after the event that is about to be appended.

        With what nobody could know without a book and a ledger of his own: where it showed more
        before, and what its account has if the event changed what is held.
        """
        lessened = self.lessened
        rested = lessened.pop(order.terms.order_id, None) if lessened else None
        holding = order.holding
        if holding is None or holding.held == holding.told:
            return order.report(rested)
        held = holding.told = holding.held
        return order.report(rested, _totals(holding.total, held))

    def release(self, order: WorkingOrder) -> None:
        """Give back all that an order still holds; it must not rest any more."""
        if order.held_per_lot:
            order.source().held -= order.leaves_quantity * order.held_per_lot
            order.held_per_lot = 0

    def cancel(self, order: WorkingOrder, reason: Reason) -> None:
        """End an order, wherever it is; what was left counts as canceled."""
        order.canceled_quantity += self._take_out(order, reason)
        self._end(order, OrderStatus.CANCELED)
        self.events.append(OrderCanceled(order=self.report(order)))

    def cut(self, order: WorkingOrder, terms: OrderTerms) -> None:
        """End an order that was amended to no more than what has already become of it."""
        self._take_out(order, Reason.AMENDED_BELOW_FILLED)
        order.terms = terms
        self._end(order, OrderStatus.CANCELED)
        self.events.append(OrderCanceled(order=self.report(order)))

    def expire_prevented(self, order: WorkingOrder) -> None:
        """End an order that met its own account; what was left counts as prevented."""
        order.prevented_quantity += self._take_out(order, Reason.SELF_TRADE)
        self._end(order, OrderStatus.EXPIRED)
        self.events.append(OrderExpired(order=self.report(order)))

    def expire(self, order: WorkingOrder) -> None:
        """End an order whose time is over; what was left counts as canceled."""
        if order.status is OrderStatus.HELD:
            self.cancel(order, Reason.EXPIRED)
            return
        order.canceled_quantity += self._take_out(order, Reason.EXPIRED)
        self._end(order, OrderStatus.EXPIRED)
        self.events.append(OrderExpired(order=self.report(order)))

    def end_of_day(self, symbol: Symbol) -> None:
        """Expire the orders that were good for the day, oldest first."""
        for order in list(self.good_today.get(symbol, {}).values()):
            # A group may have ended one of them since.
            if order.is_live():
                self.expire(order)

    def _end(self, order: WorkingOrder, status: OrderStatus) -> None:
        order.become(status)
        self.note(order)
        self.dismiss(order)

    def _take_out(self, order: WorkingOrder, reason: Reason) -> int:
        if order.level is not None:
            self.lessened[order.terms.order_id] = order.level.price
            order.market.book.side(order.side).remove(order)
            if order.market.watch is not None:
                self.stir(order.market)
        elif order.market.aside is not None:
            order.market.aside.pop(order.terms.order_id, None)
        self.release(order)
        if order.hidden_quantity:
            assert isinstance(order, SpecialOrder), "plain orders hide nothing"
            order.hidden_quantity = 0
        left = order.leaves_quantity
        order.leaves_quantity = 0
        order.due = None
        order.reason = reason
        return left

    # Timers.

    def postpone(self, span: Nanos) -> None:
        """Let every span that is under way last longer; what is due at a moment keeps it."""
        for order in self.orders.values():
            if order.due is not None and order.status is OrderStatus.PENDING_NEW:
                order.due = Nanos(order.due + span)
        self.timers.renew()
        self.alarms.postpone(span)
        for account_id, moment in self.margin_calls.items():
            self.margin_calls[account_id] = Nanos(moment + span)

    def next_due(self) -> Nanos | None:
        """Return when the earliest timer or alarm goes off."""
        timer, alarm = self.timers.first(), self.alarms.next()
        if alarm is None:
            return None if timer is None else timer[0]
        return alarm.due if timer is None else min(timer[0], alarm.due)
