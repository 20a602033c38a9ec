"""Kills at any moment: what was acknowledged is there, once."""

import pytest

from tests.proof import kills


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "times"), [(1, 3), (2, 2)])
def test_a_killed_venue_keeps_every_promise_it_made(seed, times):
    counted = kills.trial(seed, kills=times)
    assert counted["kills"] == times
    assert counted["acknowledged"] > 30
