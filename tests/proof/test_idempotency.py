"""Two thousand requests, repeated, shuffled, across restarts: one effect, one answer."""

import pytest

from tests.proof import idempotency


@pytest.mark.slow
def test_a_repeated_request_has_one_effect_and_one_answer():
    assert idempotency.trial(1, requests=2_000)["requests"] >= 2_000
