"""The oracle: remembers everything that the venue said, and holds it to that.

Every request has a quantity of its own, so whatever is found later can be traced to who asked for
it. What was told of an order is a lower bound of what may be true of it from then on.
"""

from collections import Counter

ENDED = {"EXECUTED", "CANCELLED"}
NATIVE_ENDED = {"filled", "canceled", "expired", "rejected"}


class Asked:
    """One request to place an order, and its answer if there was one."""

    def __init__(self, quantity, key, content, *, native):
        self.quantity = quantity
        self.key = key
        """What a retry is recognised by; None: it cannot be repeated safely."""
        self.content = content
        self.native = native
        self.answer = None
        self.order_id = None


class Oracle:
    """What was asked and what was told."""

    def __init__(self):
        self.asked = {}
        self.told = {}
        """The newest known state of each order, by id: what was told before must stay true."""
        self.counts = Counter()
        self._next = 0

    def ask(self, key, content, *, native=False):
        """Note a request before it is sent."""
        self._next += 1
        quantity = self._next
        content = {**content, "quantity": str(quantity) if native else quantity}
        asked = self.asked[quantity] = Asked(quantity, key, content, native=native)
        return asked

    def answered(self, asked, answer):
        """Note the answer to a request; whoever asks again is told the same."""
        assert answer.status == 201, (asked.content, answer)
        order = answer.json()
        if asked.answer is not None:
            assert answer.replayed, "the second answer says that it is one"
            assert (answer.body, answer.sequence) == (asked.answer.body, asked.answer.sequence)
        asked.answer = answer
        asked.order_id = order["order_id"]
        assert int(order["quantity"]) == asked.quantity
        self.counts["acknowledged"] += 1
        self.hear(order)

    def hear(self, order):
        """Note an order as it was shown; it must be possible after all that was told before."""
        before = self.told.get(order["order_id"])
        self.told[order["order_id"]] = order
        if before is None:
            return
        for name in ("quantity", "created_at", "stocks", "symbol", "client_order_id", "side"):
            assert before.get(name) == order.get(name), (before, order)
        assert int(_filled(order)) >= int(_filled(before)), (before, order)
        if "awaits" in before:
            assert order["status"] == before["status"], (before, order)
        elif _has_ended(before):
            assert _shown(before) == _shown(order), (before, order)

    def canceled(self, order_id):
        """Note that a cancel was acknowledged."""
        before = self.told[order_id]
        assert before["status"] not in ("EXECUTED", "filled"), before
        self.counts["cancels"] += 1
        ended = "CANCELLED" if "stocks" in before else "canceled"
        self.told[order_id] = {**before, "status": ended, "awaits": "details"}

    def check_listed(self, orders, *, native=False):
        """Compare with all the orders that the venue has now, one door's and account's."""
        seen = Counter(int(order["quantity"]) for order in orders)
        assert all(times == 1 for times in seen.values()), "nothing happened twice"
        for order in orders:
            asked = self.asked[int(order["quantity"])]
            assert asked.native is native
            if asked.order_id is not None:
                assert asked.order_id == order["order_id"]
            self.hear(order)
        return seen

    def unanswered(self):
        """Return the requests that nobody knows the fate of."""
        return [asked for asked in self.asked.values() if asked.answer is None]


def _has_ended(order):
    return order["status"] in ENDED or order["status"] in NATIVE_ENDED


def _filled(order):
    return order["filled_quantity"] if "stocks" in order else order["cum_quantity"]


def _shown(order):
    """What an order shows, whichever answer or message it was in."""
    return {n: v for n, v in order.items() if n not in ("event", "sequence", "awaits")}
