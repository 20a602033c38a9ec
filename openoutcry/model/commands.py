"""Everything that can be asked of the venue: one frozen type per command, imperative.

Rule: a field is never reused for another meaning, and a new field has a default, because journals
of every earlier release must still mean the same. Settings reach the engine only as fields here.
"""

from enum import Enum

from msgspec import field

from openoutcry.model.account import AccountKind, AccountStatus, Key, QuoteLimit, Unlimited
from openoutcry.model.events import OrderExecuted
from openoutcry.model.instrument import FeeRates, Grid, Instrument, Phase, SessionTurn
from openoutcry.model.order import (
    GroupKind,
    OrderType,
    PostOnly,
    SelfTradePrevention,
    Side,
    Special,
    SpecialChange,
    TimeInForce,
)
from openoutcry.model.reasons import Reason
from openoutcry.model.units import (
    AccountId,
    Amount,
    Asset,
    ClientOrderId,
    KeyId,
    Lots,
    Nanos,
    OrderId,
    Sequence,
    Symbol,
    Ticks,
)
from openoutcry.model.value import Value


class _Command(Value, frozen=True, kw_only=True, tag_field="command", tag=True):
    """What all commands share: the tag that names them in a record."""


class EnterOrder(_Command, frozen=True, kw_only=True, tag="enter_order"):
    """Enter an order. A price or quantity off the grid travels as the text that was sent."""

    account_id: AccountId
    symbol: Symbol
    side: Side
    type: OrderType
    quantity: Lots | str
    price: Ticks | str | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    client_order_id: ClientOrderId | None = None
    post_only: PostOnly | None = None
    special: Special | None = None
    grid: Grid | None = None
    """What the sender counted ticks and lots by; the venue counts again if it has changed."""


class BeginBatch(_Command, frozen=True, kw_only=True, tag="begin_batch"):
    """Note that orders were sent together under one key; each follows as a command of its own."""

    account_id: AccountId
    size: int


class EnterGroup(_Command, frozen=True, kw_only=True, tag="enter_group"):
    """Enter orders that hang together, wholly or not at all; a parent comes first."""

    account_id: AccountId
    kind: GroupKind
    orders: tuple[EnterOrder, ...]


class Listing(Enum):
    """Whether an unknown symbol is listed by the first simple order for it."""

    OPEN = "open"
    CLOSED = "closed"


class EnterSimpleOrder(_Command, frozen=True, kw_only=True, tag="enter_simple_order"):
    """Enter a delayed market-to-limit buy of whole units, cancelable while it waits."""

    account_id: AccountId
    symbol: Symbol
    quantity: int
    """Whole shares, not lots: the symbol may not be listed yet."""
    delay_ns: Nanos
    listing: Listing = Listing.OPEN


class CancelOrder(_Command, frozen=True, kw_only=True, tag="cancel_order"):
    """Cancel what is left of one order."""

    account_id: AccountId
    order_id: OrderId


class CancelAllOrders(_Command, frozen=True, kw_only=True, tag="cancel_all_orders"):
    """Cancel every live order of an account, or those of one symbol or side."""

    account_id: AccountId
    symbol: Symbol | None = None
    side: Side | None = None
    reason: Reason = Reason.USER
    """What the ends of the orders say: the user, or a connection of theirs that is gone."""


class SetCancelAfter(_Command, frozen=True, kw_only=True, tag="set_cancel_after"):
    """Cancel all orders of an account unless this is said again in time; replaces the last."""

    account_id: AccountId
    timeout: Nanos
    """From the command on; 0: not any more."""


class AmendOrder(_Command, frozen=True, kw_only=True, tag="amend_order"):
    """Change an order in place: the new total quantity, the new price; None leaves as it is."""

    account_id: AccountId
    order_id: OrderId
    quantity: Lots | str | None = None
    price: Ticks | str | None = None
    client_order_id: ClientOrderId | None = None
    special: SpecialChange | None = None


class AdvanceTime(_Command, frozen=True, kw_only=True, tag="advance_time"):
    """Let timers fire that are due."""

    leap: Nanos = Nanos(0)
    """By how much the clock has been set forward: delays that are under way are not shortened."""


class OpenAccount(_Command, frozen=True, kw_only=True, tag="open_account"):
    """Open an account; without an id the venue chooses one. Cash is deposited in USD."""

    name: str
    account_id: AccountId | None = None
    kind: AccountKind = AccountKind.REGULAR
    cash: Amount = Amount(0)
    open_orders_max: int | None = None
    stp: SelfTradePrevention = SelfTradePrevention.CANCEL_NEWEST
    stp_group: str | None = None
    margin: int = 1
    tier: str | None = None
    position_limits: dict[Symbol, Amount] = field(default_factory=dict)
    mass_quote: QuoteLimit | None = None


class ChangeAccount(_Command, frozen=True, kw_only=True, tag="change_account"):
    """Change an account's name, status, terms or limits; None leaves as it is."""

    account_id: AccountId
    name: str | None = None
    status: AccountStatus | None = None
    open_orders_max: int | Unlimited | None = None
    stp: SelfTradePrevention | None = None
    stp_group: str | None = None
    """Empty: no group any more."""
    margin: int | None = None
    tier: str | None = None
    """Empty: no tier any more."""
    position_limits: dict[Symbol, Amount] | None = None
    """All of them anew."""
    mass_quote: QuoteLimit | None = None
    """A quantity of 0: no protection any more."""


class AddKey(_Command, frozen=True, kw_only=True, tag="add_key"):
    """Give an account another key."""

    key: Key


class RevokeKey(_Command, frozen=True, kw_only=True, tag="revoke_key"):
    """End a key."""

    key_id: KeyId


class Deposit(_Command, frozen=True, kw_only=True, tag="deposit"):
    """Pay in an amount of an asset; a negative amount is a withdrawal."""

    account_id: AccountId
    asset: Asset
    amount: Amount


class ListInstrument(_Command, frozen=True, kw_only=True, tag="list_instrument"):
    """List an instrument."""

    instrument: Instrument


class ChangeInstrument(_Command, frozen=True, kw_only=True, tag="change_instrument"):
    """Replace an instrument's fields; its symbol and its phase stay."""

    instrument: Instrument
    based_on: Instrument | None = None
    """What the sender changed; fields that are equal in both stay as they are by now."""


class SetPhase(_Command, frozen=True, kw_only=True, tag="set_phase"):
    """Move an instrument to another phase."""

    symbol: Symbol
    phase: Phase
    reason: str = ""


class DelistInstrument(_Command, frozen=True, kw_only=True, tag="delist_instrument"):
    """End trading in an instrument for good: what rests is canceled, positions stay."""

    symbol: Symbol


class SetSessions(_Command, frozen=True, kw_only=True, tag="set_sessions"):
    """Say when the instruments of a calendar change their phase; replaces what was said before."""

    calendar: str
    turns: tuple[SessionTurn, ...]
    """In order of time."""


class ResetAccount(_Command, frozen=True, kw_only=True, tag="reset_account"):
    """Let a paper account begin anew: no orders, no positions, nothing but cash in USD."""

    account_id: AccountId
    cash: Amount = Amount(0)
    by_owner: bool = False
    """Asked for by whoever trades on it, who may not while it is blocked."""


class SetTier(_Command, frozen=True, kw_only=True, tag="set_tier"):
    """Fix the fees that the accounts of a tier pay for orders entered from here on."""

    name: str
    fees: FeeRates


class ThrowKillSwitch(_Command, frozen=True, kw_only=True, tag="throw_kill_switch"):
    """Cancel and block one account, or everybody; off unblocks."""

    on: bool
    account_id: AccountId | None = None
    """None: the whole venue."""
    reason: str = ""


class BustTrade(_Command, frozen=True, kw_only=True, tag="bust_trade"):
    """Undo a trade. The engine forgets trades, so the door says what the trade was."""

    trade: OrderExecuted
    """With both orders as they stand now, not as they stood then."""
    reason: str = ""
    at: Nanos = Nanos(0)
    """When it happened; nothing follows from this and the next but what is answered."""
    sequence: Sequence = Sequence(0)
    """What its event was numbered; 0 in journals of the first editions."""


class Configure(_Command, frozen=True, kw_only=True, tag="configure"):
    """Settings of the venue that decide; None leaves as it is."""

    liquidation_grace: Nanos | None = None


class AdoptRules(_Command, frozen=True, kw_only=True, tag="adopt_rules"):
    """Decide by a newer edition of the rules from here on; never back."""

    rules: int


Command = (
    EnterOrder
    | BeginBatch
    | EnterGroup
    | EnterSimpleOrder
    | CancelOrder
    | CancelAllOrders
    | SetCancelAfter
    | AmendOrder
    | AdvanceTime
    | OpenAccount
    | ChangeAccount
    | AddKey
    | RevokeKey
    | Deposit
    | ListInstrument
    | ChangeInstrument
    | SetPhase
    | DelistInstrument
    | SetSessions
    | ResetAccount
    | SetTier
    | ThrowKillSwitch
    | BustTrade
    | Configure
    | AdoptRules
)
