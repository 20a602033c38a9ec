"""A live order with terms that few orders have: a stop, an iceberg, a peg, a leg of a group.

Rule: `hidden_quantity` is what the book does not show of the leaves, so it is all of them while
the order waits outside of the book.
"""

from msgspec.structs import replace

from openoutcry.engine.levels import trailing_price
from openoutcry.engine.market import Market
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.order import OrderReport, OrderStatus, OrderTerms, OrderType, Special, Trigger
from openoutcry.model.totals import AssetTotals
from openoutcry.model.units import Lots, Nanos, Ticks

STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)


class SpecialOrder(WorkingOrder):
    """A working order and what its special terms make of it."""

    __slots__ = (
        "_extreme",
        "_stop_price",
        "hidden_quantity",
        "leads",
        "need_per_lot",
        "triggered_at",
    )

    def __init__(self, terms: OrderTerms, account: LedgerAccount, market: Market) -> None:
        super().__init__(terms, account, market)
        self.hidden_quantity = Lots(0)
        self.leads = 0 if terms.type is OrderType.PEGGED else 1
        self._stop_price = self._extreme = Ticks(0)
        self.triggered_at: Nanos | None = None
        self.need_per_lot = 0
        """What each lot would hold if the order were not one of a pair that shares a hold."""

    @property
    def special(self) -> Special:
        """The terms that make it special; all of them are on the grid once it is accepted."""
        assert self.terms.special is not None, "only a special order is one"
        return self.terms.special

    @property
    def extreme(self) -> Ticks:
        """The best trade since a trailing stop became active; 0 before."""
        return self._trailed() or self._extreme

    @extreme.setter
    def extreme(self, extreme: Ticks) -> None:
        self._extreme = extreme

    @property
    def stop_price(self) -> Ticks:
        """Where a stop is now; 0 where nothing is known yet."""
        extreme = self._trailed()
        return self._stop_price if not extreme else trailing_price(self.side, self.special, extreme)

    @stop_price.setter
    def stop_price(self, stop_price: Ticks) -> None:
        self._stop_price = stop_price

    def _trailed(self) -> Ticks | None:
        """Return the best trade of a stop that trails; it moves without touching the order."""
        watch = self.market.watch
        if watch is None or self.terms.type is not OrderType.TRAILING_STOP:
            return None
        return watch.trails(self.side).extreme_of(self.terms.order_id)

    @property
    def is_stop(self) -> bool:
        """Say whether it still waits for its price, and is not held."""
        return (
            self.terms.type in STOPS
            and self.triggered_at is None
            and self.status is not OrderStatus.HELD
        )

    @property
    def is_at_market(self) -> bool:
        """Say whether it has been accepted and has not ended; a stop that sleeps is at market."""
        return self.status in (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)

    @property
    def trigger(self) -> Trigger:
        """What a stop looks at."""
        return self.special.trigger or Trigger.LAST

    def conceal(self) -> None:
        """Hide all of it: it is accepted and stands outside of the book."""
        self.hidden_quantity = self.leaves_quantity

    def display(self) -> None:
        """Show what a newly queued order shows: of an iceberg the first part."""
        self.hidden_quantity = self._below_the_water()

    def _below_the_water(self) -> Lots:
        shown = self.special.display_quantity
        if shown is None:
            return Lots(0)
        assert isinstance(shown, int), "accepted terms are on the grid"
        return Lots(max(0, self.leaves_quantity - shown))

    def report(
        self, rested: Ticks | None = None, holding: AssetTotals | None = None
    ) -> OrderReport:
        """Return how it stands, as everybody may see it.

        An iceberg on its way takes with all of it; what it will hide when it rests is told already.
        """
        hidden = self.hidden_quantity
        if not hidden and self.level is None:
            hidden = self._below_the_water()
        return replace(
            super().report(rested, holding),
            stop_price=self.stop_price or None,
            triggered_at=self.triggered_at,
            hidden_quantity=hidden,
        )

    def check(self) -> None:
        """Assert that its quantities add up, and that what is hidden is part of what is left."""
        super().check()
        assert 0 <= self.hidden_quantity <= self.leaves_quantity
        if self.level is None and self.terms.order_id not in (self.market.aside or ()):
            assert self.hidden_quantity == self.leaves_quantity, "nobody sees what does not rest"
