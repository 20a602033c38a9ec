"""What ties a special order to others: to a price, to the orders of its group, to a position.

Rule: an order is tied while it is live and never longer, so nothing here outlives its orders.
"""

from collections.abc import Iterable
from typing import Final

from openoutcry.engine.levels import activation_of, trail_of
from openoutcry.engine.market import Market
from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.interest import Interest
from openoutcry.matching.watch import Watch
from openoutcry.model.order import OrderStatus, OrderType
from openoutcry.model.units import AccountId, OrderId, Symbol

AT_MARKET: Final = (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)


def at_market(order: WorkingOrder) -> int:
    """Return the lots of an order that could trade: a sleeping stop's too, a held leg's not."""
    return order.leaves_quantity if order.status in AT_MARKET else 0


def _count(interest: Interest, order: WorkingOrder, sibling: SpecialOrder | None) -> None:
    """Let an order count; of a pair only the larger leg does, with the older of the two."""
    legs = (order,) if sibling is None else (order, sibling)
    live = sorted((leg for leg in legs if leg.is_live()), key=lambda leg: leg.terms.order_id)
    lots = max((at_market(leg) for leg in live), default=0)
    for leg in legs:
        terms = leg.terms
        counts = lots if live and leg is live[0] else 0
        interest.count(terms.order_id, terms.symbol, terms.side, counts)


class Links:
    """All ties of the venue's special orders. Each is empty as long as there are none of a kind."""

    def __init__(self) -> None:
        self.groups: dict[str, list[SpecialOrder]] = {}
        """The live orders of each group, in order of entry."""
        self.reducing: dict[tuple[AccountId, Symbol], dict[OrderId, SpecialOrder]] = {}
        """The reduce-only orders of an account in a symbol that are at market."""
        self.claims: dict[AccountId, Interest] = {}
        """How much of its positions the reduce-only orders of an account speak for."""
        self.ended: list[SpecialOrder] = []
        """Members of groups that have ended, and whose groups have not heard of it yet."""
        self.released: list[str] = []
        """Groups whose parent is completely filled, and whose legs are still held."""
        self.stirred: dict[Symbol, Market] = {}
        """Markets where something waits for a price, and a price may have changed."""

    def join(self, order: SpecialOrder) -> None:
        """Make an order known to its group."""
        group_id = order.special.group_id
        if group_id is not None:
            self.groups.setdefault(group_id, []).append(order)

    def sibling(self, order: SpecialOrder) -> SpecialOrder | None:
        """Return the live order that ends when this one does."""
        for other in self.groups.get(order.special.group_id or "", ()):
            is_pair = other.special.parent_id == order.special.parent_id
            if is_pair and other is not order:
                return other
        return None

    def legs(self, parent: SpecialOrder) -> list[SpecialOrder]:
        """Return the live orders that wait for a parent, or came after it."""
        members = self.groups.get(parent.special.group_id or "", ())
        return [leg for leg in members if leg.special.parent_id == parent.terms.order_id]

    def watch(self, order: SpecialOrder) -> Watch:
        """Return what watches the prices of an order's market."""
        market = order.market
        if market.watch is None:
            market.watch = Watch()
        return market.watch

    def tie(self, order: SpecialOrder) -> None:
        """Tie an order that goes to market; where a stop sleeps is another matter."""
        if order.special.reduce_only:
            key = order.terms.account_id, order.terms.symbol
            self.reducing.setdefault(key, {})[order.terms.order_id] = order
        if order.terms.type is OrderType.PEGGED:
            watch = self.watch(order)
            watch.pegs[order.terms.order_id] = None
            watch.seen = None

    def lay_to_sleep(self, order: SpecialOrder) -> None:
        """Let a stop wait for the price it has now."""
        watch, order_id = self.watch(order), order.terms.order_id
        if order.terms.type is OrderType.TRAILING_STOP:
            trails, trail = watch.trails(order.side), trail_of(order.special)
            if order.extreme:
                trails.add(order_id, trail, order.extreme)
            else:
                trails.add_inactive(order_id, trail, activation_of(order.special))
        else:
            watch.sleepers(order.trigger, order.side).add(order.stop_price, order_id)

    def wake(self, order: SpecialOrder) -> None:
        """Let nothing wait for an order any more, neither a price nor its turn."""
        watch, order_id = order.market.watch, order.terms.order_id
        if watch is None:
            return
        if order.terms.type is OrderType.TRAILING_STOP:
            order.extreme, order.stop_price = order.extreme, order.stop_price
            watch.trails(order.side).discard(order_id, activation_of(order.special))
        watch.hit.pop(order_id, None)
        watch.pegs.pop(order_id, None)
        watch.sleepers(order.trigger, order.side).discard(order.stop_price, order_id)
        if watch.is_idle():
            order.market.watch = None

    def untie(self, order: SpecialOrder) -> None:
        """Forget an order that has ended; its group hears of it as soon as the match is over."""
        self.wake(order)
        key = order.terms.account_id, order.terms.symbol
        reducing = self.reducing.get(key)
        if reducing is not None:
            reducing.pop(order.terms.order_id, None)
            if not reducing:
                del self.reducing[key]
        group_id = order.special.group_id
        if group_id is not None:
            members = self.groups[group_id]
            members.remove(order)
            if members:
                self.ended.append(order)
            else:
                del self.groups[group_id]

    def recount(self, order: WorkingOrder) -> None:
        """Let an order count as it stands in what its account may trade, and in what it has asked
        to reduce."""
        account = order.account
        sibling = self.sibling(order) if isinstance(order, SpecialOrder) else None
        if account.interest is not None:
            _count(account.interest, order, sibling)
        special = order.terms.special
        if special is None or not special.reduce_only:
            return
        account_id = order.terms.account_id
        claims = self.claims.setdefault(account_id, Interest())
        if sibling is not None and not sibling.special.reduce_only:
            sibling = None
        _count(claims, order, sibling)
        if not claims.counted:
            del self.claims[account_id]

    def check(self, orders: Iterable[WorkingOrder]) -> None:
        """Assert that only live orders are tied, each where it belongs."""
        tied = {id(member) for members in self.groups.values() for member in members}
        for order in orders:
            if isinstance(order, SpecialOrder):
                assert (id(order) in tied) is (order.special.group_id is not None)
                assert (order.terms.type is OrderType.PEGGED and order.is_at_market) is (
                    order.market.watch is not None
                    and order.terms.order_id in order.market.watch.pegs
                ), "a pegged order at market follows"
                assert order.is_stop is self._is_watched(order), "a stop is watched until it runs"
        assert not self.ended, "every group has heard of every end"
        for members in self.groups.values():
            assert members == sorted(members, key=lambda order: order.terms.order_id)
            for order in members:
                assert order.is_live()
        for (account_id, symbol), reducing in self.reducing.items():
            for order in reducing.values():
                assert order.is_at_market
                assert (order.terms.account_id, order.terms.symbol) == (account_id, symbol)

    @staticmethod
    def _is_watched(order: SpecialOrder) -> bool:
        """Say whether a stop sleeps, or was hit, in its market; it is never in two places."""
        watch, order_id = order.market.watch, order.terms.order_id
        if watch is None:
            return False
        key = watch.sleepers(order.trigger, order.side).sign * order.stop_price, order_id
        places = (
            order_id in watch.trails(order.side),
            order_id in watch.hit,
            key in watch.sleepers(order.trigger, order.side).keys,
        )
        assert sum(places) <= 1
        return any(places)
