"""The token bucket of an account: even refill, cheap cancels, honest headers."""

import pytest

from openoutcry.gateway.limits import CANCEL_COST, Limits
from openoutcry.gateway.problems import Problem


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_without_a_limit_everything_passes_and_nothing_is_said():
    limits = Limits(0)
    assert all(limits.take("a") == () for _ in range(1000))


def test_a_bucket_holds_a_minute_of_requests_and_then_refuses(clock):
    limits = Limits(60, clock)
    for left in range(59, -1, -1):
        headers = dict(limits.take("a"))
        assert headers[b"ratelimit-limit"] == b"60"
        assert headers[b"ratelimit-remaining"] == b"%d" % left
        assert headers[b"ratelimit-reset"] == b"%d" % (60 - left)
    with pytest.raises(Problem) as refused:
        limits.take("a")
    assert refused.value.status == 429
    assert dict(refused.value.headers)[b"retry-after"] == b"1"


def test_it_refills_evenly(clock):
    limits = Limits(60, clock)
    for _ in range(60):
        limits.take("a")
    clock.now += 2.5
    limits.take("a")
    limits.take("a")
    with pytest.raises(Problem):
        limits.take("a")
    clock.now += 0.5
    limits.take("a")


def test_retry_after_is_long_enough_and_at_least_a_second(clock):
    limits = Limits(6, clock)
    for _ in range(6):
        limits.take("a")
    with pytest.raises(Problem) as refused:
        limits.take("a")
    wait = int(dict(refused.value.headers)[b"retry-after"])
    clock.now += wait
    limits.take("a")


def test_a_cancel_is_never_refused(clock):
    limits = Limits(1, clock)
    limits.take("a")
    for _ in range(50):
        assert dict(limits.take("a", CANCEL_COST))[b"ratelimit-remaining"] == b"0"


def test_an_account_does_not_feel_another(clock):
    limits = Limits(1, clock)
    limits.take("a")
    limits.take("b")
    with pytest.raises(Problem):
        limits.take("a")
