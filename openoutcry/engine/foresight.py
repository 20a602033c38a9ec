"""What a taker would get from orders that hang together, reckoned without touching them.

A fill shrinks the other leg of a pair, and a shrinking position reduce-only orders; both may
be further on in the same sweep. An order that wants all or nothing has to know before it begins.
"""

from openoutcry.engine import bonds
from openoutcry.engine.special_order import SpecialOrder
from openoutcry.engine.state import State
from openoutcry.engine.working import WorkingOrder
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.order import Side
from openoutcry.model.units import AccountId, OrderId, Symbol


class Foresight:
    """One sweep, as far as it has been imagined."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._left: dict[OrderId, int] = {}
        """What would be left of orders that something has happened to."""
        self._closable: dict[tuple[AccountId, Symbol], int] = {}

    def take(self, maker: WorkingOrder, wanted: int) -> int:
        """Fill `wanted` of a maker, or what there would be of it by then; return how much."""
        quantity = min(wanted, self._of(maker))
        if isinstance(maker, SpecialOrder):
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
