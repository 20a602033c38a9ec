"""Amending every term that may be amended, over the wire."""

import pytest

STOP = {"stop_price": "60.00"}


def amended(trader, order, **changes):
    answer = trader.amend(order, **changes)
    assert answer.status_code == 200, answer.text
    return answer.json()


CHANGES = [
    ("stop", STOP, {"stop_price": "61.00"}),
    ("stop_limit", STOP | {"price": "61.00"}, {"stop_price": "62.00", "price": "63.00"}),
    ("trailing_stop", {"trail": "5.00"}, {"trail": "6.50"}),
    ("trailing_stop", {"trail_bps": 100}, {"trail_bps": 250}),
    ("pegged", {"peg": "bid", "price": "45.00"}, {"peg_offset": "-0.05"}),
    ("limit", {"price": "40.00", "display_quantity": "2"}, {"display_quantity": "3"}),
    ("limit", {"price": "40.00", "time_in_force": "gtd", "expires_at": "2199-01-01T00:00:00Z"},
     {"expires_at": "2199-01-02T00:00:00.000000Z"}),
    ("limit", {"price": "40.00"}, {"quantity": "7", "price": "41.00", "client_order_id": "new"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "terms", "changes"), CHANGES, ids=[str(c[2]) for c in CHANGES])
def test_a_term_that_may_change_does_and_the_rest_stays(floor, kind, terms, changes):
    floor.alice.rest("buy", 1, "39.00")
    order = floor.bob.enter(kind, quantity=5, **terms)
    changed = amended(floor.bob, order, **changes)
    assert {name: changed[name] for name in changes} == changes
    assert changed["revision"] == 1
    moved = {*changes, "revision", "sequence", "updated_at", "leaves_quantity"}
    kept = {name: value for name, value in order.items() if name not in moved}
    assert {name: changed[name] for name in kept} == kept
    assert floor.bob.order(order) == changed


REFUSED = [
    ("limit", {"price": "40.00"}, {"stop_price": "60.00"}, "not_allowed_combination"),
    ("limit", {"price": "40.00"}, {"display_quantity": "1"}, "not_allowed_combination"),
    ("limit", {"price": "40.00"}, {"expires_at": "2199-01-01T00:00:00Z"},
     "not_allowed_combination"),
    ("stop", STOP, {"price": "61.00"}, "not_allowed_combination"),
    ("stop", STOP, {"trail": "1.00"}, "not_allowed_combination"),
    ("trailing_stop", {"trail": "5.00"}, {"trail_bps": 100}, "not_allowed_combination"),
    ("stop", STOP, {"stop_price": "60.001"}, "price_increment"),
    ("limit", {"price": "40.00", "display_quantity": "2"}, {"display_quantity": "0.5"},
     "quantity_increment"),
    ("limit", {"price": "40.00", "display_quantity": "2"}, {"display_quantity": "6"},
     "not_allowed_combination"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "terms", "changes", "code"), REFUSED, ids=range(len(REFUSED)))
def test_an_amend_that_a_rule_refuses_leaves_the_order_untouched(floor, kind, terms, changes, code):
    order = floor.bob.enter(kind, quantity=5, **terms)
    answer = floor.bob.amend(order, **changes)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert floor.bob.order(order) == order


@pytest.mark.parametrize(
    "change",
    [{"symbol": "XYZ"}, {"side": "buy"}, {"type": "limit"}, {"time_in_force": "gtc"},
     {"trigger": "quote"}, {"activation_price": "1.00"}, {"peg": "bid"}, {"post_only": "slide"},
     {"reduce_only": True}, {"minimum_quantity": "1"}, {"stp": "decrement"}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_what_an_order_is_never_changes(floor, change):
    order = floor.bob.enter("limit", price="40.00")
    answer = floor.bob.amend(order, **change)
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_property")


def test_an_amend_that_changes_nothing_counts(floor):
    order = floor.bob.enter("stop", **STOP)
    assert amended(floor.bob, order)["revision"] == 1
    assert amended(floor.bob, order, stop_price="60.00")["revision"] == 2


def test_a_total_below_what_is_done_ends_the_order(floor):
    order = floor.bob.enter("limit", quantity=5, price="50.00")
    floor.alice.enter("market", "sell", 3)
    ended = amended(floor.bob, order, quantity="2")
    assert (ended["status"], ended["reason"]) == ("canceled", "amended_below_filled")
    assert (ended["quantity"], ended["cum_quantity"]) == ("3", "3")
    late = floor.bob.amend(order, quantity="9", stop_price="1.00")
    assert (late.status_code, late.json()["code"]) == (409, "too_late")


def test_an_amend_of_a_special_order_is_recognised_when_it_is_repeated(floor):
    order = floor.bob.enter("stop", quantity=5, **STOP)
    key = {"Idempotency-Key": "k-1"}
    path = f"/orders/{order['order_id']}"
    first = floor.bob.call("PATCH", path, {"stop_price": "61.00"}, **key)
    again = floor.bob.call("PATCH", path, {"stop_price": "61.0"}, **key)
    assert (again.status_code, again.content) == (200, first.content)
    other = floor.bob.call("PATCH", path, {"stop_price": "61.01"}, **key)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    other = floor.bob.call("PATCH", path, {"quantity": "4", "stop_price": "61.00"}, **key)
    assert other.status_code == 409
    floor.bob.call("DELETE", path)
    assert floor.bob.call("PATCH", path, {"stop_price": "61.00"}, **key).content == first.content


def test_a_special_order_is_recognised_by_its_name_and_all_of_its_terms(floor):
    terms = {"quantity": 2, "client_order_id": "s-1", "time_in_force": "gtd"}
    terms |= STOP | {"expires_at": "2199-01-01T00:00:00Z"}
    first = floor.bob.send("stop", **terms)
    assert first.status_code == 201
    same = [
        {},
        {"stop_price": "60.0"},
        {"expires_at": "2199-01-01T01:00:00+01:00"},
        {"trail": None},
    ]
    for change in same:
        assert floor.bob.send("stop", **{**terms, **change}).content == first.content
    other = [
        {"stop_price": "61.00"},
        {"trigger": "quote"},
        {"expires_at": "2199-01-01T00:00:01Z"},
        {"reduce_only": True},
        {"stp": "decrement"},
    ]
    for change in other:
        answer = floor.bob.send("stop", **{**terms, **change})
        assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")
