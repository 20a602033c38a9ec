"""A naive book, written from the rules of the market alone: plain lists, nothing indexed, no money.

It exists to be obviously right. The engine is compared with it over long streams of commands: what
happened, in the same words, and the whole book.
"""

from dataclasses import dataclass

from openoutcry.model.commands import AmendOrder, CancelAllOrders, CancelOrder, EnterOrder
from openoutcry.model.order import OrderType, PostOnly, Side, TimeInForce

Told = tuple[object, ...]


@dataclass
class Order:
    order_id: int
    owner: str
    side: Side
    price: int
    total: int
    leaves: int
    is_post_only: bool
    is_priced: bool
    stamp: int = 0


class ReferenceBook:
    """One instrument."""

    def __init__(self, reference_price: int, protection_bps: int) -> None:
        self.resting: list[Order] = []
        self.ended_below = 1  # ids below it that do not rest have ended
        self.stamp = 0
        self.last_price: int | None = None
        self.reference_price = reference_price
        self.protection_bps = protection_bps

    def apply(self, command: object) -> list[Told]:
        """Return what the command causes."""
        match command:
            case EnterOrder():
                return self.enter(command)
            case CancelOrder():
                return self.cancel(command)
            case CancelAllOrders():
                return self.cancel_all(command)
            case AmendOrder():
                return self.amend(command)
        raise TypeError(command)

    def facing(self, side: Side, limit: int | None = None) -> list[Order]:
        """What an incoming order would meet: by price, then stamp; up to its limit."""
        if side is Side.BUY:
            met = [o for o in self.resting if o.side is Side.SELL]
            met = [o for o in met if limit is None or o.price <= limit]
            return sorted(met, key=lambda o: (o.price, o.stamp))
        met = [o for o in self.resting if o.side is Side.BUY]
        met = [o for o in met if limit is None or o.price >= limit]
        return sorted(met, key=lambda o: (-o.price, o.stamp))

    def enter(self, command: EnterOrder) -> list[Told]:
        limit = self.limit_of(command)
        is_post_only = command.post_only is PostOnly.REJECT
        if is_post_only and self.facing(command.side, limit):
            return [("rejected", "would_cross")]
        assert isinstance(command.quantity, int)
        order = Order(
            self.ended_below,
            command.account_id,
            command.side,
            limit or 0,
            command.quantity,
            command.quantity,
            is_post_only,
            command.type is OrderType.LIMIT,
        )
        self.ended_below += 1
        told: list[Told] = [("accepted", order.order_id, limit)]
        is_fok = command.time_in_force is TimeInForce.FOK
        if limit is None:
            return [*told, ended(order, "fok" if is_fok else "insufficient_liquidity")]
        if is_fok and self.there(order) < order.leaves:
            return [*told, ended(order, "fok")]
        told += self.match(order)
        if order.leaves and told[-1][0] != "expired":
            if command.type is OrderType.MARKET:
                told.append(ended(order, "insufficient_liquidity"))
            elif command.time_in_force is TimeInForce.IOC:
                told.append(ended(order, "ioc"))
            else:
                told += self.rest(order)[: len(told) - 1]  # One that only rests says no more.
        return told

    def limit_of(self, command: EnterOrder) -> int | None:
        if command.type is OrderType.LIMIT:
            assert isinstance(command.price, int)
            return command.price
        met = self.facing(command.side)
        start = met[0].price if met else None
        if start is None and command.type is OrderType.MARKET_TO_LIMIT:
            start = self.reference_price if self.last_price is None else self.last_price
        if start is None:
            return None
        away = start * self.protection_bps
        if command.side is Side.BUY:
            return (start * 10_000 + away) // 10_000
        return -((away - start * 10_000) // 10_000)

    def there(self, order: Order) -> int:
        """What a fill-or-kill may count: up to the first order of its own."""
        found = 0
        for met in self.facing(order.side, order.price):
            if met.owner == order.owner:
                break
            found += met.leaves
        return found

    def match(self, order: Order) -> list[Told]:
        told: list[Told] = []
        for met in self.facing(order.side, order.price):
            if not order.leaves:
                break
            if met.owner == order.owner:
                told.append(("expired", order.order_id, order.leaves))
                break
            quantity = min(order.leaves, met.leaves)
            order.leaves -= quantity
            met.leaves -= quantity
            if not met.leaves:
                self.resting.remove(met)
            self.last_price = met.price
            told.append(("executed", order.order_id, met.order_id, quantity, met.price))
        return told

    def rest(self, order: Order) -> list[Told]:
        self.stamp += 1
        order.stamp = self.stamp
        self.resting.append(order)
        return [("rested", order.order_id, order.leaves, order.price)]

    def find(self, order_id: int, owner: str) -> Order | str:
        """The order, or why not."""
        for order in self.resting:
            if order.order_id == order_id:
                return order if order.owner == owner else "unknown_order"
        return "too_late" if 0 < order_id < self.ended_below else "unknown_order"

    def cancel(self, command: CancelOrder) -> list[Told]:
        order = self.find(command.order_id, command.account_id)
        if isinstance(order, str):
            return [("cancel_rejected", order)]
        self.resting.remove(order)
        return [ended(order, "user")]

    def cancel_all(self, command: CancelAllOrders) -> list[Told]:
        mine = [o for o in self.resting if o.owner == command.account_id]
        mine = [o for o in mine if command.side in (None, o.side)]
        self.resting = [o for o in self.resting if o not in mine]
        return [ended(order, "user") for order in sorted(mine, key=lambda o: o.order_id)]

    def amend(self, command: AmendOrder) -> list[Told]:
        order = self.find(command.order_id, command.account_id)
        if isinstance(order, str):
            return [("amend_rejected", order)]
        if command.price is not None and not order.is_priced:
            return [("amend_rejected", "not_allowed_combination")]
        total = order.total if command.quantity is None else command.quantity
        price = order.price if command.price is None else command.price
        assert isinstance(total, int)
        assert isinstance(price, int)
        spent = order.total - order.leaves
        if total <= spent:
            self.resting.remove(order)
            return [("canceled", order.order_id, 0, "amended_below_filled")]
        if order.is_post_only and self.facing(order.side, price):
            return [("amend_rejected", "would_cross")]
        loses = price != order.price or total > order.total
        order.total, order.leaves, order.price = total, total - spent, price
        told: list[Told] = [("replaced", order.order_id, total, price, loses)]
        if loses:
            self.resting.remove(order)
            told += self.match(order)
            if order.leaves and told[-1][0] != "expired":
                told += self.rest(order)
        return told


def ended(order: Order, reason: str) -> Told:
    return ("canceled", order.order_id, order.leaves, reason)
