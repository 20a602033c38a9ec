"""Everything that decides, in one place: what a snapshot holds and a digest covers.

Rule: no clock, no I/O, no randomness. Time and sequence come in with each entry.
"""

import heapq
from typing import Final

from openoutcry.engine.market import Market
from openoutcry.engine.retries import RecentKeys
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import Holding, Ledger
from openoutcry.model.account import Key
from openoutcry.model.events import Event, OrderCanceled, OrderExpired
from openoutcry.model.instrument import Grid
from openoutcry.model.order import OrderStatus, OrderTerms
from openoutcry.model.reasons import Reason
from openoutcry.model.units import AccountId, Asset, KeyId, Lots, Nanos, OrderId, Symbol

WORKING_ORDERS_MAX: Final = 5_000_000
"""Live orders of the whole venue; beyond it `open_orders_limit`."""


class State:
    """The venue's mind. `events` collects what the command being applied causes."""

    def __init__(self) -> None:
        self.sequence = 0
        self.now = Nanos(0)
        self.rules = 1
        self.last_order_id = 0
        self.last_trade_id = 0
        self.last_account = 0
        self.last_stamp = 0
        self.listed_by_use = 0
        self.markets: dict[Symbol, Market] = {}
        self.assets: dict[Asset, None] = {}
        """Everything that is traded or paid with; follows from the instruments."""
        self.ledger = Ledger()
        self.keys: dict[KeyId, Key] = {}
        self.orders: dict[OrderId, WorkingOrder] = {}
        self.orders_by_account: dict[AccountId, dict[OrderId, WorkingOrder]] = {}
        self.timers: list[tuple[Nanos, OrderId]] = []
        self.retries = RecentKeys()
        self.events: list[Event] = []

    def know_assets(self, grid: Grid) -> None:
        """Note what an instrument trades and what it is paid with."""
        self.assets[grid.asset] = None
        self.assets[grid.currency] = None

    # Orders come and go.

    def admit(self, order: WorkingOrder) -> None:
        """Make a new order known; ids rise, so every index is in order of entry."""
        terms = order.terms
        self.orders[terms.order_id] = order
        self.orders_by_account.setdefault(terms.account_id, {})[terms.order_id] = order

    def dismiss(self, order: WorkingOrder) -> None:
        """Forget an order that has ended: nothing in memory grows with closed orders."""
        terms = order.terms
        del self.orders[terms.order_id]
        own = self.orders_by_account[terms.account_id]
        del own[terms.order_id]
        if not own:
            del self.orders_by_account[terms.account_id]

    def note(self, order: WorkingOrder) -> None:
        """Mark `order` as changed by the event that is about to be appended."""
        order.sequence = self.sequence + len(self.events) + 1
        order.updated_at = self.now

    def release(self, order: WorkingOrder) -> None:
        """Give back all that an order still holds; it must not rest any more."""
        if order.held_per_lot:
            self.holding_of(order).held -= order.leaves_quantity * order.held_per_lot
            order.held_per_lot = 0

    def holding_of(self, order: WorkingOrder) -> Holding:
        """Return the holding that an order reserves from."""
        grid = order.terms.grid
        return order.account.holding(grid.currency if order.is_buy else grid.asset)

    def cancel(self, order: WorkingOrder, reason: Reason) -> None:
        """End an order, wherever it is; what was left counts as canceled."""
        order.canceled_quantity += self._take_out(order, reason)
        self._end(order, OrderStatus.CANCELED)
        self.events.append(OrderCanceled(order=order.report()))

    def cut(self, order: WorkingOrder, terms: OrderTerms) -> None:
        """End an order that was amended to no more than what has already become of it."""
        self._take_out(order, Reason.AMENDED_BELOW_FILLED)
        order.terms = terms
        self._end(order, OrderStatus.CANCELED)
        self.events.append(OrderCanceled(order=order.report()))

    def expire_prevented(self, order: WorkingOrder) -> None:
        """End an order that met its own account; what was left counts as prevented."""
        order.prevented_quantity += self._take_out(order, Reason.SELF_TRADE)
        self._end(order, OrderStatus.EXPIRED)
        self.events.append(OrderExpired(order=order.report()))

    def _end(self, order: WorkingOrder, status: OrderStatus) -> None:
        order.become(status)
        self.note(order)
        self.dismiss(order)

    def _take_out(self, order: WorkingOrder, reason: Reason) -> Lots:
        if order.level is not None:
            order.market.book.side(order.side).remove(order)
        self.release(order)
        left = order.leaves_quantity
        order.leaves_quantity = Lots(0)
        order.due = None
        order.reason = reason
        return left

    # Timers.

    def schedule(self, order: WorkingOrder, due: Nanos) -> None:
        """Let a delayed order go to market at `due`."""
        order.due = due
        heapq.heappush(self.timers, (due, order.terms.order_id))

    def postpone(self, span: Nanos) -> None:
        """Let everything that is scheduled wait for longer; the order of the timers stays."""
        waiting = [timer for timer in self.timers if self._waits(timer)]
        for _, order_id in waiting:
            order = self.orders[order_id]
            assert order.due is not None, "only what is scheduled waits"
            order.due = Nanos(order.due + span)
        self.timers = [(Nanos(due + span), order_id) for due, order_id in waiting]
        heapq.heapify(self.timers)

    def next_due(self) -> Nanos | None:
        """Return when the earliest timer fires, dropping those whose order is gone."""
        timers = self.timers
        while timers and not self._waits(timers[0]):
            heapq.heappop(timers)
        return timers[0][0] if timers else None

    def pop_due(self) -> WorkingOrder | None:
        """Take out the earliest timer if it is due, and return its order."""
        due = self.next_due()
        if due is None or due > self.now:
            return None
        return self.orders[heapq.heappop(self.timers)[1]]

    def _waits(self, timer: tuple[Nanos, OrderId]) -> bool:
        order = self.orders.get(timer[1])
        return order is not None and order.due == timer[0]
