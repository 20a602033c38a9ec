"""Requests that could not be read any more are answered as the first time, if they came before."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from openoutcry.engine import retries
from tests.gateway.native.floor import INSTRUMENT, open_floor

KEY = {"Idempotency-Key": "k-1"}


def equal(first, again):
    """Say that the second answer is the first one again."""
    assert first.status_code < 400, first.text
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["x-sequence"] == first.headers["x-sequence"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


@pytest.fixture
def new(floor):
    """A floor with another instrument, in which nobody trades."""
    floor.admin("POST", "/instruments", {**INSTRUMENT, "symbol": "NEW"})
    return floor


def test_a_change_of_an_instrument_that_is_listed_no_more(new):
    sent = ("PATCH", "/instruments/NEW", {"protection_bps": 300})
    first = new.admin(*sent, **KEY)
    assert new.admin("DELETE", "/instruments/NEW").status_code == 200
    equal(first, new.admin(*sent, **KEY))
    unknown = new.admin(*sent, **{"Idempotency-Key": "k-2"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_instrument")
    other = new.admin("PATCH", "/instruments/NEW", {"protection_bps": 200}, **KEY)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


def test_a_change_of_an_instrument_whose_grid_is_another_one_now(new):
    sent = ("PATCH", "/instruments/NEW", {"reference_price": "50.01"})
    first = new.admin(*sent, **KEY)
    coarse = {"price_increment": "0.05", "reference_price": "50"}
    assert new.admin("PATCH", "/instruments/NEW", coarse).status_code == 200
    equal(first, new.admin(*sent, **KEY))
    assert new.admin(*sent).status_code == 400


def test_a_change_of_an_account_on_margin_whose_worth_is_another_one_now(floor):
    path = f"/accounts/{floor.bob.account_id}"
    assert floor.admin("PATCH", path, {"margin": 2}).status_code == 200
    floor.bob.rest("sell", 3, "50.00")
    first = floor.admin("PATCH", path, {"name": "Bob"}, **KEY)
    told = first.json()
    assert (told["initial_margin"], told["maintenance_margin"]) == ("75", "0")
    floor.alice.rest("buy", 1, "50.00")
    floor.bob.rest("buy", 1, "40.00")
    equal(first, floor.admin("PATCH", path, {"name": "Bob"}, **KEY))
    assert floor.admin("GET", path).json()["equity"] != told["equity"]


def test_an_amend_by_the_name_that_the_order_had_then(floor):
    bid = floor.bob.rest("buy", 5, "49.00", client_order_id="c-1")
    path, change = f"/orders/{bid['order_id']}", {"quantity": "4", "client_order_id": "c-1"}
    first = floor.bob.call("PATCH", path, change, **KEY)
    assert floor.bob.amend(bid, client_order_id="c-2").status_code == 200
    equal(first, floor.bob.call("PATCH", path, change, **KEY))
    assert floor.bob.get(path)["client_order_id"] == "c-2"
    late = floor.bob.call("PATCH", path, change, **{"Idempotency-Key": "k-2"})
    assert (late.status_code, late.json()["code"]) == (409, "key_reused")


def test_a_cancel_that_came_too_late_when_a_bust_has_changed_the_order_since(floor):
    floor.alice.rest("sell", 2, "50.00")
    bid = floor.bob.rest("buy", 5, "50.00")
    path = f"/orders/{bid['order_id']}"
    assert floor.bob.call("DELETE", path).status_code == 200
    first = floor.bob.call("DELETE", path, **KEY)
    assert first.json()["cum_quantity"] == "2"
    assert floor.admin("POST", "/trades/1/bust", {}).status_code == 200
    assert floor.bob.get(path)["cum_quantity"] == "0"
    equal(first, floor.bob.call("DELETE", path, **KEY))


def test_a_bust_of_a_trade_that_has_left_history(floor, monkeypatch):
    floor.alice.rest("sell", 2, "50.00")
    floor.bob.rest("buy", 2, "50.00")
    sent = ("POST", "/trades/1/bust", {"reason": "a slip"})
    first = floor.admin(*sent, **KEY)
    assert first.json() == floor.bob.get("/trades/XYZ")["items"][0]
    history = floor.client.app.state.venue.history
    monkeypatch.setattr(history, "trade", lambda _: None)
    equal(first, floor.admin(*sent, **KEY))
    unknown = floor.admin(*sent, **{"Idempotency-Key": "k-2"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_trade")
    other = floor.admin("POST", "/trades/1/bust", {"reason": "another"}, **KEY)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


def test_what_the_engine_has_forgotten_is_found_in_history(monkeypatch, tmp_path):
    monkeypatch.setattr(retries, "KEYS_KEPT", 2)
    with open_floor(data_dir=str(tmp_path)) as floor:
        floor.alice.rest("sell", 2, "50.00")
        floor.bob.rest("buy", 2, "50.00")
        floor.alice.rest("buy", 1002, "50.00")
        closed = floor.bob.call("DELETE", "/positions/XYZ", **KEY)
        assert closed.json()["status"] == "filled"
        end = datetime.now(UTC) + timedelta(seconds=0.5)
        path = f"/accounts/{floor.bob.account_id}/keys"
        soon = {"permissions": ["read"], "expires_at": end.isoformat()}
        made = floor.admin("POST", path, soon, **KEY)
        for n in range(3):
            floor.bob.place("buy", 1, "1.00", client_order_id=f"newer-{n}")
        floor.bob.get("/orders")  # History reaches what was asked before it.
        equal(closed, floor.bob.call("DELETE", "/positions/XYZ", **KEY))
        nothing = floor.bob.call("DELETE", "/positions/XYZ", **{"Idempotency-Key": "k-2"})
        assert (nothing.status_code, nothing.json()["code"]) == (404, "not_found")
        time.sleep(max(0, (end - datetime.now(UTC)).total_seconds()) + 0.01)
        again = floor.admin("POST", path, soon, **KEY)
        assert again.json() == {**made.json(), "secret": None, "key": None}
        assert floor.admin("POST", path, soon).status_code == 400


def test_nothing_is_recalled_for_whoever_may_not_ask(floor):
    sent = ("POST", "/trades/1/bust", {})
    floor.admin(*sent, **KEY)
    assert floor.bob.call("POST", "/admin/trades/1/bust", {}, **KEY).status_code == 403
    assert json.loads(floor.admin(*sent, **KEY).content)["code"] == "unknown_trade"
