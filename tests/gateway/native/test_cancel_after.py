"""The dead man's switch over HTTP."""

from datetime import datetime, timedelta

import pytest

from tests.gateway.native.floor import ADMIN, API


def seconds_until(answer, floor):
    now = floor.client.get(f"{API}/clock").json()["now"]
    moments = [datetime.fromisoformat(text) for text in (now, answer.json()["fires_at"])]
    return (moments[1] - moments[0]) / timedelta(seconds=1)


def ended(trader):
    return {o["order_id"]: o["reason"] for o in trader.get("/orders?status=closed")["items"]}


def test_it_says_when_it_fires_and_off_says_null(floor):
    answer = floor.bob.call("PUT", "/cancel-after", {"timeout_s": 60})
    assert answer.status_code == 200, answer.text
    assert 50 < seconds_until(answer, floor) <= 60
    longer = floor.bob.call("PUT", "/cancel-after", {"timeout_s": 120})
    assert seconds_until(longer, floor) > 100
    off = floor.bob.call("PUT", "/cancel-after", {"timeout_s": 0})
    assert off.json() == {"fires_at": None}
    assert int(off.headers["x-sequence"]) > int(longer.headers["x-sequence"])


def test_it_takes_all_open_orders_of_the_account_and_nobody_elses(floor):
    mine = [floor.bob.rest("buy", 1, price)["order_id"] for price in ("40.00", "41.00")]
    hers = floor.alice.rest("buy", 1, "42.00")["order_id"]
    floor.bob.call("PUT", "/cancel-after", {"timeout_s": 1})
    while floor.bob.get("/orders")["items"]:
        pass
    assert ended(floor.bob) == dict.fromkeys(mine, "cancel_after")
    assert [o["order_id"] for o in floor.alice.get("/orders")["items"]] == [hers]
    after = floor.bob.rest("buy", 1, "40.00")["order_id"]
    assert [o["order_id"] for o in floor.bob.get("/orders")["items"]] == [after]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_property"),
        ({"timeout_s": -1}, "invalid_value"),
        ({"timeout_s": 86_401}, "invalid_value"),
        ({"timeout_s": "30"}, "invalid_type"),
        ({"timeout_s": True}, "invalid_type"),
        ({"timeout_s": None}, "invalid_type"),
        ({"timeout_s": 5, "symbol": "XYZ"}, "unknown_property"),
    ],
)
def test_what_makes_no_sense_is_a_400(floor, body, code):
    answer = floor.bob.call("PUT", "/cancel-after", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_the_demo_account_without_a_key_may_not(floor):
    for headers in ({}, {"Authorization": "Bearer demo.demo"}):
        answer = floor.client.put(f"{API}/cancel-after", json={"timeout_s": 5}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    answer = floor.client.put(f"{API}/cancel-after", json={"timeout_s": 5}, headers=ADMIN)
    assert answer.status_code == 200


def test_a_key_that_only_reads_may_not(floor):
    path = f"/accounts/{floor.bob.account_id}/keys"
    key = floor.admin("POST", path, {"permissions": ["read"]}).json()["key"]
    reader = floor.bob._replace(headers={"Authorization": f"Bearer {key}"})
    answer = reader.call("PUT", "/cancel-after", {"timeout_s": 5})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


def test_a_repeated_call_is_answered_with_the_first_answer(floor):
    key = {"Idempotency-Key": "c-1"}
    first = floor.bob.call("PUT", "/cancel-after", {"timeout_s": 60}, **key)
    again = floor.bob.call("PUT", "/cancel-after", {"timeout_s": 60}, **key)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    other = floor.bob.call("PUT", "/cancel-after", {"timeout_s": 61}, **key)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
