"""Everything that can be asked of the venue: one frozen type per command, imperative.

Rule: a field is never reused for another meaning, and a new field has a default, because journals
of every earlier release must still mean the same. Settings reach the engine only as fields here.
"""

from enum import Enum

from msgspec import Struct

from openoutcry.model.account import AccountKind, AccountStatus, Key
from openoutcry.model.instrument import Instrument, Phase
from openoutcry.model.order import OrderType, PostOnly, Side, Special, TimeInForce
from openoutcry.model.units import (
    AccountId,
    Amount,
    Asset,
    ClientOrderId,
    KeyId,
    Lots,
    Nanos,
    OrderId,
    Symbol,
    Ticks,
)


class _Command(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="command", tag=True
):
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


class AmendOrder(_Command, frozen=True, kw_only=True, tag="amend_order"):
    """Change an order in place: the new total quantity, the new price; None leaves as it is."""

    account_id: AccountId
    order_id: OrderId
    quantity: Lots | str | None = None
    price: Ticks | str | None = None
    client_order_id: ClientOrderId | None = None


class AdvanceTime(_Command, frozen=True, kw_only=True, tag="advance_time"):
    """Let timers fire that are due."""


class OpenAccount(_Command, frozen=True, kw_only=True, tag="open_account"):
    """Open an account; without an id the venue chooses one. Cash is deposited in USD."""

    name: str
    account_id: AccountId | None = None
    kind: AccountKind = AccountKind.REGULAR
    cash: Amount = Amount(0)
    open_orders_max: int | None = None


class ChangeAccount(_Command, frozen=True, kw_only=True, tag="change_account"):
    """Change an account's name, status or limit; None leaves as it is."""

    account_id: AccountId
    name: str | None = None
    status: AccountStatus | None = None
    open_orders_max: int | None = None


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


class SetPhase(_Command, frozen=True, kw_only=True, tag="set_phase"):
    """Move an instrument to another phase."""

    symbol: Symbol
    phase: Phase
    reason: str = ""


class AdoptRules(_Command, frozen=True, kw_only=True, tag="adopt_rules"):
    """Decide by a newer edition of the rules from here on; never back."""

    rules: int


Command = (
    EnterOrder
    | EnterSimpleOrder
    | CancelOrder
    | CancelAllOrders
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
    | AdoptRules
)
