"""Kills at any moment: what was acknowledged is there, once."""

import pytest

from tests.proof import kills


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_venue_keeps_every_promise_it_made(seed):
    counted = kills.trial(seed, kills=3)
    assert counted["kills"] == 3
    assert counted["acknowledged"] > 30
