"""Groups over the wire: wholly or not at all, told by leg, and exactly once."""

import pytest

LIMIT = {"symbol": "XYZ", "type": "limit", "quantity": "4"}
BUY = LIMIT | {"side": "buy", "price": "49.00"}
PROFIT = LIMIT | {"side": "sell", "price": "55.00"}
LOSS = {"symbol": "XYZ", "type": "stop", "side": "sell", "quantity": "4", "stop_price": "45.00"}


def send(trader, kind, *orders, **headers):
    return trader.call("POST", "/orders/group", {"kind": kind, "orders": list(orders)}, **headers)


def enter(trader, kind, *orders):
    answer = send(trader, kind, *orders)
    assert answer.status_code == 201, answer.text
    return answer.json()


def statuses(trader, group):
    return [trader.order(order)["status"] for order in group["orders"]]


def test_a_bracket_holds_its_exits_until_the_parent_is_filled(floor):
    group = enter(floor.bob, "bracket", BUY, PROFIT, LOSS)
    assert list(group) == ["group_id", "kind", "orders"]
    parent, profit, loss = group["orders"]
    assert [o["status"] for o in group["orders"]] == ["new", "held", "held"]
    assert [o["group_id"] for o in group["orders"]] == [group["group_id"]] * 3
    assert [o["parent_id"] for o in group["orders"]] == [None, *[parent["order_id"]] * 2]
    assert (profit["price"], loss["stop_price"], loss["triggered_at"]) == ("55.00", "45.00", None)
    assert {o["order_id"] for o in floor.bob.get("/orders")["items"]} == {
        o["order_id"] for o in group["orders"]
    }
    floor.alice.rest("sell", 3, "49.00")
    assert statuses(floor.bob, group) == ["partially_filled", "held", "held"]
    floor.alice.rest("sell", 1, "49.00")
    assert statuses(floor.bob, group) == ["filled", "new", "new"]
    asset = next(b for b in floor.bob.get("/balances") if b["asset"] == "XYZ")
    assert asset["held"] == "4"
    floor.alice.rest("buy", 1, "55.00")
    less = floor.bob.order(loss)
    assert (less["leaves_quantity"], less["canceled_quantity"]) == ("3", "1")
    floor.alice.rest("buy", 3, "55.00")
    ended = floor.bob.order(loss)
    assert (ended["status"], ended["reason"]) == ("canceled", "group")


def test_a_pair_that_fills_at_once_never_enters_its_second_leg(floor):
    floor.alice.rest("buy", 9, "55.00")
    group = enter(floor.bob, "oco", PROFIT, LOSS)
    assert [(o["status"], o["reason"]) for o in group["orders"]] == [
        ("filled", None), ("canceled", "group"),
    ]  # fmt: skip


def test_canceling_a_leg_cancels_the_other_and_names_both(floor):
    group = enter(floor.bob, "oco", PROFIT, LOSS)
    ids = [o["order_id"] for o in group["orders"]]
    assert floor.bob.call("DELETE", f"/orders/{ids[0]}").json()["reason"] == "user"
    assert floor.bob.order(group["orders"][1])["reason"] == "group"


def test_canceling_the_parent_cancels_what_waits_for_it(floor):
    group = enter(floor.bob, "oto", BUY, LOSS)
    parent, leg = group["orders"]
    canceled = floor.bob.call("DELETE", "/orders?symbol=XYZ&side=buy").json()
    assert canceled == {"canceled": [parent["order_id"], leg["order_id"]]}
    assert floor.bob.order(leg)["reason"] == "parent"


REFUSED = [
    ("bracket", (BUY, PROFIT, LOSS | {"quantity": "5"}), 0, "not_allowed_combination"),
    ("bracket", (BUY, PROFIT), 0, "not_allowed_combination"),
    ("bracket", (BUY, LOSS, PROFIT), 0, "not_allowed_combination"),
    ("oco", (PROFIT, LOSS, BUY), 0, "not_allowed_combination"),
    ("oco", (PROFIT, LOSS | {"side": "buy"}), 0, "not_allowed_combination"),
    ("oco", (PROFIT, LOSS | {"symbol": "AAPL"}), 0, "not_allowed_combination"),
    ("oto", (BUY, LOSS | {"stop_price": "45.001"}), 1, "price_increment"),
    ("oto", (BUY, LOSS | {"symbol": "NONE"}), 1, "unknown_instrument"),
    ("oto", (BUY | {"quantity": "4000000"}, LOSS), 0, "insufficient_funds"),
    ("bracket", (BUY, PROFIT, LOSS | {"peg": "bid"}), 2, "not_allowed_combination"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "orders", "leg", "code"), REFUSED, ids=range(len(REFUSED)))
def test_a_refusal_names_the_leg_and_nothing_enters(floor, kind, orders, leg, code):
    answer = send(floor.bob, kind, *orders)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["leg"] == leg
    assert answer.json()["detail"].startswith(f"orders[{leg}]: ")
    assert floor.bob.get("/orders?status=all")["items"] == []


def test_a_refused_leg_says_what_would_have_been_allowed(floor):
    answer = send(floor.bob, "oto", BUY, LOSS | {"quantity": "0.5"}).json()
    assert (answer["leg"], answer["allowed"]) == (1, {"quantity_increment": "1"})


MALFORMED = [
    ({"kind": "oco"}, "missing_property", None),
    ({"kind": "all", "orders": [BUY, BUY]}, "invalid_value", None),
    ({"kind": "oco", "orders": []}, "invalid_value", None),
    ({"kind": "oco", "orders": [BUY]}, "invalid_value", None),
    ({"kind": "oco", "orders": [BUY] * 4}, "invalid_value", None),
    ({"kind": "oco", "orders": {"0": BUY}}, "invalid_type", None),
    ({"kind": "oco", "orders": [BUY, "sell"]}, "invalid_type", 1),
    ({"kind": "oco", "orders": [BUY, BUY | {"price": 49}]}, "invalid_type", 1),
    ({"kind": "oco", "orders": [BUY, BUY | {"group_id": "g1"}]}, "unknown_property", 1),
    ({"kind": "oco", "orders": [BUY, LIMIT | {"side": "buy"}]}, "missing_property", 1),
    ({"kind": "oco", "orders": [BUY | {"client_order_id": "x"}] * 2}, "invalid_value", 1),
    ({"kind": "oco", "orders": [BUY, BUY], "symbol": "XYZ"}, "unknown_property", None),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code", "leg"), MALFORMED, ids=range(len(MALFORMED)))
def test_a_group_that_makes_no_sense_is_a_400_that_names_the_leg(floor, body, code, leg):
    answer = floor.bob.call("POST", "/orders/group", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json().get("leg") == leg


def test_a_group_with_a_key_is_entered_once(floor):
    key = {"Idempotency-Key": "g-1"}
    first = send(floor.bob, "bracket", BUY, PROFIT, LOSS, **key)
    again = send(floor.bob, "bracket", BUY, PROFIT, LOSS, **key)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(floor.bob.get("/orders")["items"]) == 3
    other = send(floor.bob, "bracket", BUY, PROFIT, LOSS | {"stop_price": "44.00"}, **key)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


def test_the_name_of_any_leg_makes_the_group_be_recognised(floor):
    named = (BUY | {"client_order_id": "in"}, LOSS | {"client_order_id": "out"})
    first = send(floor.bob, "oto", *named)
    again = send(floor.bob, "oto", *named)
    assert (again.status_code, again.content) == (201, first.content)
    assert floor.bob.get("/orders/by-client-id/out")["status"] == "held"
    alone = floor.bob.call("POST", "/orders", named[1])
    assert (alone.status_code, alone.json()["code"]) == (409, "key_reused")
    half = send(floor.bob, "oto", BUY, named[1])
    assert (half.status_code, half.json()["code"]) == (409, "key_reused")
    assert len(floor.bob.get("/orders?status=all")["items"]) == 2


def test_a_refused_group_is_remembered_too(floor):
    named = (BUY | {"client_order_id": "in"}, LOSS | {"stop_price": "45.001"})
    first = send(floor.bob, "oto", *named)
    again = send(floor.bob, "oto", *named)
    assert (again.status_code, again.content) == (422, first.content)
    assert again.headers["x-sequence"] == first.headers["x-sequence"]


def test_a_group_needs_a_key_that_trades(floor):
    path = f"/accounts/{floor.bob.account_id}/keys"
    key = floor.admin("POST", path, {"permissions": ["read"]}).json()["key"]
    reader = floor.bob._replace(headers={"Authorization": f"Bearer {key}"})
    answer = send(reader, "oco", PROFIT, LOSS)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
