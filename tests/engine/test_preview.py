"""A preview says what the same order does if it is entered right after, and changes nothing."""

from collections import Counter

import pytest
from msgspec.structs import replace

from openoutcry.engine.engine import Engine
from openoutcry.model.commands import EnterOrder
from openoutcry.model.events import MatchPrevented, OrderExecuted, OrderRejected
from openoutcry.model.order import LIVE, OrderType, Side
from tests.scenarios.language import play
from tests.workload import Workload


def entered(events):
    """What an order came to: as a preview says it, and whether others took from it afterwards."""
    first = events[0]
    if isinstance(first, OrderRejected):
        return first, None, False
    order_id = next(e.order for e in events if hasattr(e, "order")).terms.order_id
    fills, last, met = [], None, False
    for event in events:
        if isinstance(event, OrderExecuted):
            if event.taker.terms.order_id == order_id:
                fills.append(event)
                last = event.taker
            met = met or event.maker.terms.order_id == order_id
        elif isinstance(event, MatchPrevented) and event.resting_order_id == order_id:
            met = True
        elif getattr(event, "order", None) is not None:
            last = event.order if event.order.terms.order_id == order_id else last
    return fills, last, met


def compare(engine, previewed, events):
    found, last, met = entered(events)
    if isinstance(found, OrderRejected):
        refusal = previewed.refusal
        assert refusal is not None, f"it was refused: {found.reason}"
        assert (refusal.reason, refusal.allowed) == (found.reason, found.allowed)
        assert (previewed.fills, previewed.hold, previewed.rests) == (0, 0, 0)
        return f"refused {found.reason.value}"
    assert previewed.refusal is None, f"it was accepted: {previewed.refusal}"
    assert previewed.fills == sum(fill.quantity for fill in found)
    assert previewed.cost == sum(fill.quantity * fill.price for fill in found)
    assert previewed.fee == sum(fill.taker_fee for fill in found)
    if not met:
        left = last.leaves_quantity if last.status in LIVE else 0
        assert previewed.rests == left
        assert previewed.hold == (last.held if left else 0)
    kind = last.terms.type.value
    return f"{kind} {'fills' if found else 'does not fill'}"


def run(commands, seed):
    workload, engine, seen = Workload(seed), Engine(), Counter()
    for entry in workload.opening():
        engine.apply(entry)
    for number in range(commands):
        entry = workload.draw()
        asked = entry.command if isinstance(entry.command, EnterOrder) else None
        if asked is not None and asked.account_id == "agent":
            asked = None  # Agents ask for no previews; the house makes good what they lack.
        if asked is not None:  # At the moment of the preview: time may make a difference, too.
            entry = replace(entry, at=engine.now)
        before = engine.digest() if asked is not None and number % 20 == 0 else None
        previewed = None if asked is None else engine.preview(asked, entry.at)
        assert before is None or before == engine.digest(), "a preview changes nothing"
        events = engine.apply(entry)
        workload.heard(events)
        if previewed is not None:
            try:
                seen[compare(engine, previewed, events)] += 1
            except AssertionError as found:
                found.add_note(f"seed {seed}, command {number}: {entry.command}\n{previewed}")
                for event in events:
                    found.add_note(str(event))
                raise
    return seen


@pytest.mark.parametrize("seed", range(1, 5))
def test_what_is_previewed_is_what_happens(seed):
    run(2_000, seed)


@pytest.mark.slow
def test_every_type_of_order_is_previewed_and_fills():
    seen = Counter()
    for seed in range(10, 18):
        seen += run(4_000, seed)
    for kind in OrderType:
        assert seen[f"{kind.value} does not fill"], kind
        assert seen[f"{kind.value} fills"] or kind in (OrderType.PEGGED, OrderType.TRAILING_STOP)
    refusals = [name for name in seen if name.startswith("refused")]
    assert len(refusals) > 10


def bid(quantity, price):
    terms = {"symbol": "ACME", "side": Side.BUY, "type": OrderType.LIMIT}
    return EnterOrder(account_id="carol", quantity=quantity, price=price, **terms)


def test_a_preview_walks_the_book_and_leaves_it_as_it_is():
    stage = play("""
        alice sell 2 @ 101 -> accepted 1
        alice sell 3 @ 102 -> accepted 2
        bob   sell 5 @ 102 -> accepted 3
    """)
    asked = bid(12, 102)
    before = stage.engine.digest()
    found = stage.engine.preview(asked, stage.engine.now)
    assert (found.fills, found.cost, found.rests) == (10, 2 * 101 + 8 * 102, 2)
    assert found.hold == 2 * 102 * 10**12
    assert stage.engine.digest() == before
    assert stage.engine.order_count() == 3


def test_an_icebergs_parts_are_taken_in_the_order_of_the_queue():
    stage = play("""
        alice sell 6 @ 101 show 2 -> accepted 1
        bob   sell 3 @ 101        -> accepted 2
    """)
    asked = bid(8, 101)
    assert stage.engine.preview(asked, stage.engine.now).fills == 8
