"""Accounts, their keys and balances as everybody outside the ledger sees them."""

from enum import Enum
from typing import Final, Self

from msgspec import Struct, field

from openoutcry.model.order import SelfTradePrevention
from openoutcry.model.totals import PositionFigures
from openoutcry.model.units import AccountId, Amount, Asset, KeyId, Nanos, Symbol
from openoutcry.model.value import Value

DEMO: Final = AccountId("demo")
"""The paper account of callers without a key."""
HOUSE: Final = AccountId("house")
"""Where paper money and paper assets come from; its balances are negative."""
FEES: Final = AccountId("fees")
"""Where fees go and rebates come from."""
OUTSIDE: Final = AccountId("outside")
"""The other side of deposits and withdrawals; its balance is minus what was paid in."""
SYSTEM_ACCOUNTS: Final = (HOUSE, FEES, OUTSIDE)


MONEY: Final = Asset("USD")
"""The currency in which accounts are opened and what they are worth is told."""


class AccountKind(Enum):
    """Whether, and when, `house` makes good what an account lacks."""

    REGULAR = "regular"
    """Never."""
    DEMO = "demo"
    """When a simple order needs it."""
    AGENT = "agent"
    """Whenever an order of the simulated market needs it."""
    SYSTEM = "system"
    """Does not trade; may be negative."""


class AccountStatus(Enum):
    """Whether an account may enter orders."""

    ACTIVE = "active"
    BLOCKED = "blocked"


class QuoteLimit(Struct, frozen=True, kw_only=True, gc=False):
    """How much may be taken from an account's quotes within a time before the rest is canceled."""

    quantity: Amount
    """Of all symbols together."""
    window: Nanos


class Unlimited(Enum):
    """What a change says in place of a number to take a limit away."""

    UNLIMITED = "unlimited"


class Account(Value, frozen=True, kw_only=True):
    """Whose money it is."""

    account_id: AccountId
    name: str
    kind: AccountKind = AccountKind.REGULAR
    status: AccountStatus = AccountStatus.ACTIVE
    open_orders_max: int | None = None
    stp: SelfTradePrevention = SelfTradePrevention.CANCEL_NEWEST
    """What happens where a taker of this account meets an order of its own, unless it says."""
    stp_group: str | None = None
    """Accounts of one group do not trade with each other either."""
    margin: int = 1
    """How many times its equity the account may be exposed; 1 is a cash account."""
    tier: str | None = None
    """Whose fees it pays instead of the instruments'."""
    position_limits: dict[Symbol, Amount] = field(default_factory=dict)
    """The largest position, long or short, by symbol."""
    mass_quote: QuoteLimit | None = None


class Permission(Enum):
    """What a key may do; `trade` includes `read`."""

    READ = "read"
    TRADE = "trade"
    ADMIN = "admin"


class Key(Value, frozen=True, kw_only=True):
    """A way to prove who calls: by a secret, or by signing. Nothing that proves it is kept here."""

    key_id: KeyId
    account_id: AccountId
    secret_sha256: str
    """Of the secret, which is 256 random bits; empty for a key that signs."""
    permissions: tuple[Permission, ...]
    expires_at: Nanos | None = None
    allowed_ips: tuple[str, ...] = ()
    """Addresses or networks in CIDR notation; empty allows all."""
    public_key: str = ""
    """Base64 of an Ed25519 public key, whose holder signs; empty for a key with a secret."""


class Funds(Struct, frozen=True, array_like=True, gc=False):
    """An account after a trade: its totals of the asset and of the currency, its position."""

    asset: Amount
    currency: Amount
    asset_held: Amount = Amount(0)
    currency_held: Amount = Amount(0)
    position: PositionFigures | None = None
    """None in records of the first editions."""


class Worth(Struct, frozen=True, array_like=True, gc=False):
    """What an account is worth, in `MONEY`."""

    cash: Amount
    available: Amount
    equity: Amount


class MarginFigures(Struct, frozen=True, kw_only=True, gc=False):
    """An account at the present marks, in units of one currency."""

    equity: Amount
    exposure: Amount
    """Of positions and open orders."""
    maintenance: Amount
    """What the positions need."""

    @classmethod
    def nothing(cls) -> Self:
        """Return the figures of an account that has nothing at stake."""
        return cls(equity=Amount(0), exposure=Amount(0), maintenance=Amount(0))


class PostingKind(Enum):
    """Why an amount moved."""

    TRADE = "trade"
    FEE = "fee"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TOP_UP = "top_up"
    RESET = "reset"
    BUST = "bust"


class Balance(Struct, frozen=True, kw_only=True, gc=False):
    """What an account has of one asset: total = available + held."""

    asset: Asset
    total: Amount
    held: Amount
