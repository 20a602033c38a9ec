"""The alarm: one timer of the loop, for the earliest timer of the engine."""

import pytest

from openoutcry.sequencer.alarm import LOOK_S_MAX, LOOK_S_MIN, TOGETHER, Alarm
from tests.sequencer.rig import SECOND, START, Hands


class Timers:
    """An engine's, as far as the alarm can see them."""

    def __init__(self):
        self.due = []
        self.now = 0

    def next_due(self):
        return min(self.due, default=None)


class Loop:
    """A loop that only remembers what it was asked."""

    def __init__(self):
        self.waits = []

    def call_later(self, seconds, callback):
        self.waits.append((seconds, callback))
        return Handle(self.waits, self.waits[-1])


class Handle:
    def __init__(self, waits, wait):
        self._waits = waits
        self._wait = wait

    def cancel(self):
        self._waits.remove(self._wait)


@pytest.fixture
def rig():
    hands, engine, loop, rings = Hands(), Timers(), Loop(), []
    alarm = Alarm(engine, hands.clock(), loop=loop, ring=lambda: rings.append(hands.wall))
    return alarm, engine, hands, loop, rings


def test_without_timers_nothing_is_due_and_nothing_waits(rig):
    alarm, _, _, loop, _ = rig
    alarm.set()
    assert not alarm.is_due()
    assert loop.waits == []


def test_it_waits_until_the_earliest_timer_is_due(rig):
    alarm, engine, _, loop, _ = rig
    engine.due = [START + SECOND // 2, START + SECOND // 4]
    alarm.set()
    assert [seconds for seconds, _ in loop.waits] == [0.25]


def test_it_is_due_at_the_very_moment(rig):
    alarm, engine, hands, _, _ = rig
    engine.due = [START + 1]
    assert not alarm.is_due()
    hands.pass_(1)
    assert alarm.is_due()


def test_it_waits_once_unless_an_earlier_timer_comes(rig):
    alarm, engine, _, loop, _ = rig
    engine.due = [START + SECOND // 4]
    alarm.set()
    before = list(loop.waits)
    alarm.set()
    engine.due.append(START + SECOND // 2)
    alarm.set()
    engine.due.remove(START + SECOND // 4)
    alarm.set()
    assert loop.waits == before
    engine.due.append(START + SECOND // 8)
    alarm.set()
    assert [seconds for seconds, _ in loop.waits] == [0.125]


def test_it_never_waits_long_and_never_spins(rig):
    alarm, engine, _, loop, _ = rig
    engine.due = [START + 3600 * SECOND]
    alarm.set()
    engine.due = [START + 10]
    alarm.set()
    assert [seconds for seconds, _ in loop.waits] == [LOOK_S_MIN]
    alarm.stop()
    engine.due = [START + 3600 * SECOND]
    alarm.set()
    assert [seconds for seconds, _ in loop.waits] == [LOOK_S_MAX]


def test_it_rings_once_and_can_be_set_again(rig):
    alarm, engine, hands, loop, rings = rig
    engine.due = [START + SECOND]
    alarm.set()
    _, ring = loop.waits.pop()
    ring()
    assert rings == [hands.wall]
    alarm.set()
    assert len(loop.waits) == 1


def test_stopped_it_waits_for_nothing(rig):
    alarm, engine, _, loop, _ = rig
    engine.due = [START + SECOND]
    alarm.set()
    alarm.stop()
    alarm.stop()
    assert loop.waits == []


def test_after_a_rest_what_came_due_meanwhile_is_due_together(rig):
    alarm, engine, hands, _, _ = rig
    engine.now = START
    engine.due = [START + 1]
    alarm.rest()
    hands.pass_(TOGETHER - 1)
    assert not alarm.is_due()
    hands.pass_(1)
    assert alarm.is_due()


@pytest.mark.parametrize("due", [START - 1, START])
def test_there_is_no_rest_while_something_is_due_still(rig, due):
    alarm, engine, _, _, _ = rig
    engine.now = START
    engine.due = [due]
    alarm.rest()
    assert alarm.is_due()
