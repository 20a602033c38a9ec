"""The venue's time under a wall clock that is not to be trusted."""

import random

import pytest

from tests.sequencer.rig import SECOND, START, Hands

HOUR = 3600 * SECOND
YEAR = 365 * 24 * HOUR


@pytest.fixture
def hands():
    return Hands()


def test_it_starts_with_the_wall_clock_or_the_last_record_whichever_is_later(hands):
    assert hands.clock(0).stamp() == START
    assert hands.clock(START - 1).stamp() == START
    assert hands.clock(START).stamp() == START + 1
    assert hands.clock(START + HOUR).stamp() == START + HOUR + 1


def test_two_stamps_are_never_equal(hands):
    clock = hands.clock()
    assert [clock.stamp() for _ in range(4)] == [START, START + 1, START + 2, START + 3]


def test_it_follows_the_wall_clock_while_that_goes_as_it_should(hands):
    clock = hands.clock()
    for _ in range(5):
        hands.pass_(SECOND)
        assert clock.now() == clock.stamp() == hands.wall
        assert clock.wall_behind() == 0


def test_when_the_wall_clock_is_set_back_it_keeps_its_pace_and_says_how_far(hands):
    clock = hands.clock()
    before = clock.stamp()
    hands.wall -= HOUR
    hands.pass_(3 * SECOND)
    assert clock.now() == clock.stamp() == before + 3 * SECOND
    assert clock.wall_behind() == HOUR
    hands.pass_(2 * HOUR)
    assert clock.stamp() == before + 3 * SECOND + 2 * HOUR


def test_when_the_wall_clock_is_a_little_ahead_it_follows_at_once(hands):
    clock = hands.clock()
    clock.stamp()
    hands.wall += SECOND - 1
    assert clock.leap() == 0
    assert clock.now() == clock.stamp() == START + SECOND - 1


def test_when_the_wall_clock_is_set_far_forward_it_catches_up_in_a_leap(hands):
    clock = hands.clock()
    before = clock.stamp()
    hands.wall += YEAR
    assert clock.now() == before
    assert clock.stamp() == before + 1
    assert clock.leap() == YEAR - 2
    assert clock.leap() == 0
    assert clock.stamp() == START + YEAR
    assert clock.wall_behind() == 0


def test_it_goes_on_with_the_wall_clock_when_that_has_caught_up_again(hands):
    clock = hands.clock(START + HOUR)
    clock.stamp()
    hands.wall += 2 * HOUR
    clock.leap()
    assert clock.stamp() == START + 2 * HOUR
    assert clock.wall_behind() == 0


def test_whatever_the_wall_clock_does_stamps_rise_and_time_passes(hands):
    dice = random.Random(1)
    clock = hands.clock()
    for _ in range(2000):
        before = clock.stamp()
        hands.wall += dice.choice((0, 1, SECOND, HOUR, YEAR, -1, -SECOND, -HOUR, -YEAR))
        elapsed = dice.choice((0, 1, 10, SECOND))
        hands.pass_(elapsed)
        clock.leap()
        now = clock.now()
        after = clock.stamp()
        assert after > before
        assert after >= before + elapsed
        assert after >= hands.wall
        assert now <= after <= now + 1
