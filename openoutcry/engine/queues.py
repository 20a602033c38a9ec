"""The queues of a book as everybody may see them: level 3."""

from itertools import islice

from openoutcry.engine.working import WorkingOrder
from openoutcry.marketdata.queue_change import Shown
from openoutcry.matching.book import Ladder
from openoutcry.model.units import Lots


def queue_of(ladder: Ladder, levels: int | None = None) -> list[Shown]:
    """Return the orders of one side, or those at its best prices, the next in line first."""
    shown: list[Shown] = []
    for level in islice(ladder.walk(), levels):
        for order in level:
            assert isinstance(order, WorkingOrder), "the engine's books hold working orders"
            quantity = Lots(order.leaves_quantity - order.hidden_quantity)
            shown.append(Shown(level.price, quantity, order.terms.order_id))
    return shown
