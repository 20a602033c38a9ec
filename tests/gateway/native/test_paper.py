"""An account that begins anew, and a position that is given up."""

import pytest


def position(trader):
    answer = trader.call("GET", "/positions/XYZ")
    return answer.json()["quantity"] if answer.status_code == 200 else None


def buy(floor, quantity, price="50.00"):
    floor.alice.rest("sell", quantity, price)
    return floor.bob.rest("buy", quantity, price)


def test_a_reset_leaves_nothing_but_cash(floor):
    buy(floor, 5)
    floor.bob.rest("buy", 3, "40.00")
    answer = floor.bob.call("POST", "/account/reset", {"cash": "5000"})
    assert answer.status_code == 200, answer.text
    account = answer.json()
    assert (account["cash"], account["equity"], account["buying_power"]) == ("5000",) * 3
    assert account == floor.bob.get("/account")
    assert floor.bob.get("/orders")["items"] == []
    assert floor.bob.get("/orders?status=closed")["items"][0]["reason"] == "reset"
    assert position(floor.bob) in (None, "0")
    left = {b["asset"]: b["total"] for b in floor.bob.get("/balances") if b["total"] != "0"}
    assert left == {"USD": "5000"}
    assert floor.alice.get("/account")["cash"] != "5000"


def test_a_reset_is_made_once(floor):
    key = {"Idempotency-Key": "r-1"}
    first = floor.bob.call("POST", "/account/reset", {"cash": "5000"}, **key)
    floor.bob.rest("buy", 3, "40.00")
    again = floor.bob.call("POST", "/account/reset", {"cash": "5000"}, **key)
    assert again.content == first.content
    assert len(floor.bob.get("/orders")["items"]) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_property"),
        ({"cash": "-1"}, "invalid_value"),
        ({"cash": 5}, "invalid_type"),
        ({"cash": "5", "name": "x"}, "unknown_property"),
    ],
)
def test_what_makes_no_sense_is_a_400(floor, body, code):
    answer = floor.bob.call("POST", "/account/reset", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_both_need_the_permission_to_trade(floor):
    path = f"/accounts/{floor.bob.account_id}/keys"
    key = floor.admin("POST", path, {"permissions": ["read"]}).json()["key"]
    reader = floor.bob._replace(headers={"Authorization": f"Bearer {key}"})
    assert reader.call("POST", "/account/reset", {"cash": "5"}).status_code == 403
    assert reader.call("DELETE", "/positions/XYZ").status_code == 403


def test_a_blocked_account_is_not_reset_by_its_owner(floor):
    floor.admin("PATCH", f"/accounts/{floor.bob.account_id}", {"status": "blocked"})
    answer = floor.bob.call("POST", "/account/reset", {"cash": "5"})
    assert (answer.status_code, answer.json()["code"]) == (422, "account_blocked")
    path = f"/accounts/{floor.bob.account_id}/reset"
    assert floor.admin("POST", path, {"cash": "5"}).status_code == 200


def test_a_position_is_closed_at_market(floor):
    buy(floor, 5)
    floor.alice.rest("buy", 9, "49.00")
    answer = floor.bob.call("DELETE", "/positions/XYZ")
    assert answer.status_code == 200, answer.text
    order = answer.json()
    assert (order["side"], order["type"], order["quantity"]) == ("sell", "market", "5")
    assert (order["status"], order["average_price"], order["reduce_only"]) == (
        "filled",
        "49.00",
        True,
    )
    assert position(floor.bob) == "0"
    assert floor.bob.call("DELETE", "/positions/XYZ").status_code == 404


def test_what_nobody_takes_stays(floor):
    buy(floor, 5)
    floor.alice.rest("buy", 2, "49.00")
    order = floor.bob.call("DELETE", "/positions/XYZ").json()
    assert (order["status"], order["cum_quantity"]) == ("canceled", "2")
    assert order["reason"] == "insufficient_liquidity"
    assert position(floor.bob) == "3"


def test_a_repeated_call_is_answered_with_the_first_answer(floor):
    buy(floor, 5)
    floor.alice.rest("buy", 9, "49.00")
    key = {"Idempotency-Key": "f-1"}
    first = floor.bob.call("DELETE", "/positions/XYZ", **key)
    again = floor.bob.call("DELETE", "/positions/XYZ", **key)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"


def test_a_refusal_is_the_engines(floor):
    buy(floor, 5)
    floor.admin("PUT", "/instruments/XYZ/phase", {"phase": "halted"})
    answer = floor.bob.call("DELETE", "/positions/XYZ")
    assert (answer.status_code, answer.json()["code"]) == (422, "halted")
    assert floor.bob.call("DELETE", "/positions/NONE").status_code == 404
