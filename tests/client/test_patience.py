import pytest

from openoutcry.client.errors import Problem, Unanswered
from openoutcry.client.patience import Attempts, Patience, Waits


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def patience(clock, seconds=10.0):
    return Patience(seconds=seconds, first_wait_s=1.0, longest_wait_s=4.0, clock=clock)


def test_waits_grow_to_a_limit_and_are_spread(clock):
    waits = Waits(patience(clock))
    for longest in (1, 2, 4, 4, 4):
        assert longest / 2 <= waits.next() <= longest


def test_the_venue_may_ask_for_a_longer_wait(clock):
    assert Waits(patience(clock)).next(7.0) == 7.0


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_is_not_now_is_tried_again(clock, status):
    attempts = Attempts(patience(clock), "k")
    assert attempts.wait_after(Problem(status, "not_ready", "", retry_after=3.0)) == 3.0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 500])
def test_a_refusal_is_final(clock, status):
    refusal = Problem(status, "code", "words")
    with pytest.raises(Problem) as raised:
        Attempts(patience(clock), "k").wait_after(refusal)
    assert raised.value is refusal


def test_silence_is_waited_out_and_then_nobody_knows(clock):
    attempts = Attempts(patience(clock), "the-key")
    clock.now = 8.0
    assert attempts.wait_after(ConnectionError("gone")) <= 1.0
    clock.now = 9.9
    with pytest.raises(Unanswered, match="gone") as raised:
        attempts.wait_after(ConnectionError("gone"))
    assert raised.value.key == "the-key"


def test_a_venue_that_asks_for_more_patience_than_there_is_has_the_last_word(clock):
    busy = Problem(503, "disk_low", "", retry_after=60.0)
    with pytest.raises(Problem) as raised:
        Attempts(patience(clock), "k").wait_after(busy)
    assert raised.value is busy


def test_no_patience_is_one_attempt(clock):
    with pytest.raises(Unanswered):
        Attempts(patience(clock, seconds=0.0), None).wait_after(TimeoutError())
