"""What an operator sees at /metrics."""

import re

from openoutcry.gateway import metrics as gateway_metrics
from openoutcry.gateway.metrics import CODES_MAX, MEASURED_EVERY, Metrics
from tests.gateway.native.floor import open_floor


def value_of(text, name):
    found = re.search(rf"^{re.escape(name)} ([0-9.e+-]+)$", text, re.MULTILINE)
    assert found, name
    return float(found[1])


def test_calls_that_are_turned_away_are_counted_by_code():
    with open_floor(rate_limit=3, auth="keys") as floor:
        for _ in range(3):
            floor.client.get("/api/v1/account", headers={"authorization": "Bearer no.key"})
        for _ in range(5):
            floor.bob.call("GET", "/account")
        floor.client.get("/health", headers={"host": "evil.example"})
        text = scrape(floor)
    assert value_of(text, 'openoutcry_problems_total{code="unauthenticated"}') == 3
    assert value_of(text, 'openoutcry_problems_total{code="rate_limited"}') == 2
    assert value_of(text, 'openoutcry_problems_total{code="host_not_allowed"}') == 1


def scrape(floor):
    answer = floor.client.get("/metrics", headers={"authorization": "Bearer root-key-of-the-tests"})
    assert answer.status_code == 200
    return answer.text


def test_one_answer_in_so_many_is_timed():
    with open_floor() as floor:
        calls = 4 * MEASURED_EVERY
        before = scrape(floor)
        for _ in range(calls):
            floor.bob.call("GET", "/account")
        after = scrape(floor)
        name = 'openoutcry_http_seconds_count{kind="read"}'
        assert calls // MEASURED_EVERY <= value_of(after, name) - value_of(before, name)
        assert value_of(after, name) - value_of(before, name) <= calls // MEASURED_EVERY + 1
        assert value_of(after, 'openoutcry_http_seconds_bucket{kind="write",le="+Inf"}') >= 0


def test_release_and_epoch_are_told():
    with open_floor() as floor:
        status = floor.bob.get("/status")
        version, epoch = status["version"], status["epoch"]
        labels = f'{{epoch="{epoch}",version="{version}"}}'
        assert value_of(scrape(floor), f"openoutcry_info{labels}") == 1


def test_codes_are_counted_up_to_a_maximum():
    metrics = Metrics()
    for number in range(CODES_MAX + 5):
        metrics.refuse(f"code {number}")
    metrics.refuse("code 0")
    assert len(metrics.problems) == CODES_MAX
    assert metrics.problems["code 0"] == 2


def test_the_first_of_every_so_many_calls_is_measured(monkeypatch):
    monkeypatch.setattr(gateway_metrics, "MEASURED_EVERY", 3)
    metrics = Metrics()
    assert [metrics.is_measured() for _ in range(7)] == [
        True, False, False, True, False, False, True,
    ]  # fmt: skip
