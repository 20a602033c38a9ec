"""Everything the venue says happened: one frozen type per event, in the past tense.

Rule: an event explains itself. Whoever reads one (a stream, history, an auditor years later) needs
the record around it and nothing else: no earlier event, no running engine.
"""

from enum import Enum

from openoutcry.model.account import Account, Funds, Key, MarginFigures, PostingKind, Worth
from openoutcry.model.instrument import (
    FeeRates,
    Grid,
    Indicative,
    Instrument,
    Phase,
    SessionTurn,
)
from openoutcry.model.order import OrderReport, SelfTradePrevention, Side
from openoutcry.model.reasons import Reason
from openoutcry.model.totals import ClosedPosition, PositionFigures
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
    TradeId,
)
from openoutcry.model.value import Value


class _Event(Value, frozen=True, kw_only=True, tag_field="event", tag=True):
    """What all events share: the tag that names them in a record."""


class OrderPended(_Event, frozen=True, kw_only=True, tag="order_pended"):
    """A delayed order was accepted and waits, cancelable; FIX ExecType A."""

    order: OrderReport


class OrderHeld(_Event, frozen=True, kw_only=True, tag="order_held"):
    """A leg was accepted and waits until its parent is completely filled."""

    order: OrderReport


class OrderAccepted(_Event, frozen=True, kw_only=True, tag="order_accepted"):
    """An order went to market; FIX ExecType 0. Nothing of it is executed yet.

    Where nothing else happens to it, it rests from here on; see `marketdata.queue_changes`.
    """

    order: OrderReport


class Resting(Enum):
    """Which of a trade's two orders the book showed."""

    MAKER = "maker"
    TAKER = "taker"
    NEITHER = "neither"


class OrderExecuted(_Event, frozen=True, kw_only=True, tag="order_executed"):
    """One match of an incoming order with one resting order; FIX ExecType F on both sides."""

    trade_id: TradeId
    symbol: Symbol
    side: Side | None
    """The taker's; None in an auction, where the later order is called the taker."""
    price: Ticks
    quantity: Lots
    taker: OrderReport
    maker: OrderReport
    taker_fee: Amount
    maker_fee: Amount
    taker_funds: Funds
    maker_funds: Funds
    resting: Resting = Resting.MAKER
    """Whose queue this changes; in an auction it need not be the maker's."""


class OrderReplaced(_Event, frozen=True, kw_only=True, tag="order_replaced"):
    """An order was amended; FIX ExecType 5. `requeued` says whether it lost its priority."""

    order: OrderReport
    requeued: bool


class OrderTriggered(_Event, frozen=True, kw_only=True, tag="order_triggered"):
    """The price that a stop waited for was there; it is an incoming order now; FIX ExecType L."""

    order: OrderReport


class OrderRested(_Event, frozen=True, kw_only=True, tag="order_rested"):
    """An order joined the tail of its price: what is left of one that traded when it came in, that
    lost its priority or is of a group; an iceberg's refill; a peg that moved."""

    order: OrderReport


class OrderRestated(_Event, frozen=True, kw_only=True, tag="order_restated"):
    """The venue changed an order that stays live; FIX ExecType D.

    A part of it was canceled, the hold of a pair moved to it, or a peg left its price.
    """

    order: OrderReport
    reason: Reason | None = None
    """None where a peg only moves."""
    canceled: Lots = Lots(0)
    """How much of it this canceled; 0 where it did something else."""


class OrderAllotted(_Event, frozen=True, kw_only=True, tag="order_allotted"):
    """Both orders of an auction's next trade rest; this is what the book shows of its taker then.

    A trade tells one change of a queue, the maker's; so this one is told before it.
    """

    order_id: OrderId
    symbol: Symbol
    grid: Grid
    side: Side
    price: Ticks
    shown: Lots


class MatchPrevented(_Event, frozen=True, kw_only=True, tag="match_prevented"):
    """Two orders met that must not trade. Told once for each of them, the taker's first."""

    order: OrderReport
    order_id: OrderId
    """The taker."""
    resting_order_id: OrderId
    taker_account_id: AccountId
    price: Ticks
    quantity: Lots
    """The smaller leaves of the two."""
    mode: SelfTradePrevention


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
    leg: int | None = None
    """Which order of a group it was that was refused, and the whole group with it; from 0."""


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


class CancelAfterSet(_Event, frozen=True, kw_only=True, tag="cancel_after_set"):
    """All orders of an account are canceled at `fires_at` unless this is said again; None: not."""

    account_id: AccountId
    fires_at: Nanos | None = None


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
    held: Amount = Amount(0)
    """Of the balance, by orders."""
    counter_held: Amount = Amount(0)
    trade_id: TradeId | None = None
    """Of a trade that was busted."""
    order_id: OrderId | None = None
    """The account's order in that trade."""
    counter_order_id: OrderId | None = None


class AccountOpened(_Event, frozen=True, kw_only=True, tag="account_opened"):
    """An account exists from here on."""

    account: Account


class AccountChanged(_Event, frozen=True, kw_only=True, tag="account_changed"):
    """An account as it is from here on."""

    account: Account
    worth: Worth
    at_stake: MarginFigures | None = None
    """In `MONEY`, where its terms were changed and it is on margin; not in the first editions."""


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
    ends_at: Nanos | None = None
    """When the venue itself will end a call; None when nobody can know."""


class InstrumentDelisted(_Event, frozen=True, kw_only=True, tag="instrument_delisted"):
    """An instrument is traded no more; nothing rests in it."""

    instrument: Instrument


class SessionsSet(_Event, frozen=True, kw_only=True, tag="sessions_set"):
    """A calendar moves its instruments at these times."""

    calendar: str
    turns: tuple[SessionTurn, ...]


class IndicativeChanged(_Event, frozen=True, kw_only=True, tag="indicative_changed"):
    """What an auction call would come to if it ended now."""

    symbol: Symbol
    indicative: Indicative


class BandSet(_Event, frozen=True, kw_only=True, tag="band_set"):
    """Nothing prints below the lower or above the upper price from here on; None: no band."""

    symbol: Symbol
    lower: Ticks | None
    upper: Ticks | None


class OrderSuspended(_Event, frozen=True, kw_only=True, tag="order_suspended"):
    """An order left the book, live, because its price is outside the band."""

    order: OrderReport


class OrderResumed(_Event, frozen=True, kw_only=True, tag="order_resumed"):
    """A suspended order is at market again, with the priority it had."""

    order: OrderReport


class TradeBusted(_Event, frozen=True, kw_only=True, tag="trade_busted"):
    """A trade was undone; FIX ExecType H on both sides. The funds go back by `FundsMoved`."""

    trade_id: TradeId
    symbol: Symbol
    price: Ticks
    quantity: Lots
    taker: OrderReport
    maker: OrderReport
    reason: str = ""
    taker_position: PositionFigures | None = None
    """After it."""
    maker_position: PositionFigures | None = None
    mark: Ticks | None = None
    """The last trade of the instrument, which this does not change."""


class AccountReset(_Event, frozen=True, kw_only=True, tag="account_reset"):
    """An account has begun anew; its positions are gone."""

    account: Account
    closed: tuple[ClosedPosition, ...] = ()
    """Flat ones, too."""


class TierSet(_Event, frozen=True, kw_only=True, tag="tier_set"):
    """The accounts of a tier pay these fees for orders entered from here on."""

    name: str
    fees: FeeRates


class KillSwitchThrown(_Event, frozen=True, kw_only=True, tag="kill_switch_thrown"):
    """An account (None: the venue) is blocked, or no longer."""

    on: bool
    account_id: AccountId | None = None
    reason: str = ""


class MarginCalled(_Event, frozen=True, kw_only=True, tag="margin_called"):
    """An account is below its maintenance: it may only close, and is liquidated at `due`."""

    account_id: AccountId
    equity: Amount
    maintenance: Amount
    due: Nanos


class MarginRestored(_Event, frozen=True, kw_only=True, tag="margin_restored"):
    """An account is above its maintenance again."""

    account_id: AccountId
    equity: Amount
    maintenance: Amount


class Configured(_Event, frozen=True, kw_only=True, tag="configured"):
    """These settings decide from here on."""

    liquidation_grace: Nanos


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
    OrderPended | OrderHeld | OrderAccepted | OrderExecuted | OrderReplaced | OrderTriggered
    | OrderRested | OrderRestated | OrderAllotted | MatchPrevented | OrderCanceled | OrderExpired
    | OrderRejected | CancelRejected | ReplaceRejected | CancelAfterSet | FundsMoved | AccountOpened
    | AccountChanged | KeyAdded | KeyRevoked | InstrumentListed | InstrumentChanged | PhaseChanged
    | InstrumentDelisted | SessionsSet | IndicativeChanged | BandSet | OrderSuspended | OrderResumed
    | TradeBusted | AccountReset | TierSet | KillSwitchThrown | MarginCalled | MarginRestored
    | Configured | RulesAdopted | CommandRefused
)  # fmt: skip
