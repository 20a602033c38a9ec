"""A live order inside the engine: terms, how it stands, and what it holds.

Rule: never leaves the engine; what leaves is a frozen `OrderReport`.
"""

from typing import Final

from openoutcry.engine.market import Market
from openoutcry.ledger.ledger import LedgerAccount
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
from openoutcry.model.units import Amount, Lots, Nanos, Sequence, Ticks

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
        self.maker_rate = 0
        self.taker_rate = 0
        self.revision = 0
        self.reason: Reason | None = None
        self.stamp = 0
        """Place in time priority among all orders of the venue; newer is larger."""
        self.due: Nanos | None = None
        """When a delayed order goes to market."""
        self.sequence = 0
        self.updated_at = terms.created_at

    @property
    def is_buy(self) -> bool:
        """Say whether it pays currency (otherwise it gives the asset)."""
        return self.side is _BUY

    def become(self, status: OrderStatus) -> None:
        """Change the status along the table of legal transitions."""
        following = _FOLLOWING[self.status._value_]
        assert status in following, f"{self.status} never becomes {status}"
        self.status = status

    def is_live(self) -> bool:
        """Say whether anything can still happen to it."""
        return self.status in LIVE

    def report(self) -> OrderReport:
        """Return how it stands, as everybody may see it."""
        return OrderReport(
            terms=self.terms,
            status=self.status,
            sequence=Sequence(self.sequence),
            updated_at=Nanos(self.updated_at),
            leaves_quantity=self.leaves_quantity,
            cum_quantity=Lots(self.cum_quantity),
            canceled_quantity=Lots(self.canceled_quantity),
            prevented_quantity=Lots(self.prevented_quantity),
            price=self.price or None,
            cost=self.cost,
            fees=Amount(self.fees),
            held=Amount(self.leaves_quantity * self.held_per_lot),
            revision=self.revision,
            reason=self.reason,
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
