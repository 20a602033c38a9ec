"""Simple orders that wait in the book for a seller, and the sells that answer them.

Rule 1: what is left of a simple order is answered once; only if others were in front of it and
took the answer is it answered again, then over everything that stands before it.
Rule 2: an answer is immediate-or-cancel: what others have served meanwhile leaves nothing behind.
Rule 3: a refused answer is not repeated at once, so that a halted market does not fill the disk.

    told: rests ──► due ──► answering ──► gone
                     ▲          │ still there
                     ├──────────┤
                     └─ parked ◄┘ refused, halted, or `ROUNDS_MAX` times in a row
"""

from collections.abc import Mapping
from typing import Final

from openoutcry.engine.engine import Engine
from openoutcry.model.commands import CancelOrder, EnterOrder
from openoutcry.model.instrument import Instrument, Phase
from openoutcry.model.order import OrderReport, OrderStatus, OrderType, Side, TimeInForce
from openoutcry.model.units import Lots, OrderId, Symbol
from openoutcry.simulation.maker import MAKER
from openoutcry.simulation.sizing import admissible
from openoutcry.simulation.working import WorkingOrders

ROUNDS_MAX: Final = 8
"""Answers to one order in a row; after them it is parked."""
_DEPTH: Final = 1_000


class Answer:
    """The commands that serve one remainder."""

    __slots__ = ("clearing", "is_first", "order_id", "sell", "symbol")

    def __init__(
        self,
        report: OrderReport,
        clearing: list[CancelOrder],
        sell: EnterOrder,
        rounds: int,
    ) -> None:
        self.order_id: Final[OrderId] = report.terms.order_id
        self.symbol: Final[Symbol] = report.terms.symbol
        self.clearing: Final = clearing
        """Cancels to submit before the sell."""
        self.sell: Final = sell
        self.is_first: Final = rounds == 0


class Remainders:
    """Every simple order known to rest, and where it is in the drawing above."""

    def __init__(self, quotes: WorkingOrders) -> None:
        self._quotes = quotes
        self._rounds: dict[OrderId, int] = {}
        self._due: dict[OrderId, None] = {}
        self._parked: dict[OrderId, None] = {}

    def note(self, report: OrderReport) -> None:
        """Take in how a simple order stands after an event."""
        order_id = report.terms.order_id
        if report.leaves_quantity and report.status is not OrderStatus.PENDING_NEW:
            if order_id not in self._rounds:
                self._rounds[order_id] = 0
                self._due[order_id] = None
        elif self._rounds.pop(order_id, None) is not None:
            self._due.pop(order_id, None)
            self._parked.pop(order_id, None)

    def are_due(self) -> bool:
        """Say whether one waits for an answer that can be given now."""
        return bool(self._due)

    def next_answer(self, engine: Engine) -> Answer | None:
        """Take the next that is due and return its answer; None when none is."""
        while self._due:
            order_id = next(iter(self._due))
            del self._due[order_id]
            report = engine.order(order_id)
            if report is None:
                continue  # Served or canceled already, which we are about to be told.
            instrument = engine.instrument(report.terms.symbol)
            if instrument is None or instrument.phase is not Phase.CONTINUOUS:
                self._parked[order_id] = None
                continue
            return self._answer(engine, instrument, report)
        return None

    def put_back(self, order_id: OrderId) -> None:
        """Note that an answer could not be submitted."""
        if order_id in self._rounds:
            self._due[order_id] = None

    def answered(self, order_id: OrderId) -> None:
        """Note that an answer has had its effect; if the order still rests, it was not enough."""
        if order_id in self._rounds:
            self._rounds[order_id] += 1
            again = self._rounds[order_id] < ROUNDS_MAX
            (self._due if again else self._parked)[order_id] = None

    def refused(self, order_id: OrderId) -> None:
        """Note that the venue did not take an answer."""
        if order_id in self._rounds:
            self._parked[order_id] = None

    def reopen(self) -> None:
        """Let everything parked be tried again."""
        for order_id in self._parked:
            self._rounds[order_id] = 1
        self._due |= self._parked
        self._parked.clear()

    def _answer(self, engine: Engine, instrument: Instrument, report: OrderReport) -> Answer:
        terms, price = report.terms, report.price
        assert price is not None, "a simple order rests at its limit"
        lots = report.leaves_quantity
        rounds = self._rounds[terms.order_id]
        if rounds:
            bids, _ = engine.depth(terms.symbol, _DEPTH)
            lots = Lots(max(lots, sum(quantity for at, quantity in bids if at >= price)))
        sell = EnterOrder(
            account_id=MAKER,
            symbol=terms.symbol,
            side=Side.SELL,
            type=OrderType.LIMIT,
            quantity=admissible(instrument, price, lots),
            price=price,
            time_in_force=TimeInForce.IOC,
        )
        clearing = _in_the_way(self._quotes.of(terms.symbol), price)
        return Answer(report, clearing, sell, rounds)


def _in_the_way(quotes: Mapping[OrderId, OrderReport], price: int) -> list[CancelOrder]:
    """Cancel the maker's own bids that its sell would meet first, and expire against."""
    return [
        CancelOrder(account_id=MAKER, order_id=order.terms.order_id)
        for order in quotes.values()
        if order.terms.side is Side.BUY and order.price is not None and order.price >= price
    ]
