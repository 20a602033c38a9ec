"""Timers go off in order of time, whatever order they were set in, and stale ones never."""

import random
from types import SimpleNamespace

import pytest

from openoutcry.engine.timers import SPARE, Timers
from openoutcry.model.order import Special
from tests.scenarios.language import play

STEPS = 4_000
EXPIRES = Special(expires_at=1)


def order_of(order_id, special=None):
    return SimpleNamespace(terms=SimpleNamespace(order_id=order_id, special=special), due=None)


class Clockwork:
    """Timers beside the plainest thing that does the same: a look at every order."""

    def __init__(self, seed):
        self.lot = random.Random(seed)
        self.orders = {}
        self.timers = Timers(self.orders)
        self.now = 0
        self.made = 0

    def set(self):
        delayed = self.lot.random() < 0.8
        self.made += 1
        order = order_of(self.made, None if delayed else EXPIRES)
        self.orders[order.terms.order_id] = order
        span = self.lot.choice((50, 50, 50, 30)) if delayed else self.lot.randrange(400)
        self.timers.set(order, self.now + span)

    def end(self):
        if self.orders:
            del self.orders[self.lot.choice(list(self.orders))]

    def change(self):
        expiring = [o for o in self.orders.values() if o.terms.special is EXPIRES]
        if expiring:
            self.timers.set(self.lot.choice(expiring), self.now + self.lot.randrange(400))

    def first(self):
        due = [(o.due, o.terms.order_id) for o in self.orders.values() if o.due is not None]
        return min(due, default=None)

    def go_on(self):
        self.now += self.lot.randrange(20)
        while (first := self.first()) is not None and first[0] <= self.now:
            assert self.timers.first() == first
            order = self.timers.pop()
            assert (order.due, order.terms.order_id) == first
            order.due = None
            if self.lot.random() < 0.5:
                del self.orders[order.terms.order_id]
        assert self.timers.first() == first


@pytest.mark.parametrize("seed", range(4))
def test_the_earliest_comes_first_and_of_equal_ones_the_older(seed):
    clockwork = Clockwork(seed)
    ways = (clockwork.set, clockwork.set, clockwork.end, clockwork.change, clockwork.go_on)
    for _ in range(STEPS):
        clockwork.lot.choice(ways)()
        if clockwork.lot.random() < 0.01:
            clockwork.timers.renew()


def test_stale_ones_are_swept_out():
    clockwork = Clockwork(1)
    for _ in range(5 * SPARE):
        clockwork.set()
        clockwork.end()
        assert len(clockwork.timers) <= SPARE + 2


def test_a_sweep_keeps_what_is_still_due():
    clockwork = Clockwork(2)
    for _ in range(10):
        clockwork.set()
    lasting = dict(clockwork.orders)
    for _ in range(5 * SPARE):
        clockwork.set()
        del clockwork.orders[clockwork.made]
    assert clockwork.orders == lasting
    clockwork.now += 1_000
    clockwork.go_on()
    assert all(order.due is None for order in lasting.values())


def test_an_order_that_expires_far_ahead_does_not_stand_in_the_way_of_the_queue():
    stage = play("""
        alice buy 5 @ 90 until 2592000s -> accepted 1
        demo  simple 1                  -> pended 2
        demo  simple 1                  -> pended 3
        demo  simple 1                  -> pended 4
    """)
    timers = stage.engine._state.timers
    assert (len(timers._queue), len(timers._heap)) == (3, 1)
    assert timers.first() == timers._queue[0]
