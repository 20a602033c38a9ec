"""What a taker would get, reckoned without touching anything: the first of two passes.

A fill shrinks the other leg of a pair, and a shrinking position its reduce-only orders; both may be
further on in the same sweep. An order that wants all or nothing has to know before it begins.
"""

from openoutcry.engine import bonds, prevention, quoting
from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.order import SelfTradePrevention, Side
from openoutcry.model.units import AccountId, OrderId, Symbol


def fillable(state: State, taker: WorkingOrder, limit: int) -> int:
    """Return how much `taker` could trade at once, up to its own quantity.

    It looks no further than the first order that it must not trade with, unless that would expire.
    """
    ladder = taker.market.book.opposite(taker.side)
    sweep = Foresight(state, taker.leaves_quantity)
    for level in ladder.walk():
        if level.price * ladder.sign < limit * ladder.sign or not sweep.wanted:
            break
        below: list[WorkingOrder] = []
        for maker in level:
            assert isinstance(maker, WorkingOrder), "the engine's books hold working orders"
            if not prevention.must_not_meet(taker, maker):
                sweep.take(maker, maker.leaves_quantity - maker.hidden_quantity)
                if maker.account.quotes is None:
                    below.append(maker)
            elif prevention.mode_of(taker) is not SelfTradePrevention.CANCEL_OLDEST:
                return sweep.found
        # What is hidden comes after all that is shown at its price, an own order included.
        for maker in below:
            sweep.take(maker, maker.hidden_quantity)
    return sweep.found


def reaches_minimum(state: State, taker: WorkingOrder, limit: int) -> bool:
    """Say whether an order that wants so much at once, or nothing, would get it."""
    special = taker.terms.special
    assert special is not None, "only special terms have a minimum"
    minimum = special.minimum_quantity
    assert not isinstance(minimum, str), "accepted terms are on the grid"
    return minimum is None or fillable(state, taker, limit) >= minimum


class Foresight:
    """One sweep, as far as it has been imagined."""

    def __init__(self, state: State, wanted: int) -> None:
        self._state = state
        self.wanted = wanted
        """What the taker still lacks."""
        self.found = 0
        self._left: dict[OrderId, int] = {}
        """What would be left of orders that something has happened to."""
        self._closable: dict[tuple[AccountId, Symbol], int] = {}
        self._rooms: dict[AccountId, int] = {}
        """What mass-quote protection would still let go."""

    def take(self, maker: WorkingOrder, quantity: int) -> None:
        """Fill a part of a maker, or what there would be of it by then."""
        if not quantity:
            return
        if maker.account.quotes is not None:
            quantity = quoting.reachable(self._state, maker, self._rooms)
        filled = min(self.wanted, quantity)
        links = self._state.links
        if links.groups or links.reducing:
            filled = self._follow(maker, filled)
        self.found += filled
        self.wanted -= filled

    def _follow(self, maker: WorkingOrder, wanted: int) -> int:
        """Let a fill do to others what it implies; return how much it could be."""
        quantity = min(wanted, self._of(maker))
        if quantity and isinstance(maker, SpecialOrder):
            self._fill(maker, quantity)
        account_id, symbol = maker.terms.account_id, maker.terms.symbol
        if quantity and (account_id, symbol) in self._state.links.reducing:
            self._shrink(maker.account, symbol, maker.side, quantity)
        return quantity

    def _of(self, order: WorkingOrder) -> int:
        return self._left.get(order.terms.order_id, order.leaves_quantity)

    def _fill(self, maker: SpecialOrder, quantity: int) -> None:
        left = self._left[maker.terms.order_id] = self._of(maker) - quantity
        sibling = self._state.links.sibling(maker)
        if sibling is not None:
            rest = max(0, self._of(sibling) - quantity) if left else 0
            self._left[sibling.terms.order_id] = rest

    def _shrink(self, account: LedgerAccount, symbol: Symbol, side: Side, filled: int) -> None:
        """Let the reduce-only orders of a side shrink to what is left of the position."""
        key = account.account.account_id, symbol
        before = self._closable.get(key)
        if before is None:
            before = bonds.closable(account, symbol, side)
        closable = self._closable[key] = max(0, before - filled)
        pairs = bonds.pairs(self._state, account, symbol, side)
        sizes = [max(self._of(order) for order in pair) for pair in pairs]
        excess = sum(sizes) - closable
        for pair, size in zip(pairs, sizes, strict=True):
            if excess <= 0:
                return
            for order in pair:
                self._left[order.terms.order_id] = min(self._of(order), max(0, size - excess))
            excess -= size
