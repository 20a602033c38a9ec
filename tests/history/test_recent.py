"""The orders that closed last."""

from openoutcry.history import recent as module
from openoutcry.history.recent import RecentOrders
from openoutcry.model.order import LIVE
from tests.history.past import Past, busy_past


def test_closed_orders_are_kept_and_live_ones_are_not():
    past = busy_past()
    recent = RecentOrders()
    recent.tell(past.records)
    for order_id, order in past.orders().items():
        assert recent.get(order_id) == (None if order.status in LIVE else order)


def test_the_order_that_closed_first_makes_room(monkeypatch):
    monkeypatch.setattr(module, "RECENT_MAX", 3)
    past = Past()
    recent = RecentOrders()
    orders = [past.sell(1, 10_000 + n) for n in range(5)]
    for order in (orders[4], orders[0], orders[1], orders[2]):
        recent.tell([past.cancel(order)])
    kept = [recent.get(order.terms.order_id) is not None for order in orders]
    assert kept == [True, True, True, False, False]
