"""The pace keeps agents under their maximum in every second."""

import random

from openoutcry.simulation.pace import BURST, COMMANDS_PER_SECOND_MAX, Pace


def taken(pace, now):
    count = 0
    while pace.allows(now):
        pace.count()
        count += 1
    return count


def test_a_rested_pace_allows_one_burst():
    assert taken(Pace(5.0), 5.0) == BURST
    rested = Pace(5.0)
    assert taken(rested, 500.0) == BURST


def test_no_second_has_more_than_the_maximum_wherever_it_begins():
    dice = random.Random(7)
    pace, now, times = Pace(0.0), 0.0, []
    for _ in range(3_000):
        now += dice.choice((0.001, 0.01, 0.1, 0.5))
        times += [now] * taken(pace, now)
    for place, start in enumerate(times):
        within = sum(
            1 for at in times[place : place + 2 * COMMANDS_PER_SECOND_MAX] if at < start + 1
        )
        assert within <= COMMANDS_PER_SECOND_MAX


def test_a_clock_that_stands_still_or_goes_back_earns_nothing():
    pace = Pace(10.0)
    assert taken(pace, 10.0) == BURST
    assert taken(pace, 10.0) == 0
    assert taken(pace, 9.0) == 0
    assert taken(pace, 10.0) == 0
