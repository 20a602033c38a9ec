"""Two thousand requests, repeated, shuffled, across restarts: one effect, one answer."""

import pytest

from openoutcry.engine import retries
from openoutcry.history import history
from tests.proof import idempotency


@pytest.mark.slow
def test_a_repeated_request_has_one_effect_and_one_answer():
    assert idempotency.trial(1, requests=2_000)["requests"] >= 2_000


@pytest.mark.slow
def test_so_has_one_whose_key_the_engine_has_forgotten_long_ago(monkeypatch):
    # History may lag by half of the window, and by what is on its way to the disk.
    monkeypatch.setattr(retries, "KEYS_KEPT", 400)
    monkeypatch.setattr(history, "LAG_MAX", 150)
    assert idempotency.trial(2, requests=1_000)["requests"] >= 1_000
