"""The journal alone makes the state that the venue had."""

import pytest

from tests.proof import replay


@pytest.mark.slow
def test_what_was_lived_is_what_is_read_again():
    assert replay.trial(1, seconds=1.0)["events"] > 100
