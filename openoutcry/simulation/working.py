"""What one agent has in the market: its live orders by symbol, folded from told records.

Rule: an agent believes what it was told and nothing else, so that equal records make it act
equally; what it has submitted and not heard of yet is not here.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from openoutcry.model.order import OrderReport, OrderStatus, Side, TimeInForce
from openoutcry.model.units import AccountId, OrderId, Symbol

NO_ORDERS: Final[Mapping[OrderId, OrderReport]] = {}


class WorkingOrders:
    """The live orders of one account, those of each symbol in order of entry."""

    def __init__(self, account_id: AccountId) -> None:
        self.account_id: Final = account_id
        self._by_symbol: dict[Symbol, dict[OrderId, OrderReport]] = {}
        self._pressure: dict[Symbol, int] = {}

    def load(self, reports: Iterable[OrderReport]) -> None:
        """Start over from what is live now."""
        self._by_symbol.clear()
        self._pressure.clear()
        for report in reports:
            self.note(report)

    def note(self, report: OrderReport) -> None:
        """Take in how an order of the account stands after an event."""
        terms = report.terms
        if report.leaves_quantity:
            self._by_symbol.setdefault(terms.symbol, {})[terms.order_id] = report
            return
        own = self._by_symbol.get(terms.symbol)
        if own is None or own.pop(terms.order_id, None) is None:
            return
        if not own:
            del self._by_symbol[terms.symbol]
        if report.status is OrderStatus.FILLED and terms.time_in_force is TimeInForce.GTC:
            push = 1 if terms.side is Side.SELL else -1
            self._pressure[terms.symbol] = self._pressure.get(terms.symbol, 0) + push

    def of(self, symbol: Symbol) -> Mapping[OrderId, OrderReport]:
        """Return the live orders of one symbol, oldest first."""
        return self._by_symbol.get(symbol, NO_ORDERS)

    def symbols(self) -> list[Symbol]:
        """Return the symbols with live orders, in order of their first."""
        return list(self._by_symbol)

    def symbol_count(self) -> int:
        """Return how many symbols have live orders."""
        return len(self._by_symbol)

    def take_pressure(self, symbol: Symbol) -> int:
        """Return asks minus bids that others have used up since the last call."""
        return self._pressure.pop(symbol, 0)
