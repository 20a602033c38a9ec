"""Whoever hears the records alone has every book, order by order, as the engine has it.

The observer is a list in order of arrival for each side of each book: nothing is looked up but by
walking it. What it is told must make sense at once, not only at the end of the record.
"""

from collections import Counter

import pytest

from openoutcry.engine.engine import Engine
from openoutcry.marketdata.queue_change import Action, QueueChange
from openoutcry.marketdata.queue_changes import changes_of
from openoutcry.model.events import OrderExecuted
from openoutcry.model.order import Side
from openoutcry.model.record import Record
from tests.stage import applied
from tests.workload import INSTRUMENTS, Workload

SYMBOLS = [*(listed.symbol for listed in INSTRUMENTS), "NEW", "ODD"]


class Observer:
    """Every book that has been told of."""

    def __init__(self) -> None:
        self.sides: dict[tuple[str, Side], list[tuple[int, int, int]]] = {}
        """Price, quantity, order id, in order of arrival."""
        self.queue: dict[int, tuple[int, int]] = {}
        self.counted: Counter[str] = Counter()

    def hear(self, record: Record) -> None:
        last = 0
        for sequence, change in changes_of(record):
            assert sequence > last, "one event is one change at most"
            last = sequence
            event = record.events[sequence - record.first]
            self._apply(change)
            if change.action is Action.FILL:
                assert isinstance(event, OrderExecuted)
                assert change.trade_id == event.trade_id
            self.counted[f"{type(event).__name__} {change.action.value}"] += 1

    def _apply(self, change: QueueChange) -> None:
        side = self.sides.setdefault((change.symbol, change.side), [])
        before = self.queue.get(change.order_id)
        if change.action is Action.ADD:
            assert before is None, "only what is not there is added"
            assert change.quantity > 0
            side.append((change.price, change.quantity, change.order_id))
            self.queue[change.order_id] = (change.price, change.quantity)
            return
        assert before is not None, "only what is there changes"
        price, quantity = before
        assert change.price == price
        assert 0 <= change.quantity < quantity, "it only gets less, and never negative"
        assert change.quantity == 0 or change.action is not Action.REMOVE
        assert change.quantity > 0 or change.action is not Action.REDUCE
        place = side.index((price, quantity, change.order_id))
        if change.quantity:
            side[place] = (change.price, change.quantity, change.order_id)
            self.queue[change.order_id] = (change.price, change.quantity)
        else:
            del side[place]
            del self.queue[change.order_id]

    def book(self, symbol: str) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
        bids = sorted(self.sides.get((symbol, Side.BUY), []), key=lambda order: -order[0])
        asks = sorted(self.sides.get((symbol, Side.SELL), []), key=lambda order: order[0])
        return bids, asks


def run(commands: int, seed: int) -> Counter[str]:
    """Listen to so many commands; raise where the observer's books are not the engine's."""
    engine, observer, workload = Engine(), Observer(), Workload(seed)
    for entry in workload.opening():
        observer.hear(applied(engine, entry))
    for number in range(1, commands + 1):
        record = applied(engine, workload.draw())
        workload.heard(record.events)
        try:
            observer.hear(record)
            for symbol in SYMBOLS:
                assert engine.queue(symbol) == observer.book(symbol), symbol
        except AssertionError as found:
            found.add_note(f"seed {seed}, command {number}: {record.entry.command}")
            raise
    return observer.counted


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_queues_are_what_the_events_say(seed):
    run(5_000, seed)


@pytest.mark.slow
def test_every_way_into_the_book_and_out_of_it_is_in_the_mixture():
    counted = run(20_000, 3)
    wanted = """
        OrderAccepted:add OrderTriggered:add OrderRested:add OrderResumed:add
        OrderExecuted:fill OrderReplaced:reduce OrderReplaced:remove OrderRestated:reduce
        OrderRestated:remove OrderCanceled:remove OrderExpired:remove OrderSuspended:remove
        MatchPrevented:reduce MatchPrevented:remove OrderAllotted:reduce OrderAllotted:remove
    """
    missing = [w for w in wanted.split() if not counted[w.replace(":", " ")]]
    assert missing == []
