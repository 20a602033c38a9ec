"""Two traders on one book, through the native API."""

import pytest


def test_a_trade_moves_cash_assets_fees_and_positions_to_the_last_unit(floor):
    ask = floor.alice.rest("sell", 10, "50.00", client_order_id="ask-1")
    bid = floor.bob.rest("buy", 4, "51.00")
    assert (bid["status"], bid["cum_quantity"], bid["average_price"]) == ("filled", "4", "50.00")
    assert floor.alice.get(f"/orders/{ask['order_id']}")["leaves_quantity"] == "6"
    # 4 x 50.00 = 200; taker 2.5 bps = 0.05, maker 1 bps = 0.02.
    bob = {b["asset"]: b for b in floor.bob.get("/balances")}
    assert bob["USD"] == {
        "asset": "USD", "total": "999799.95", "available": "999799.95", "held": "0",
    }  # fmt: skip
    assert bob["XYZ"]["total"] == "1004"
    alice = {b["asset"]: b for b in floor.alice.get("/balances")}
    assert alice["USD"]["total"] == "1000199.98"
    assert alice["XYZ"] == {"asset": "XYZ", "total": "996", "available": "990", "held": "6"}
    [fill] = floor.alice.get("/fills")["items"]
    assert (fill["liquidity"], fill["fee"], fill["side"]) == ("maker", "0.02", "sell")
    assert fill["client_order_id"] == "ask-1"
    [position] = floor.bob.get("/positions")
    assert position["quantity"] == "4"
    assert position["average_price"] == "50.00"
    assert position["unrealized_pnl"] == "0"
    kinds = [(p["kind"], p["asset"], p["amount"]) for p in floor.bob.get("/postings")["items"]]
    assert kinds[:3] == [
        ("fee", "USD", "-0.05"), ("trade", "USD", "-200"), ("trade", "XYZ", "4"),
    ]  # fmt: skip


def test_closing_a_position_realizes_what_it_earned(floor):
    floor.alice.rest("sell", 10, "50.00")
    floor.bob.rest("buy", 10, "50.00")
    floor.alice.rest("buy", 5, "52.00")
    floor.bob.rest("sell", 5, "52.00")
    position = floor.bob.get("/positions/XYZ")
    assert (position["quantity"], position["realized_pnl"]) == ("5", "10")
    assert (position["mark_price"], position["unrealized_pnl"]) == ("52.00", "10")


def test_the_book_shows_levels_summed_best_first(floor):
    floor.alice.rest("sell", 3, "51.00")
    floor.alice.rest("sell", 2, "50.50")
    floor.alice.rest("sell", 4, "50.50")
    floor.bob.rest("buy", 7, "49.00")
    book = floor.bob.get("/book/XYZ")
    assert book["asks"] == [["50.50", "6"], ["51.00", "3"]]
    assert book["bids"] == [["49.00", "7"]]
    assert floor.bob.get("/book/XYZ?level=1")["asks"] == [["50.50", "6"]]


def test_an_amend_down_keeps_the_place_and_up_loses_it(floor):
    first = floor.alice.rest("sell", 5, "50.00")
    carol = floor.alice.rest("sell", 5, "50.00")
    down = floor.alice.call("PATCH", f"/orders/{first['order_id']}", {"quantity": "3"})
    assert (down.status_code, down.json()["leaves_quantity"]) == (200, "3")
    assert down.json()["revision"] == 1
    floor.bob.rest("buy", 1, "50.00")
    assert floor.alice.get(f"/orders/{first['order_id']}")["cum_quantity"] == "1"
    floor.alice.call("PATCH", f"/orders/{first['order_id']}", {"quantity": "4"})
    floor.bob.rest("buy", 1, "50.00")
    assert floor.alice.get(f"/orders/{carol['order_id']}")["cum_quantity"] == "1"


def test_an_amend_that_crosses_trades_at_once(floor):
    floor.alice.rest("sell", 5, "50.00")
    bid = floor.bob.rest("buy", 5, "49.00")
    amended = floor.bob.call("PATCH", f"/orders/{bid['order_id']}", {"price": "50.00"}).json()
    assert (amended["status"], amended["average_price"]) == ("filled", "50.00")


def test_a_cancel_is_answered_with_the_order_and_can_be_repeated(floor):
    bid = floor.bob.rest("buy", 5, "49.00")
    path = f"/orders/{bid['order_id']}"
    for _ in range(2):
        answer = floor.bob.call("DELETE", path)
        assert answer.status_code == 200
        assert answer.json()["status"] == "canceled"
        assert answer.json()["reason"] == "user"
    usd = next(b for b in floor.bob.get("/balances") if b["asset"] == "USD")
    assert usd["held"] == "0"


def test_a_cancel_of_what_has_been_filled_comes_too_late(floor):
    ask = floor.alice.rest("sell", 5, "50.00")
    floor.bob.rest("buy", 5, "50.00")
    answer = floor.alice.call("DELETE", f"/orders/{ask['order_id']}")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_late")


def test_cancel_all_names_what_it_ended_and_can_choose_a_side(floor):
    bid = floor.bob.rest("buy", 5, "49.00")
    ask = floor.bob.rest("sell", 5, "51.00")
    assert floor.bob.call("DELETE", "/orders?side=buy").json() == {"canceled": [bid["order_id"]]}
    assert floor.bob.call("DELETE", "/orders").json() == {"canceled": [ask["order_id"]]}
    assert floor.bob.call("DELETE", "/orders").json() == {"canceled": []}


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_the_order_of_another_account_is_not_there(floor, method):
    bid = floor.bob.rest("buy", 5, "49.00")
    body = {"quantity": "1"} if method == "PATCH" else None
    answer = floor.alice.call(method, f"/orders/{bid['order_id']}", body)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_order")
    assert floor.bob.get(f"/orders/{bid['order_id']}")["status"] == "new"


REFUSED = [
    ({"symbol": "NONE"}, "unknown_instrument", None),
    ({"price": "50.001"}, "price_increment", {"price_increment": "0.01"}),
    ({"quantity": "0.5"}, "quantity_increment", {"quantity_increment": "1"}),
    ({"quantity": "1000000000001"}, "quantity_above_maximum",
     {"maximum_quantity": "1000000000000"}),
    ({"type": "market"}, "not_allowed_combination", None),
    ({"quantity": "1000000"}, "insufficient_funds", None),
    ({"side": "sell", "quantity": "1001"}, "insufficient_asset",
     {"available": "1000", "needed": "1001"}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "allowed"), REFUSED, ids=[r[1] for r in REFUSED])
def test_a_rule_of_the_market_is_a_422_that_says_what_would_have_been_allowed(
    floor, change, code, allowed
):
    body = {"symbol": "XYZ", "side": "buy", "type": "limit", "quantity": "1", "price": "50.00"}
    answer = floor.bob.call("POST", "/orders", {**body, **change})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    if allowed is not None:
        assert answer.json()["allowed"] == allowed
    assert floor.bob.get("/orders?status=all")["items"] == []


MALFORMED = [
    ({"side": "up"}, "invalid_value"),
    ({"price": "1e3"}, "invalid_value"),
    ({"price": 50}, "invalid_type"),
    ({"quantity": "-1"}, "invalid_value"),
    ({"quantity": "0"}, "invalid_value"),
    ({"symbol": " XYZ"}, "invalid_value"),
    ({"client_order_id": "two words"}, "invalid_value"),
    ({"color": "red"}, "unknown_property"),
    ({"time_in_force": "gtx"}, "invalid_value"),
]


@pytest.mark.parametrize(("change", "code"), MALFORMED, ids=[str(m[0]) for m in MALFORMED])
def test_a_body_that_makes_no_sense_is_a_400_and_changes_nothing(floor, change, code):
    before = floor.bob.call("GET", "/account").headers["x-sequence"]
    body = {"symbol": "XYZ", "side": "buy", "type": "limit", "quantity": "1", "price": "50.00"}
    answer = floor.bob.call("POST", "/orders", {**body, **change})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert floor.bob.call("GET", "/account").headers["x-sequence"] == before


def test_a_halt_refuses_orders_and_lets_cancels_and_shrinking_amends_through(floor):
    bid = floor.bob.rest("buy", 5, "49.00")
    halted = floor.admin("PUT", "/instruments/XYZ/phase", {"phase": "halted", "reason": "news"})
    assert halted.json()["phase"] == "halted"
    assert floor.bob.place("buy", 1, "49.00").json()["code"] == "halted"
    path = f"/orders/{bid['order_id']}"
    assert floor.bob.call("PATCH", path, {"quantity": "6"}).json()["code"] == "halted"
    assert floor.bob.call("PATCH", path, {"quantity": "4"}).status_code == 200
    assert floor.bob.call("DELETE", path).status_code == 200
    floor.admin("PUT", "/instruments/XYZ/phase", {"phase": "continuous"})
    floor.bob.rest("buy", 1, "49.00")


def test_a_blocked_account_may_cancel_and_read_only(floor):
    bid = floor.bob.rest("buy", 5, "49.00")
    changed = floor.admin("PATCH", f"/accounts/{floor.bob.account_id}", {"status": "blocked"})
    assert changed.json()["status"] == "blocked"
    assert floor.bob.place("buy", 1, "49.00").json()["code"] == "account_blocked"
    assert floor.bob.call("DELETE", f"/orders/{bid['order_id']}").status_code == 200
    assert floor.bob.get("/account")["status"] == "blocked"


def test_a_market_order_without_a_quote_is_accepted_and_canceled_at_once(floor):
    body = {"symbol": "XYZ", "side": "buy", "type": "market", "quantity": "1"}
    order = floor.bob.call("POST", "/orders", body)
    assert order.status_code == 201
    assert (order.json()["status"], order.json()["reason"]) == (
        "canceled",
        "insufficient_liquidity",
    )


def test_the_limit_of_open_orders_of_an_account_is_kept(floor):
    floor.admin("PATCH", f"/accounts/{floor.bob.account_id}", {"limits": {"open_orders": 1}})
    floor.bob.rest("buy", 1, "49.00")
    assert floor.bob.place("buy", 1, "49.00").json()["code"] == "open_orders_limit"


def test_a_limit_is_left_when_absent_and_taken_away_by_null(floor):
    path = f"/accounts/{floor.bob.account_id}"
    floor.admin("PATCH", path, {"limits": {"open_orders": 0}})
    for left in ({"name": "Bob"}, {"limits": {}}, {"limits": None}):
        assert floor.admin("PATCH", path, left).json()["limits"]["open_orders"] == 0
    assert floor.bob.place("buy", 1, "49.00").json()["code"] == "open_orders_limit"
    freed = floor.admin("PATCH", path, {"limits": {"open_orders": None}})
    assert (freed.status_code, freed.json()["limits"]["open_orders"]) == (200, None)
    floor.bob.rest("buy", 1, "49.00")
    wrong = floor.admin("PATCH", path, {"limits": {"open_orders": "none"}})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_type")


def test_a_cancel_with_a_key_of_what_its_owner_canceled_is_answered_as_without(floor):
    path = f"/orders/{floor.bob.rest('buy', 5, '49.00')['order_id']}"
    plain = floor.bob.call("DELETE", path)
    first, again = (floor.bob.call("DELETE", path, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, first.json()) == (200, plain.json())
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["x-sequence"] == first.headers["x-sequence"]
    assert again.headers["idempotency-replayed"] == "true"


def test_an_amend_may_name_its_order_as_it_is_called(floor):
    bid = floor.bob.rest("buy", 5, "49.00", client_order_id="c-1")
    other = floor.bob.rest("buy", 5, "49.00", client_order_id="c-2")
    path = f"/orders/{bid['order_id']}"
    named = floor.bob.call("PATCH", path, {"quantity": "4", "client_order_id": "c-1"})
    assert (named.status_code, named.json()["quantity"]) == (200, "4")
    assert named.json()["client_order_id"] == "c-1"
    taken = floor.bob.call("PATCH", path, {"client_order_id": other["client_order_id"]})
    assert (taken.status_code, taken.json()["code"]) == (409, "key_reused")
    renamed = floor.bob.call("PATCH", path, {"quantity": "3", "client_order_id": "c-3"})
    again = floor.bob.call("PATCH", path, {"quantity": "3", "client_order_id": "c-3"})
    assert (again.status_code, again.content) == (200, renamed.content)
    key = {"Idempotency-Key": "k"}
    body = {"quantity": "2", "client_order_id": "c-3"}
    first, repeated = (floor.bob.call("PATCH", path, body, **key) for _ in range(2))
    assert (first.status_code, repeated.content) == (200, first.content)
    assert floor.bob.get(path)["revision"] == 3
