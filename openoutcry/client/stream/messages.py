"""What the stream says, typed: one struct for each kind of message."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from openoutcry.client.answers.accounts import Balance, Position
from openoutcry.client.answers.market import Candle, Level, Queued, Trade
from openoutcry.client.answers.orders import Fill, Order
from openoutcry.client.errors import Unintelligible


class Mark(NamedTuple):
    """Where a program is in a channel: the last sequence it has, of which history."""

    epoch: str
    sequence: int


class Message(Struct, frozen=True, kw_only=True):
    """A message of a channel. A snapshot replaces everything that was told before it."""

    channel: str
    type: str
    epoch: str
    sequence: int
    at: datetime
    previous: int | None = None
    """The sequence of the message before it on its channel and symbol; None of a snapshot."""
    symbol: str = ""

    @property
    def is_snapshot(self) -> bool:
        """Whether it replaces what was told before."""
        return self.type == "snapshot"

    @property
    def mark(self) -> Mark:
        """Where to go on, for whoever has dealt with this message: `subscribe(…, since=…)`."""
        return Mark(self.epoch, self.sequence)


class TickerTold(Message, frozen=True, kw_only=True):
    """Best prices, last trade and the day, when any of it changed."""

    bid: Decimal | None = None
    bid_quantity: Decimal | None = None
    ask: Decimal | None = None
    ask_quantity: Decimal | None = None
    last: Decimal | None = None
    last_quantity: Decimal | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    volume: Decimal | None = None
    change: Decimal | None = None


class BookTold(Message, frozen=True, kw_only=True):
    """The levels that changed, or in a snapshot all; a quantity of 0 takes the level away."""

    bids: list[Level]
    asks: list[Level]
    checksum: int


class QueueTold(Message, frozen=True, kw_only=True):
    """Every public order of a symbol, in queue order."""

    bids: list[Queued]
    asks: list[Queued]
    checksum: int


class QueueChanged(Message, frozen=True, kw_only=True):
    """One change of one order in the book; `quantity` is what it shows afterwards."""

    action: str
    side: str
    order_id: int
    price: Decimal
    quantity: Decimal
    checksum: int
    trade_id: int | None = None


class TradesTold(Message, frozen=True, kw_only=True):
    """The last trades of a symbol."""

    trades: list[Trade]


class Traded(Message, frozen=True, kw_only=True):
    """One match; `side` is the taker's, None in an auction."""

    trade_id: int
    price: Decimal
    quantity: Decimal
    side: str | None = None


class Busted(Message, frozen=True, kw_only=True):
    """A trade was undone."""

    action: str
    trade_id: int


class CandlesTold(Message, frozen=True, kw_only=True):
    """The last candles of a symbol."""

    interval: str
    candles: list[Candle]


class CandleTold(Message, frozen=True, kw_only=True):
    """A candle as it stands; a closed one changes no more."""

    interval: str
    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trades: int
    closed: bool


class StatusTold(Message, frozen=True, kw_only=True):
    """The phase of a symbol, its band, and what its auction would come to."""

    phase: str
    listed: bool = True
    reason: str | None = None
    indicative_price: Decimal | None = None
    paired_quantity: Decimal | None = None
    imbalance: Decimal | None = None
    imbalance_side: str | None = None
    ends_at: datetime | None = None
    band_lower: Decimal | None = None
    band_upper: Decimal | None = None


class ExecutionsTold(Message, frozen=True, kw_only=True):
    """All open orders of the account, and its last fills."""

    orders: list[Order]
    fills: list[Fill]


class Execution(Message, frozen=True, kw_only=True):
    """One change of an own order; `order` is the order after it."""

    event: str
    order: Order
    client_order_id: str | None = None
    trade_id: int | None = None
    last_price: Decimal | None = None
    last_quantity: Decimal | None = None
    liquidity: str | None = None
    fee: Decimal | None = None


class Rejected(Message, frozen=True, kw_only=True):
    """An own order that was refused; `order` is what was sent."""

    event: str
    order: Mapping[str, object]
    code: str
    detail: str
    client_order_id: str | None = None


class BalancesTold(Message, frozen=True, kw_only=True):
    """The balances that changed, or in a snapshot all."""

    balances: list[Balance]


class PositionsTold(Message, frozen=True, kw_only=True):
    """The positions that changed, or in a snapshot all."""

    positions: list[Position]


class Heartbeat(Struct, frozen=True):
    """The last message that the venue sent on each channel."""

    sequence: int
    channels: Mapping[str, int]


class Head(Struct, frozen=True):
    """What tells one kind of message from the others."""

    channel: str = ""
    type: str = ""
    event: str = ""
    action: str = ""


_KINDS: Final[Mapping[tuple[str, bool], type[Message]]] = {
    ("ticker", True): TickerTold,
    ("ticker", False): TickerTold,
    ("book", True): BookTold,
    ("book", False): BookTold,
    ("orders", True): QueueTold,
    ("orders", False): QueueChanged,
    ("trades", True): TradesTold,
    ("trades", False): Traded,
    ("candles", True): CandlesTold,
    ("candles", False): CandleTold,
    ("status", True): StatusTold,
    ("status", False): StatusTold,
    ("executions", True): ExecutionsTold,
    ("executions", False): Execution,
    ("balances", True): BalancesTold,
    ("balances", False): BalancesTold,
    ("positions", True): PositionsTold,
    ("positions", False): PositionsTold,
}
_decoders: Final = {
    kind: msgspec.json.Decoder(kind) for kind in (*_KINDS.values(), Busted, Rejected)
}


def message_of(head: Head, content: bytes | msgspec.Raw) -> Message:
    """Return a message of a channel."""
    kind = _KINDS.get((head.channel, head.type == "snapshot"))
    if head.action == "bust":
        kind = Busted
    elif head.event == "rejected":
        kind = Rejected
    if kind is None:
        raise Unintelligible(f"no channel of this edition: {head.channel!r}")
    try:
        message: Message = _decoders[kind].decode(content)
    except msgspec.MsgspecError as fault:
        raise Unintelligible(f"{head.channel} said {fault}") from fault
    return message
