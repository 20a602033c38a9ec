"""Nothing in memory grows with what has ended: timers, alarms, stops, pegs, what caps count."""

import gc
import tracemalloc
from functools import partial

import pytest

from openoutcry.engine.timers import SPARE
from openoutcry.model.commands import CancelOrder, Command, EnterOrder, SetCancelAfter
from openoutcry.model.order import Door, OrderType, Peg, Side, Special, TimeInForce
from openoutcry.model.record import Entry
from tests.scenarios.language import play
from tests.stage import SECOND, Stage

ROUNDS = 3 * SPARE
MOST = 200 * SPARE
"""Bytes."""
DAY = 86_400 * SECOND
TRAILING = {"type": OrderType.TRAILING_STOP, "price": None}
KINDS = {
    "plain": {},
    "gtd": {"time_in_force": TimeInForce.GTD, "special": Special(expires_at=1 << 62)},
    "stop": {"type": OrderType.STOP, "price": None, "special": Special(stop_price=90)},
    "trailing": {**TRAILING, "special": Special(trail=5)},
    "trailing, not active": {**TRAILING, "special": Special(trail_bps=50, activation_price=150)},
    "pegged": {"type": OrderType.PEGGED, "price": None, "special": Special(peg=Peg.ASK)},
    "reduce-only": {"special": Special(reduce_only=True)},
}


def send(stage: Stage, command: Command):
    stage.later(1)
    entry = Entry(at=stage.at, actor="test", door=Door.NATIVE, command=command)
    return stage.engine.apply(entry)


def come_and_go(stage: Stage, **terms: object) -> None:
    whole = {
        "account_id": "alice",
        "symbol": "ACME",
        "side": Side.SELL,
        "type": OrderType.LIMIT,
        "quantity": 2,
        "price": 120,
        **terms,
    }
    (accepted, *_) = send(stage, EnterOrder(**whole))
    order_id = accepted.order.terms.order_id
    send(stage, CancelOrder(account_id="alice", order_id=order_id))
    assert stage.engine.order(order_id) is None


@pytest.fixture
def grown():
    """Return how many bytes more there are than when this was asked first."""
    tracemalloc.start()
    yield partial(_grown, [])
    tracemalloc.stop()


def _grown(first: list[int]) -> int:
    gc.collect()
    now, _ = tracemalloc.get_traced_memory()
    first.append(now)
    return now - first[0]


@pytest.mark.parametrize("kind", list(KINDS))
def test_orders_that_come_and_go_leave_nothing(kind, grown):
    stage = play("""
        venue cap alice 900 -> changed alice
        bob   sell 5 @ 110  -> accepted 1
        carol sell 1 @ 100  -> accepted 2
        alice buy 1 @ 100   -> accepted 3 | executed 3x2 1 @ 100
    """)
    come_and_go(stage, **KINDS[kind])
    size, _ = len(stage.engine.snapshot()), grown()
    for _ in range(ROUNDS):
        come_and_go(stage, **KINDS[kind])
    assert len(stage.engine.snapshot()) <= size + 64, "counters may have more digits"
    assert grown() < MOST, "so many stale timers may wait to be swept out, and no more"


def test_a_switch_that_is_renewed_again_and_again_is_one_alarm(grown):
    stage = play("alice buy 1 @ 90 -> accepted 1")
    send(stage, SetCancelAfter(account_id="alice", timeout=DAY))
    grown()
    for _ in range(ROUNDS):
        send(stage, SetCancelAfter(account_id="alice", timeout=DAY))
    assert grown() < MOST / 10
