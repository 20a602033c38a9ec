"""Marks: the last sequence that the stream said something with, by channel and key.

Rule: on which channels an event speaks, and of whom, follows from its record alone. `streams.feeds`
says the words; that both agree is tested.

The venue's own accounts are nobody's, so nothing is told of them.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from openoutcry.history.trace import QueueSteps
from openoutcry.model import events as told
from openoutcry.model.account import SYSTEM_ACCOUNTS
from openoutcry.model.order import OrderReport, OrderType
from openoutcry.model.reasons import Reason
from openoutcry.model.record import Record
from openoutcry.model.units import Sequence

OWN_CHANGES: Final = frozenset(
    {
        told.OrderPended,
        told.OrderHeld,
        told.OrderAccepted,
        told.OrderReplaced,
        told.OrderTriggered,
        told.MatchPrevented,
        told.OrderCanceled,
        told.OrderExpired,
    }
)
"""Events about one order, each of which its owner is told."""
QUEUES: Final = "orders"
"""The channel that tells the queues of books, every change."""
CHANNELS: Final = ("trades", "status", "executions", "balances", "positions")
"""The others whose messages are one event each."""
STRETCH: Final = 10_000
"""Sequences for which the last mark of each channel and key is kept."""


_Last = dict[str, dict[str, Sequence]]
_Told = Any
"""The event that a function is for; naming each would be a line more in all of them."""


class Mark(NamedTuple):
    """What was said last on a channel of a key within a stretch."""

    channel: str
    key: str
    stretch: int
    sequence: Sequence


class Marks:
    """What a batch of records says last on each channel of each key, stretch by stretch."""

    __slots__ = ("_last", "_stretch", "_told")

    def __init__(self) -> None:
        self._told: list[Mark] = []
        self._stretch = -1
        self._last: dict[str, dict[str, Sequence]] = {}

    def add(self, record: Record) -> None:
        """Take in what a record says, but for queues."""
        events, sequence = record.events, record.first
        if sequence // STRETCH != self._stretch:
            self._turn(sequence // STRETCH)
        last = self._last
        for event in events:
            note = _NOTES.get(type(event))
            if note is not None:
                note(last, event, sequence)
            sequence = Sequence(sequence + 1)

    def step(self, books: list[QueueSteps]) -> None:
        """Take in what a batch of records changes of books, once all of them are added."""
        for of_book in books:
            last = {step[0] // STRETCH: step[0] for step in of_book.steps}
            self._told += [
                Mark(QUEUES, of_book.symbol, stretch, Sequence(sequence))
                for stretch, sequence in last.items()
            ]

    def rows(self) -> list[Mark]:
        """Return them, those of earlier stretches first."""
        self._turn(self._stretch)
        return self._told

    def _turn(self, stretch: int) -> None:
        self._told += [
            Mark(channel, key, self._stretch, sequence)
            for channel, by_key in self._last.items()
            for key, sequence in by_key.items()
            if key not in SYSTEM_ACCOUNTS
        ]
        self._stretch = stretch
        self._last = {channel: {} for channel in CHANNELS}


def is_own_change(event: told.Event) -> bool:
    """Say whether an event about one order changes anything that its owner sees of it."""
    if isinstance(event, told.OrderRestated):
        # Not that only a hold moves, or that a peg leaves its price for another.
        return bool(event.canceled) or event.reason is Reason.NO_REFERENCE_PRICE
    if isinstance(event, told.OrderRested):
        return event.order.terms.type is OrderType.PEGGED
    return type(event) in OWN_CHANGES


def _order(last: _Last, event: _Told, sequence: Sequence) -> None:
    order: OrderReport = event.order
    owner = order.terms.account_id
    if is_own_change(event):
        last["executions"][owner] = sequence
    if order.holding is not None:
        last["balances"][owner] = sequence


def _accepted(last: _Last, event: _Told, sequence: Sequence) -> None:
    order: OrderReport = event.order
    terms = order.terms
    last["executions"][terms.account_id] = sequence
    if order.holding is not None:
        last["balances"][terms.account_id] = sequence


def _executed(last: _Last, event: _Told, sequence: Sequence) -> None:
    executed: told.OrderExecuted = event
    last["trades"][executed.symbol] = sequence
    taker, maker = executed.taker.terms.account_id, executed.maker.terms.account_id
    for channel in ("executions", "balances", "positions"):
        of_account = last[channel]
        of_account[taker] = of_account[maker] = sequence


def _moved(last: _Last, event: _Told, sequence: Sequence) -> None:
    last["balances"][event.account_id] = last["balances"][event.counter_account_id] = sequence


def _busted(last: _Last, event: _Told, sequence: Sequence) -> None:
    last["trades"][event.symbol] = sequence
    for order in (event.taker, event.maker):
        last["executions"][order.terms.account_id] = sequence
        last["positions"][order.terms.account_id] = sequence


def _rejected(last: _Last, event: _Told, sequence: Sequence) -> None:
    last["executions"][event.account_id] = sequence


def _reset(last: _Last, event: _Told, sequence: Sequence) -> None:
    if event.closed:
        last["positions"][event.account.account_id] = sequence


def _status(last: _Last, event: _Told, sequence: Sequence) -> None:
    last["status"][event.symbol] = sequence


def _listing(last: _Last, event: _Told, sequence: Sequence) -> None:
    last["status"][event.instrument.symbol] = sequence


_Note = Callable[[_Last, _Told, Sequence], None]
_NOTES: Final[dict[type, _Note]] = {
    told.OrderAccepted: _accepted,
    told.OrderExecuted: _executed,
    told.OrderRejected: _rejected,
    told.FundsMoved: _moved,
    told.TradeBusted: _busted,
    told.AccountReset: _reset,
    told.PhaseChanged: _status,
    told.IndicativeChanged: _status,
    told.BandSet: _status,
    told.InstrumentListed: _listing,
    told.InstrumentDelisted: _listing,
    told.OrderPended: _order,
    told.OrderHeld: _order,
    told.OrderReplaced: _order,
    told.OrderTriggered: _order,
    told.OrderRested: _order,
    told.OrderRestated: _order,
    told.MatchPrevented: _order,
    told.OrderCanceled: _order,
    told.OrderExpired: _order,
    told.OrderSuspended: _order,
    told.OrderResumed: _order,
}
