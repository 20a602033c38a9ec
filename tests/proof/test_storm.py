"""Every call that changes something, repeated through a kill and a stop: one effect, one answer."""

import pytest

from openoutcry.gateway.native import preview
from openoutcry.gateway.native.market import market_routes
from openoutcry.gateway.native.routes import PREFIX, TABLE
from openoutcry.gateway.native.stream.methods import METHODS
from tests.proof import storm
from tests.proof.storm_requests import DRAWN, SPOKEN

READING = {"GET", "HEAD"}


def test_a_storm_sends_every_call_that_changes_something():
    writing = {(method, path) for method, path, _ in TABLE if method not in READING}
    assert set(DRAWN) == writing - {("POST", preview.PATH.removeprefix(PREFIX))}
    assert all(route.methods <= READING for route in market_routes(None))


def test_a_storm_sends_every_method_of_the_stream_that_changes_something():
    assert set(SPOKEN) == set(METHODS)
    assert set(SPOKEN.values()) <= set(DRAWN)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "forgets"), [(1, False), (2, True)])
def test_a_request_has_one_effect_and_one_answer_however_often_it_is_sent(seed, forgets):
    counted, done = storm.trial(seed, requests=200, forgets=forgets)
    assert counted["requests"] > 500
    assert counted["unanswered"] > 0
    assert counted["by stream"] > 50
    assert done.keys() == DRAWN.keys() | SPOKEN.keys(), "everything did something"
