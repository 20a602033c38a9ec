"""The ledger: every account's holdings, moved only in balanced pairs.

Rule 1: what one account gains another loses, to the last unit; `check()` proves it.
Rule 2: total = available + held, both never below zero but for the system's own accounts and
those on margin, whose orders hold nothing: what they may do is measured by their equity.

Theory of operation
-------------------
A hold is a two-phase transfer. Accepting an order raises `held`; each fill takes its part out of
`held` and `total` together; the end of the order lowers `held` by what is left. Because a hold is
whole units per lot, releasing it in any number of parts comes out exactly.
"""

from openoutcry.ledger.interest import Interest
from openoutcry.ledger.positions import Position
from openoutcry.ledger.quotes import QuoteWindow
from openoutcry.model.account import (
    FEES,
    SYSTEM_ACCOUNTS,
    Account,
    AccountKind,
    Balance,
)
from openoutcry.model.instrument import FeeRates
from openoutcry.model.units import AccountId, Amount, Asset, Symbol


class Holding:
    """What an account has of one asset."""

    __slots__ = ("held", "told", "total")

    def __init__(self, total: int = 0, held: int = 0) -> None:
        self.total = total
        self.held = held
        self.told = held
        """What the last event said is held; between two commands that is what is held."""


class LedgerAccount:
    """An account with its holdings and positions."""

    __slots__ = ("account", "holdings", "interest", "is_limited", "positions", "quotes", "rates")

    def __init__(self, account: Account) -> None:
        self.account = account
        self.rates: FeeRates | None = None
        """The fees of its tier."""
        self.quotes: QuoteWindow | None = None
        self.is_limited = False
        """Whether positions matter for what it may enter: margin, or a cap."""
        self.interest: Interest | None = None
        """Of an account that is limited."""
        self.holdings: dict[Asset, Holding] = {}
        self.positions: dict[Symbol, Position] = {}

    def holding(self, asset: Asset) -> Holding:
        """Return the holding of an asset, empty at first."""
        found = self.holdings.get(asset)
        if found is None:
            found = self.holdings[asset] = Holding()
        return found

    def position(self, symbol: Symbol) -> Position:
        """Return the position in a symbol, flat at first."""
        found = self.positions.get(symbol)
        if found is None:
            found = self.positions[symbol] = Position()
        return found

    def total(self, asset: Asset) -> int:
        """Return what there is of an asset, held or not; a read, so no holding comes of it."""
        found = self.holdings.get(asset)
        return found.total if found is not None else 0

    def available(self, asset: Asset) -> Amount:
        """Return what may still be spent or held."""
        found = self.holdings.get(asset)
        return Amount(found.total - found.held) if found is not None else Amount(0)

    def balances(self) -> list[Balance]:
        """Return every holding as others may see it."""
        return [
            Balance(asset=asset, total=Amount(holding.total), held=Amount(holding.held))
            for asset, holding in self.holdings.items()
        ]


class Ledger:
    """All accounts of the venue."""

    def __init__(self) -> None:
        self.accounts: dict[AccountId, LedgerAccount] = {}
        for account_id in SYSTEM_ACCOUNTS:
            self.open(Account(account_id=account_id, name=account_id, kind=AccountKind.SYSTEM))

    def open(self, account: Account) -> LedgerAccount:
        """Open an account; its id must be new."""
        assert account.account_id not in self.accounts, "an account is opened once"
        opened = self.accounts[account.account_id] = LedgerAccount(account)
        return opened

    def move(self, source: LedgerAccount, target: LedgerAccount, asset: Asset, amount: int) -> None:
        """Move an amount; a negative one goes the other way."""
        source.holding(asset).total -= amount
        target.holding(asset).total += amount

    def collect(self, currency: Asset, fees: int) -> None:
        """Credit the venue with the fees that a trade's two sides were debited with."""
        self.accounts[FEES].holding(currency).total += fees

    def check(self) -> None:
        """Assert that every asset sums to zero and that nobody has spent what they did not have."""
        totals: dict[Asset, int] = {}
        for owner in self.accounts.values():
            for asset, holding in owner.holdings.items():
                totals[asset] = totals.get(asset, 0) + holding.total
                assert holding.held >= 0, "held is never negative"
                if owner.account.kind is not AccountKind.SYSTEM and owner.account.margin == 1:
                    assert holding.total >= holding.held, "available is never negative"
        assert not any(totals.values()), "what one account gains another loses"
