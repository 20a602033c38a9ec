"""Who is at market right now: the incoming order, and the second leg of a pair that waits its turn.

An order that is at market is `incoming` until the next one comes or the record ends; then what is
left of it rests, at the tail of its price.
"""

from openoutcry.model.order import OrderReport, TimeInForce
from openoutcry.model.units import OrderId
from tests.audited_auction import waits_for_auctions
from tests.audited_specials import special_of
from tests.audited_truth import Truth


class Incoming:
    """The order that takes, and those behind it."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.order_id: OrderId | None = None
        self.is_silent = False
        """Whether nothing has happened to the incoming order."""
        self.next_in: list[OrderId] = []
        """The second leg of a pair enters after the first."""

    def report(self) -> OrderReport | None:
        """Return the incoming order, if it lives."""
        return self.truth.orders.get(self.order_id) if self.order_id is not None else None

    def begin(self, report: OrderReport) -> None:
        """An order comes in; of one of a group something else may be told."""
        self.order_id = report.terms.order_id
        self.is_silent = special_of(report).group_id is None

    def queue(self, report: OrderReport) -> None:
        """An order is at market: it takes, or waits for the leg before it."""
        if self.order_id is None:
            self.begin(report)
        else:
            self.next_in.append(report.terms.order_id)

    def is_expected(self, order_id: OrderId) -> bool:
        """Say whether an order is at market and does not rest yet."""
        return order_id in (self.order_id, *self.next_in)

    def drop(self, order_id: OrderId) -> bool:
        """Take out an order that has ended; say whether it was at market."""
        if order_id in self.next_in:
            self.next_in.remove(order_id)
            return True
        return self.order_id == order_id

    def take(self, order_id: OrderId) -> None:
        """An order takes, so it must be the incoming one: only that does."""
        self.let_in(order_id)
        assert order_id == self.order_id, "only an incoming order takes"
        self.is_silent = False

    def let_in(self, order_id: OrderId) -> None:
        """The first leg of a pair has finished if the second takes."""
        if order_id in self.next_in:
            self.next_in.remove(order_id)
            self._rest()
            self.order_id, self.is_silent = order_id, False

    def settle(self) -> None:
        """Let what is left of the incoming order rest, and of what came in with it."""
        self._rest()
        while self.next_in:
            self.order_id, self.is_silent = self.next_in.pop(0), False
            self._rest()

    def _rest(self) -> None:
        report = self.report()
        self.order_id = None
        if report is None:
            return
        market = self.truth.market_of(report)
        self.truth.stamp(report.terms.order_id)
        if waits_for_auctions(report):
            assert market.in_call or report.terms.time_in_force is TimeInForce.CLS
            market.beside[report.terms.order_id] = None
            return
        assert report.terms.time_in_force not in (TimeInForce.IOC, TimeInForce.FOK)
        assert self.is_silent, "what something happened to when it came in says that it rests"
        market.rest(report)
        assert market.in_call or not market.is_crossed(), "4: no crossed or locked book"
