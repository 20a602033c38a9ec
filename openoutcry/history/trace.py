"""Where in a batch of records something is told: the way back to any past moment.

Rule 1: nothing here repeats what an event says. A span says that events of a batch tell of a
subject (an order; what an account has of an asset; its fills in a symbol), and the journal has the
events. Only the queues of a book are written down step by step, because a book is the sum of all.
Rule 2: an order that began and ended in one batch has no span: most do, and the order's own row
says between which sequences it lived.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from msgspec import Struct

from openoutcry.history.closes import Closes
from openoutcry.marketdata.queue_change import Action
from openoutcry.marketdata.queue_changes import change_of
from openoutcry.model import events as told
from openoutcry.model.events import OrderExecuted, Resting
from openoutcry.model.instrument import Instrument
from openoutcry.model.order import Door, OrderReport, Side
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId, Asset, OrderId, Sequence, Symbol

_BUY: Final = Side.BUY
_SIMPLE: Final = Door.SIMPLE
_ADD: Final = Action.ADD
_MAKER: Final = Resting.MAKER
_NEITHER: Final = Resting.NEITHER


class OrderSpan(NamedTuple):
    """A batch that tells of an order: where it begins, and the last event in it that does."""

    order_id: OrderId
    first: int
    last: int


class Span(NamedTuple):
    """A batch that tells of something that an account has."""

    account_id: AccountId
    part: str
    """An asset or a symbol."""
    first: int
    last: int


class QueueSteps(NamedTuple):
    """What one batch changed of one book's queues."""

    symbol: Symbol
    first: int
    last: int
    size: int
    steps: list[tuple[int, int, int, int]]
    """Sequence, order, price and what it shows from here on. The price is that of an order that
    joined the tail, negative for a sell; 0 where it is in the queue already."""


class Version(Struct, frozen=True, array_like=True):
    """An instrument as it is from a sequence on; None: no longer listed."""

    symbol: Symbol
    sequence: Sequence
    instrument: Instrument | None


class Turn(NamedTuple):
    """A sequence at which an account began, or began anew."""

    account_id: AccountId
    sequence: Sequence


class Trace:
    """What a batch of records leaves behind for those who ask about the past."""

    __slots__ = (
        "_agents",
        "_born",
        "_fills",
        "_first",
        "_holdings",
        "_steps",
        "begun",
        "closes",
        "turns",
        "versions",
    )

    def __init__(self, first: Sequence, agents: frozenset[AccountId] = frozenset()) -> None:
        self._first = first
        self._agents = agents
        """Whose balances nobody asks about: of them only orders and books are traced."""
        self._holdings: dict[tuple[AccountId, Asset], int] = {}
        self._fills: dict[tuple[AccountId, Symbol], int] = {}
        self._steps: dict[Symbol, list[tuple[int, int, int, int]]] = {}
        self.begun: dict[OrderId, int] = {}
        """The orders that began here, or went to market, and at which sequence."""
        self._born: set[OrderId] = set()
        """Those of them that cannot have begun before."""
        self.versions: list[Version] = []
        self.turns: list[Turn] = []
        self.closes = Closes(agents)

    def add(self, record: Record) -> None:
        """Take in one record. Every fill comes this way, so a trade is not given to anybody."""
        events, fills, sequence = record.events, self._fills, record.first - 1
        closes = self.closes.fills
        self.closes.reach(record.entry.at)
        for place, event in enumerate(events, 1):
            sequence += 1
            if type(event) is OrderExecuted:
                symbol = event.symbol
                taker = event.taker.terms.account_id, symbol
                maker = event.maker.terms.account_id, symbol
                fills[taker] = fills[maker] = sequence
                closes[taker] = closes[maker] = event
                if event.resting is not _NEITHER:
                    order = event.maker if event.resting is _MAKER else event.taker
                    shown = order.leaves_quantity - order.hidden_quantity
                    self._steps_of(symbol).append((sequence, order.terms.order_id, 0, shown))
                continue
            take = _TAKERS.get(type(event))
            if take is not None:
                following = events[place] if place < len(events) else None
                take(self, event, following, sequence)

    def order_spans(self, orders: Mapping[OrderId, OrderReport]) -> list[OrderSpan]:
        """Return the spans of orders, as they stand, without those that began and ended here."""
        born, first = self._born, self._first
        return [
            OrderSpan(order_id, first, order.sequence)
            for order_id, order in orders.items()
            if order.leaves_quantity or order_id not in born
        ]

    def holding_spans(self) -> list[Span]:
        """Return where events other than fills tell what accounts have."""
        return self._spans(self._holdings.items())

    def fill_spans(self) -> list[Span]:
        """Return where accounts had fills, or had them undone."""
        return self._spans(self._fills.items())

    def _spans(self, found: Iterable[tuple[tuple[AccountId, str], int]]) -> list[Span]:
        first, agents = self._first, self._agents
        return [
            Span(account_id, part, first, last)
            for (account_id, part), last in found
            if account_id not in agents
        ]

    def queue_steps(self) -> list[QueueSteps]:
        """Return what has changed of each book."""
        return [
            QueueSteps(symbol, steps[0][0], steps[-1][0], len(steps), steps)
            for symbol, steps in self._steps.items()
        ]

    # One method for each kind of event.

    def take_first(self, event: Any, _: told.Event | None, sequence: int) -> None:  # noqa: ANN401
        """An order that waits has begun."""
        order_id = event.order.terms.order_id
        self.begun[order_id] = sequence
        self._born.add(order_id)
        self._see(event.order, sequence)

    def take_accepted(
        self, event: told.OrderAccepted, following: told.Event | None, sequence: int
    ) -> None:
        """An order goes to market, as a new one or when it has waited."""
        terms = event.order.terms
        special = terms.special
        self.begun.setdefault(terms.order_id, sequence)
        # The others may have waited before, in an earlier batch.
        if terms.door is not _SIMPLE and (special is None or special.group_id is None):
            self._born.add(terms.order_id)
        self._see(event.order, sequence)
        if type(following) is OrderExecuted and following.taker.terms.order_id == terms.order_id:
            return  # It does not rest, not yet.
        self._step(event, following, sequence)

    def take_order(self, event: Any, following: told.Event | None, sequence: int) -> None:  # noqa: ANN401
        """Something becomes of a live order."""
        self._see(event.order, sequence)
        self._step(event, following, sequence)

    def take_allotment(
        self, event: told.OrderAllotted, following: told.Event | None, sequence: int
    ) -> None:
        """A queue changes before a trade says so."""
        self._step(event, following, sequence)

    def take_bust(self, event: told.TradeBusted, _: told.Event | None, sequence: int) -> None:
        """A trade is undone."""
        for order in (event.taker, event.maker):
            self._see(order, sequence)
            key = order.terms.account_id, event.symbol
            self._fills[key] = sequence
            self.closes.fills[key] = event

    def take_funds(self, event: told.FundsMoved, _: told.Event | None, sequence: int) -> None:
        """An amount moves from one account to another."""
        for account_id in (event.account_id, event.counter_account_id):
            self._holdings[account_id, event.asset] = sequence
        self.closes.move(event, sequence)

    def take_account(self, event: Any, _: told.Event | None, sequence: int) -> None:  # noqa: ANN401
        """An account begins, or begins anew."""
        self.turns.append(Turn(event.account.account_id, Sequence(sequence)))
        if isinstance(event, told.AccountReset):
            self.closes.reset(event)

    def take_instrument(self, event: Any, _: told.Event | None, sequence: int) -> None:  # noqa: ANN401
        """An instrument is another from here on."""
        found: Instrument = event.instrument
        listed = None if type(event) is told.InstrumentDelisted else found
        self.versions.append(Version(found.symbol, Sequence(sequence), listed))

    def _see(self, order: OrderReport, sequence: int) -> None:
        """Note what an event tells of what an account has."""
        if order.holding is not None:
            terms = order.terms
            asset = terms.grid.currency if terms.side is _BUY else terms.grid.asset
            self._holdings[terms.account_id, asset] = sequence

    def _step(self, event: told.Event, following: told.Event | None, sequence: int) -> None:
        change = change_of(event, following)
        if change is None:
            return
        price = 0
        if change.action is _ADD:
            price = change.price if change.side is _BUY else -change.price
        step = (sequence, int(change.order_id), int(price), int(change.quantity))
        self._steps_of(change.symbol).append(step)

    def _steps_of(self, symbol: Symbol) -> list[tuple[int, int, int, int]]:
        steps = self._steps.get(symbol)
        if steps is None:
            steps = self._steps[symbol] = []
        return steps


Taker = Callable[[Trace, Any, "told.Event | None", int], None]
_TAKERS: Final[dict[type, Taker]] = {
    told.OrderPended: Trace.take_first,
    told.OrderHeld: Trace.take_first,
    told.OrderAccepted: Trace.take_accepted,
    told.OrderReplaced: Trace.take_order,
    told.OrderTriggered: Trace.take_order,
    told.OrderRested: Trace.take_order,
    told.OrderRestated: Trace.take_order,
    told.OrderSuspended: Trace.take_order,
    told.OrderResumed: Trace.take_order,
    told.MatchPrevented: Trace.take_order,
    told.OrderCanceled: Trace.take_order,
    told.OrderExpired: Trace.take_order,
    told.OrderAllotted: Trace.take_allotment,
    told.TradeBusted: Trace.take_bust,
    told.FundsMoved: Trace.take_funds,
    told.AccountOpened: Trace.take_account,
    told.AccountReset: Trace.take_account,
    told.InstrumentListed: Trace.take_instrument,
    told.InstrumentChanged: Trace.take_instrument,
    told.PhaseChanged: Trace.take_instrument,
    told.InstrumentDelisted: Trace.take_instrument,
}
