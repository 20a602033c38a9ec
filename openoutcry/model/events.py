"""Everything the venue says happened: one frozen type per event, in the past tense.

Rule: an event explains itself. Whoever reads one (a stream, history, an auditor years later) needs
the record around it and nothing else: no earlier event, no running engine.
"""

from msgspec import Struct

from openoutcry.model.account import Account, Funds, Key, PostingKind, Worth
from openoutcry.model.instrument import Instrument, Phase
from openoutcry.model.order import OrderReport, Side
from openoutcry.model.reasons import Reason
from openoutcry.model.units import (
    AccountId,
    Amount,
    Asset,
    ClientOrderId,
    KeyId,
    Lots,
    OrderId,
    Symbol,
    Ticks,
    TradeId,
)


class _Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="event", tag=True):
    """What all events share: the tag that names them in a record."""


class OrderPended(_Event, frozen=True, kw_only=True, tag="order_pended"):
    """A delayed order was accepted and waits, cancelable; FIX ExecType A."""

    order: OrderReport


class OrderAccepted(_Event, frozen=True, kw_only=True, tag="order_accepted"):
    """An order went to market; FIX ExecType 0. Nothing of it is executed yet."""

    order: OrderReport


class OrderExecuted(_Event, frozen=True, kw_only=True, tag="order_executed"):
    """One match of an incoming order with one resting order; FIX ExecType F on both sides."""

    trade_id: TradeId
    symbol: Symbol
    side: Side
    """The taker's."""
    price: Ticks
    quantity: Lots
    taker: OrderReport
    maker: OrderReport
    taker_fee: Amount
    maker_fee: Amount
    taker_funds: Funds
    maker_funds: Funds


class OrderReplaced(_Event, frozen=True, kw_only=True, tag="order_replaced"):
    """An order was amended; FIX ExecType 5. `requeued` says whether it lost its priority."""

    order: OrderReport
    requeued: bool


class OrderCanceled(_Event, frozen=True, kw_only=True, tag="order_canceled"):
    """What was left of an order was canceled; FIX ExecType 4."""

    order: OrderReport


class OrderExpired(_Event, frozen=True, kw_only=True, tag="order_expired"):
    """What was left of an order expired; FIX ExecType C."""

    order: OrderReport


class OrderRejected(_Event, frozen=True, kw_only=True, tag="order_rejected"):
    """An order was refused; FIX ExecType 8. The record's command is the order as sent."""

    account_id: AccountId
    symbol: Symbol
    reason: Reason
    client_order_id: ClientOrderId | None = None
    allowed: dict[str, int] | None = None
    """What would have been allowed, by name, in units of 10**-12."""


class CancelRejected(_Event, frozen=True, kw_only=True, tag="cancel_rejected"):
    """A cancel came too late or named no order of the account; FIX message 35=9."""

    account_id: AccountId
    order_id: OrderId
    reason: Reason


class ReplaceRejected(_Event, frozen=True, kw_only=True, tag="replace_rejected"):
    """An amend was refused; the order stands untouched; FIX message 35=9."""

    account_id: AccountId
    order_id: OrderId
    reason: Reason
    allowed: dict[str, int] | None = None


class FundsMoved(_Event, frozen=True, kw_only=True, tag="funds_moved"):
    """An amount went from one account to another outside of a trade: two balanced postings."""

    kind: PostingKind
    account_id: AccountId
    counter_account_id: AccountId
    asset: Asset
    amount: Amount
    """Signed, as `account_id` sees it."""
    balance: Amount
    """Of `account_id`, after."""
    counter_balance: Amount


class AccountOpened(_Event, frozen=True, kw_only=True, tag="account_opened"):
    """An account exists from here on."""

    account: Account


class AccountChanged(_Event, frozen=True, kw_only=True, tag="account_changed"):
    """An account as it is from here on."""

    account: Account
    worth: Worth


class KeyAdded(_Event, frozen=True, kw_only=True, tag="key_added"):
    """A key is valid from here on."""

    key: Key


class KeyRevoked(_Event, frozen=True, kw_only=True, tag="key_revoked"):
    """A key is no longer valid."""

    key_id: KeyId
    account_id: AccountId


class InstrumentListed(_Event, frozen=True, kw_only=True, tag="instrument_listed"):
    """An instrument can be traded from here on."""

    instrument: Instrument


class InstrumentChanged(_Event, frozen=True, kw_only=True, tag="instrument_changed"):
    """An instrument as it is from here on."""

    instrument: Instrument


class PhaseChanged(_Event, frozen=True, kw_only=True, tag="phase_changed"):
    """An instrument moved to another phase."""

    symbol: Symbol
    phase: Phase
    instrument: Instrument
    """As it is from here on."""
    reason: str = ""


class RulesAdopted(_Event, frozen=True, kw_only=True, tag="rules_adopted"):
    """Decisions follow this edition of the rules from here on."""

    rules: int


class CommandRefused(_Event, frozen=True, kw_only=True, tag="command_refused"):
    """An administrative command was refused and changed nothing."""

    reason: Reason
    subject: str
    """The account, key or symbol it named."""
    allowed: dict[str, int] | None = None


Event = (
    OrderPended
    | OrderAccepted
    | OrderExecuted
    | OrderReplaced
    | OrderCanceled
    | OrderExpired
    | OrderRejected
    | CancelRejected
    | ReplaceRejected
    | FundsMoved
    | AccountOpened
    | AccountChanged
    | KeyAdded
    | KeyRevoked
    | InstrumentListed
    | InstrumentChanged
    | PhaseChanged
    | RulesAdopted
    | CommandRefused
)
