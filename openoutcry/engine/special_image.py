"""A picture of what special terms have made of an order, for a snapshot.

Rule: the ties of an order are not pictured; they follow from its terms and from how it stands.
"""

from msgspec import Struct

from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.state import State
from openoutcry.engine.stops import turn_of
from openoutcry.model.order import OrderStatus
from openoutcry.model.units import Lots, Nanos, Ticks


class SpecialImage(Struct, array_like=True):
    """What special terms have made of an order, and whether its stop was hit and waits."""

    hidden_quantity: int
    stop_price: int
    extreme: int
    need_per_lot: int
    triggered_at: Nanos | None
    is_hit: bool


def special_image(order: SpecialOrder) -> SpecialImage:
    """Return the picture of a special order."""
    watch = order.market.watch
    return SpecialImage(
        order.hidden_quantity,
        order.stop_price,
        order.extreme,
        order.need_per_lot,
        order.triggered_at,
        watch is not None and order.terms.order_id in watch.hit,
    )


def restore_special(state: State, order: SpecialOrder, image: SpecialImage) -> None:
    """Let a restored order be as it was pictured, and tie it to what it was tied to."""
    order.hidden_quantity = Lots(image.hidden_quantity)
    order.stop_price = Ticks(image.stop_price)
    order.extreme = Ticks(image.extreme)
    order.need_per_lot = image.need_per_lot
    order.triggered_at = image.triggered_at
    links = state.links
    links.join(order)
    if order.status in (OrderStatus.HELD, OrderStatus.PENDING_NEW):
        return
    links.tie(order)
    if image.is_hit:
        links.watch(order).strike(turn_of(order))
    elif order.is_stop:
        links.lay_to_sleep(order)
