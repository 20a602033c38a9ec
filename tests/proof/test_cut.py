"""Batches that a kill cuts in two: the rest is entered once, by whoever sends them again."""

import pytest

from tests.proof import cut


@pytest.mark.slow
def test_a_batch_that_was_cut_is_completed_once():
    counted = cut.trial(1, kills=cut.KILLS[:2])
    assert counted["cut, by name"] > 0
    assert counted["cut, by key"] > 0
    assert counted["settled"] == counted["whole"] + counted["cut"] + counted["absent"]
