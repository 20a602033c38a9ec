"""The queues of a book as everybody may see them: level 3."""

from typing import NamedTuple

from openoutcry.engine.working import WorkingOrder
from openoutcry.matching.book import Ladder
from openoutcry.model.units import Lots, OrderId, Ticks


class Shown(NamedTuple):
    """What the book shows of one order."""

    price: Ticks
    quantity: Lots
    order_id: OrderId


def queue_of(ladder: Ladder) -> list[Shown]:
    """Return the orders of one side, the next in line first."""
    shown: list[Shown] = []
    for level in ladder.walk():
        for order in level:
            assert isinstance(order, WorkingOrder), "the engine's books hold working orders"
            quantity = Lots(order.leaves_quantity - order.hidden_quantity)
            shown.append(Shown(level.price, quantity, order.terms.order_id))
    return shown
