"""A live order inside the engine: terms, how it stands, and what it holds.

Rule: never leaves the engine; what leaves is a frozen `OrderReport`.
"""

from collections.abc import Callable
from typing import Final, cast

from msgspec.structs import replace

from openoutcry.engine.market import Market
from openoutcry.ledger.ledger import Holding, LedgerAccount
from openoutcry.matching.book import RestingOrder
from openoutcry.model.order import (
    LIVE,
    TRANSITIONS,
    OrderReport,
    OrderStatus,
    OrderTerms,
    Side,
)
from openoutcry.model.reasons import Reason
from openoutcry.model.totals import AssetTotals
from openoutcry.model.units import Nanos, Ticks

_report = cast("Callable[..., OrderReport]", OrderReport)
"""Without the types of its fields: naming them for seven plain integers is seven calls, two thirds
of what a report costs (0.43 µs with them, 0.15 µs without), and an event carries two reports."""

# Members as plain names: reading one off its enumeration costs more than a call, and every order
# comes this way.
_BUY: Final = Side.BUY
_PENDING_NEW: Final = OrderStatus.PENDING_NEW
_FOLLOWING: Final = {before.value: following for before, following in TRANSITIONS.items()}
"""By value, because the hash of a member is a call too."""


class WorkingOrder(RestingOrder):
    """An order from acceptance to its end. One per live order, so its size is kept small."""

    __slots__ = (
        "account",
        "canceled_quantity",
        "cost",
        "cum_quantity",
        "due",
        "fees",
        "held_per_lot",
        "holding",
        "is_counted",
        "maker_rate",
        "market",
        "prevented_quantity",
        "reason",
        "revision",
        "sequence",
        "stamp",
        "status",
        "taker_rate",
        "terms",
        "updated_at",
    )

    def __init__(self, terms: OrderTerms, account: LedgerAccount, market: Market) -> None:
        super().__init__(terms.side, Ticks(0), terms.quantity)
        self.terms = terms
        self.account = account
        self.market = market
        self.status = _PENDING_NEW
        self.cum_quantity = 0
        self.canceled_quantity = 0
        self.prevented_quantity = 0
        self.cost = 0
        self.fees = 0
        self.held_per_lot = 0
        """Units held for each lot that is left; nothing is held before it goes to market."""
        self.holding: Holding | None = None
        """What it holds from, once it has held anything."""
        self.is_counted = False
        """Whether sums are kept of what it may trade; see `Links.recount`."""
        self.maker_rate = 0
        self.taker_rate = 0
        self.revision = 0
        self.reason: Reason | None = None
        self.stamp = 0
        """Place in time priority among all orders of the venue; newer is larger."""
        self.due: Nanos | None = None
        """When a delayed order goes to market, or one that lasts until a time expires."""
        self.sequence = 0
        self.updated_at = terms.created_at

    @property
    def is_buy(self) -> bool:
        """Say whether it pays currency (otherwise it gives the asset)."""
        return self.side is _BUY

    def source(self) -> Holding:
        """Return the holding that it reserves from."""
        holding = self.holding
        if holding is None:
            grid = self.terms.grid
            asset = grid.currency if self.side is _BUY else grid.asset
            holding = self.holding = self.account.holding(asset)
        return holding

    def become(self, status: OrderStatus) -> None:
        """Change the status along the table of legal transitions."""
        following = _FOLLOWING[self.status._value_]
        assert status in following, f"{self.status} never becomes {status}"
        self.status = status

    def is_live(self) -> bool:
        """Say whether anything can still happen to it."""
        return self.status in LIVE

    def report(
        self, rested: Ticks | None = None, holding: AssetTotals | None = None
    ) -> OrderReport:
        """Return how it stands, as everybody may see it; an event tells more, see `State`."""
        # A call with more than fifteen names costs three times as much, so what is left of an
        # order that has ended (nothing, which is the default) makes room for where it rested.
        if rested is None:
            return _report(
                terms=self.terms,
                status=self.status,
                sequence=self.sequence,
                updated_at=self.updated_at,
                leaves_quantity=self.leaves_quantity,
                cum_quantity=self.cum_quantity,
                canceled_quantity=self.canceled_quantity,
                prevented_quantity=self.prevented_quantity,
                price=self.price or None,
                cost=self.cost,
                fees=self.fees,
                held=self.leaves_quantity * self.held_per_lot,
                revision=self.revision,
                reason=self.reason,
                holding=holding,
            )
        if self.leaves_quantity:
            return replace(self.report(None, holding), rested=rested)
        return _report(
            terms=self.terms,
            status=self.status,
            sequence=self.sequence,
            updated_at=self.updated_at,
            cum_quantity=self.cum_quantity,
            canceled_quantity=self.canceled_quantity,
            prevented_quantity=self.prevented_quantity,
            price=self.price or None,
            cost=self.cost,
            fees=self.fees,
            revision=self.revision,
            reason=self.reason,
            rested=rested,
            holding=holding,
        )

    def check(self) -> None:
        """Assert that its quantities add up."""
        total = (
            self.leaves_quantity
            + self.cum_quantity
            + self.canceled_quantity
            + self.prevented_quantity
        )
        assert total == self.terms.quantity, "quantity = leaves + cum + canceled + prevented"
        assert self.is_live()
        assert self.leaves_quantity > 0, "a live order has something left"
