"""What an account is worth now: its cash, and its positions at the last trade."""

from openoutcry.engine.state import State
from openoutcry.ledger.ledger import Holding, LedgerAccount
from openoutcry.model.account import MONEY, Worth
from openoutcry.model.units import Amount


def worth_of(state: State, owner: LedgerAccount) -> Worth:
    """Return the worth in the venue's money; what has no price in it counts nothing."""
    cash = owner.holdings.get(MONEY) or Holding()
    equity = cash.total
    for symbol, position in owner.positions.items():
        market = state.markets.get(symbol)
        if market is None:
            continue
        if market.last_price is not None and market.instrument.grid.currency == MONEY:
            equity += position.quantity * market.last_price * market.unit
    return Worth(Amount(cash.total), Amount(cash.total - cash.held), Amount(equity))
