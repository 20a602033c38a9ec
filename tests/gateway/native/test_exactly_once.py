"""A request that is sent again: one effect and the first answer, for ever."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from openoutcry.engine import retries
from openoutcry.history.history import LAG_MAX
from tests.gateway.native.floor import INSTRUMENT, open_floor

BID = ("buy", 5, "49.00")


def test_the_same_client_order_id_and_body_is_answered_with_the_first_answer(floor):
    first = floor.bob.place(*BID, client_order_id="c-1")
    again = floor.bob.place(*BID, client_order_id="c-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["x-sequence"] == first.headers["x-sequence"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(floor.bob.get("/orders")["items"]) == 1


def test_the_first_answer_stays_when_the_order_has_changed_since(floor):
    first = floor.bob.place(*BID, client_order_id="c-1")
    floor.bob.call("DELETE", f"/orders/{first.json()['order_id']}")
    assert floor.bob.place(*BID, client_order_id="c-1").content == first.content


def test_another_body_under_a_used_name_is_a_conflict(floor):
    floor.bob.place(*BID, client_order_id="c-1")
    answer = floor.bob.place("buy", 6, "49.00", client_order_id="c-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")


def test_each_account_has_names_of_its_own(floor):
    floor.bob.rest(*BID, client_order_id="c-1")
    floor.alice.rest(*BID, client_order_id="c-1")


def test_the_two_name_spaces_do_not_meet(floor):
    floor.bob.rest(*BID, client_order_id="c-1")
    body = {"symbol": "XYZ", "side": "buy", "type": "limit", "quantity": "1", "price": "1.00"}
    answer = floor.bob.call("POST", "/orders", body, **{"Idempotency-Key": "c-1"})
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers


def test_a_refusal_is_remembered_and_a_malformed_body_is_not(floor):
    refused = floor.bob.place("buy", 5, "49.001", client_order_id="c-1")
    assert refused.status_code == 422
    again = floor.bob.place("buy", 5, "49.001", client_order_id="c-1")
    assert (again.status_code, again.content) == (422, refused.content)
    malformed = floor.bob.place("buy", 5, "x", client_order_id="c-2")
    assert malformed.status_code == 400
    assert floor.bob.place(*BID, client_order_id="c-2").status_code == 201


def test_a_key_works_on_amends_and_cancels(floor):
    bid = floor.bob.rest(*BID)
    path = f"/orders/{bid['order_id']}"
    key = {"Idempotency-Key": "k-1"}
    first = floor.bob.call("PATCH", path, {"quantity": "4"}, **key)
    assert floor.bob.call("PATCH", path, {"quantity": "4"}, **key).content == first.content
    assert floor.bob.get(path)["revision"] == 1
    assert floor.bob.call("DELETE", path, None, **key).status_code == 409
    canceled = floor.bob.call("DELETE", path, None, **{"Idempotency-Key": "k-2"})
    assert canceled.status_code == 200
    again = floor.bob.call("DELETE", path, None, **{"Idempotency-Key": "k-2"})
    assert again.content == canceled.content


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/accounts", {"name": "carol", "cash": "5"}),
        ("POST", "/instruments", {**INSTRUMENT, "symbol": "NEW"}),
        ("PUT", "/instruments/XYZ/phase", {"phase": "halted"}),
        ("PATCH", "/instruments/XYZ", {"protection_bps": 300}),
    ],
)
def test_a_key_works_on_administration(floor, method, path, body):
    key = {"Idempotency-Key": "admin-1"}
    first = floor.admin(method, path, body, **key)
    assert first.status_code in (200, 201), first.text
    again = floor.admin(method, path, body, **key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"


def test_a_replayed_creation_of_a_key_does_not_show_its_secret_again(floor):
    path = f"/accounts/{floor.bob.account_id}/keys"
    key = {"Idempotency-Key": "key-1"}
    first = floor.admin("POST", path, {"permissions": ["read"]}, **key).json()
    again = floor.admin("POST", path, {"permissions": ["read"]}, **key).json()
    assert first["key"] == f"{first['key_id']}.{first['secret']}"
    assert again == {**first, "secret": None, "key": None}


def test_a_key_ends_in_the_future_unless_its_creation_is_repeated_after_its_end(floor):
    path = f"/accounts/{floor.bob.account_id}/keys"
    past = {"permissions": ["read"], "expires_at": "2020-01-01T00:00:00Z"}
    refused = floor.admin("POST", path, past)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_value")
    assert "expires_at is in the future" in refused.json()["detail"]
    end = datetime.now(UTC) + timedelta(seconds=1)
    soon, key = past | {"expires_at": end.isoformat()}, {"Idempotency-Key": "key-2"}
    first = floor.admin("POST", path, soon, **key)
    assert first.status_code == 201, first.text
    time.sleep(max(0, (end - datetime.now(UTC)).total_seconds()) + 0.05)
    again = floor.admin("POST", path, soon, **key)
    assert again.json() == {**first.json(), "secret": None, "key": None}
    assert floor.admin("POST", path, soon).status_code == 400


def test_history_never_lags_beyond_the_keys_that_the_engine_remembers():
    assert LAG_MAX < retries.KEYS_KEPT


def test_a_name_older_than_the_engine_remembers_is_found_in_history(monkeypatch, tmp_path):
    monkeypatch.setattr(retries, "KEYS_KEPT", 3)
    with open_floor(data_dir=str(tmp_path)) as floor:
        first = floor.bob.place(*BID, client_order_id="old-1")
        for n in range(5):
            floor.bob.place("buy", 1, "1.00", client_order_id=f"newer-{n}")
        floor.bob.get("/orders")  # History reaches what was asked before it, so it knows the key.
        again = floor.bob.place(*BID, client_order_id="old-1")
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        other = floor.bob.place("buy", 9, "49.00", client_order_id="old-1")
        assert (other.status_code, other.json()["code"]) == (409, "key_reused")
        headers = floor.bob.headers
    with open_floor(data_dir=str(tmp_path)) as floor:
        after = floor.bob._replace(headers=headers).place(*BID, client_order_id="old-1")
        assert (after.status_code, after.content) == (201, first.content)


def test_what_was_only_not_there_is_not_remembered(floor):
    key = {"Idempotency-Key": "later"}
    body = {"name": "carol", "cash": "5"}
    path = "/accounts/account-3/deposits"
    paid = {"asset": "USD", "quantity": "5"}
    assert floor.admin("POST", path, paid, **key).status_code == 404
    assert floor.admin("POST", "/accounts", body).json()["account_id"] == "account-3"
    first = floor.admin("POST", path, paid, **key)
    assert first.status_code == 201
    assert floor.admin("POST", path, paid, **key).content == first.content
