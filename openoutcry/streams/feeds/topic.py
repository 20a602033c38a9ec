"""What can be followed: a channel, and of what."""

from enum import Enum
from typing import Final, NamedTuple, Protocol

from openoutcry.streams.feeds.message import Message


class Channel(Enum):
    """The channels of the stream."""

    TICKER = "ticker"
    BOOK = "book"
    ORDERS = "orders"
    TRADES = "trades"
    CANDLES = "candles"
    STATUS = "status"
    EXECUTIONS = "executions"
    BALANCES = "balances"
    POSITIONS = "positions"


PRIVATE: Final = frozenset({Channel.EXECUTIONS, Channel.BALANCES, Channel.POSITIONS})
"""Their key is an account; that of all others is a symbol."""
RESUMABLE: Final = PRIVATE | {Channel.ORDERS, Channel.TRADES}
"""Those that honour `from`; the others always start with a snapshot."""
DEPTHS: Final = (10, 25, 100, 1000)
"""Levels a side that a book can be followed with."""


class Topic(NamedTuple):
    """One thing that a connection follows."""

    channel: Channel
    key: str
    """A symbol, or on private channels an account."""
    depth: int = 0
    """Of a book: one of `DEPTHS`."""
    interval: str = ""
    """Of candles: one of `marketdata.candles.INTERVALS`."""

    @property
    def name(self) -> str:
        """What the heartbeat calls it."""
        if self.channel in PRIVATE:
            return self.channel.value
        if self.channel is Channel.CANDLES:
            return f"{self.channel.value}:{self.key}:{self.interval}"
        return f"{self.channel.value}:{self.key}"


class Position(NamedTuple):
    """Where a client was: the last sequence it has heard, of which history."""

    epoch: str
    sequence: int


class Hearer(Protocol):
    """Who hears one topic on one connection."""

    def hear(self, message: Message) -> None:
        """Take a message; never blocks, never raises; on the venue's loop."""
