"""Two thousand requests, repeated, shuffled, across restarts: one effect, one answer."""

import asyncio

import pytest

from openoutcry.engine import retries
from openoutcry.history import history
from tests.proof import idempotency
from tests.proof.inside import ADMIN_KEY, open_inside


@pytest.mark.slow
def test_a_repeated_request_has_one_effect_and_one_answer():
    assert idempotency.trial(1, requests=2_000)["requests"] >= 2_000


@pytest.mark.slow
def test_so_has_one_whose_key_the_engine_has_forgotten_long_ago(monkeypatch):
    # History may lag by half of the window, and by what is on its way to the disk.
    monkeypatch.setattr(retries, "KEYS_KEPT", 400)
    monkeypatch.setattr(history, "LAG_MAX", 150)
    assert idempotency.trial(2, requests=1_000)["requests"] >= 1_000


LIVE_ANSWERS = [
    ("PATCH", "/accounts/{account_id}", {"name": "renamed"}),
    ("PUT", "/instruments/AAPL/phase", {"phase": "halted"}),
]


@pytest.mark.parametrize(("method", "path", "content"), LIVE_ANSWERS)
def test_a_repeated_change_is_answered_as_the_first_time_whatever_happened_meanwhile(
    tmp_path, method, path, content
):
    async def story():
        async with open_inside(tmp_path) as venue:
            account_id, _ = await venue.open_account("owner")
            whole = f"/api/v1/admin{path.format(account_id=account_id)}"
            sent = (method, whole, content)
            first = await venue.call(*sent, key=ADMIN_KEY, idempotency_key="k")
            deposit = {"asset": "USD", "quantity": "5"}
            await venue.admin("POST", f"/accounts/{account_id}/deposits", deposit)
            await venue.admin("PUT", "/instruments/AAPL/phase", {"phase": "continuous"})
            again = await venue.call(*sent, key=ADMIN_KEY, idempotency_key="k")
            assert (first.status, first.body) == (again.status, again.body)

    asyncio.run(story())
