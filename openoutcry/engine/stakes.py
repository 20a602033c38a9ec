"""Which accounts on margin are worth something else when a price moves, so that only they are
looked at.

Rule: what an account had a stake in once stays noted; to look in vain does no harm.
"""

from openoutcry.engine.market import Market
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.units import AccountId, Asset, Symbol, Ticks


class Stakes:
    """The accounts by symbol, and the prices that they were looked at with last."""

    __slots__ = ("_accounts", "_marks")

    def __init__(self) -> None:
        self._accounts: dict[Symbol, dict[AccountId, None]] = {}
        self._marks: dict[Symbol, Ticks] = {}

    def enrol(self, owner: LedgerAccount, traded: dict[Asset, dict[Symbol, Market]]) -> None:
        """Note what an account has a stake in: its positions, and the markets of its assets."""
        symbols = dict.fromkeys(owner.positions)
        for asset in owner.holdings:
            symbols.update(dict.fromkeys(traded.get(asset, ())))
        for symbol in symbols:
            self._accounts.setdefault(symbol, {})[owner.account.account_id] = None

    def moved(self, market: Market) -> list[AccountId]:
        """Return who has a stake in a market whose price is another than when this was asked."""
        symbol, mark = market.instrument.symbol, market.reference()
        if self._marks.get(symbol) == mark:
            return []
        self._marks[symbol] = mark
        return list(self._accounts.get(symbol, ()))
