import httpx2
import pytest

from openoutcry.client import market, orders
from openoutcry.client.errors import Unintelligible
from openoutcry.client.exchange import Exchange, problem_of


def exchange(**options):
    options = {"reads_own_writes": True, "ca": None, **options}
    return Exchange("http://127.0.0.1:1/", "id.secret", **options)


def answer(status, content, **headers):
    return httpx2.Response(status, headers=headers, content=content)


def test_a_write_is_reflected_by_the_reads_after_it():
    knows = exchange()
    assert knows.http(market.clock()).url.query == b""
    knows.read(orders.cancel_all(), answer(200, b'{"canceled":[]}', **{"X-Sequence": "41"}))
    knows.read(orders.cancel_all(), answer(200, b'{"canceled":[]}', **{"X-Sequence": "40"}))
    assert knows.http(market.clock()).url.query == b"min_sequence=41"
    assert exchange(reads_own_writes=False).http(market.clock()).url.query == b""


def test_a_read_raises_nothing():
    knows = exchange()
    knows.read(market.instruments(), answer(200, b"[]", **{"X-Sequence": "99"}))
    assert knows.sequence == 0


def test_a_request_has_its_key_and_its_holder():
    request = orders.cancel(7, idempotency_key="mine")
    sent = exchange().http(request)
    assert (sent.method, sent.url.path) == ("DELETE", "/api/v1/orders/7")
    assert sent.headers["Idempotency-Key"] == "mine"
    assert sent.headers["Authorization"] == "Bearer id.secret"


def test_a_problem_of_something_before_the_venue_is_one_too():
    problem = problem_of(502, {"Retry-After": "3"}, b"<html>bad gateway</html>")
    assert (problem.status, problem.code, problem.retry_after) == (502, "", 3)


def test_what_is_not_this_api_is_named():
    with pytest.raises(Unintelligible, match="GET /clock"):
        exchange().read(market.clock(), answer(200, b"<html>"))
