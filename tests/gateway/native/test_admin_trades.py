"""Busts: a trade is undone, and everybody can see it."""

import pytest

BUST = {"reason": "clearly erroneous"}


@pytest.fixture
def traded(floor):
    """A floor with three trades of 2 at 50.00; the second order of Alice still rests."""
    floor.alice.rest("sell", 2, "50.00")
    floor.alice.rest("sell", 5, "50.00")
    for _ in range(3):
        floor.bob.rest("buy", 2, "50.00")
    return floor


def totals(trader):
    return {one["asset"]: one["total"] for one in trader.get("/balances")}


def bust(floor, trade_id, body=BUST, **headers):
    return floor.admin("POST", f"/trades/{trade_id}/bust", body, **headers)


def test_a_bust_is_answered_with_the_trade_and_shows_on_the_tape(traded):
    before = traded.bob.get("/trades/XYZ")["items"]
    assert [one["trade_id"] for one in before] == [3, 2, 1]
    answer = bust(traded, 2)
    assert (answer.status_code, answer.json()) == (200, before[1] | {"busted": True})
    for limit in (1, 500):  # Out of memory, and out of history.
        page = traded.bob.get(f"/trades/XYZ?limit={limit}")["items"]
        assert page == [before[0], answer.json(), before[2]][:limit]
    twice = bust(traded, 2, **{"Idempotency-Key": "k"})
    assert (twice.status_code, twice.json()["code"]) == (409, "already_busted")
    assert bust(traded, 2, **{"Idempotency-Key": "k"}).headers.get("idempotency-replayed") is None


def test_everything_is_as_it_was_before_the_trade(floor):
    before = [totals(trader) for trader in (floor.alice, floor.bob)]
    floor.alice.rest("sell", 2, "50.00")
    floor.bob.rest("buy", 2, "50.00")
    assert bust(floor, 1).status_code == 200
    assert [totals(trader) for trader in (floor.alice, floor.bob)] == before
    for trader in (floor.alice, floor.bob):
        [position] = trader.get("/positions")
        assert (position["quantity"], position["realized_pnl"]) == ("0", "0")


def test_orders_fills_and_postings_tell_of_it(traded):
    orders = {one["order_id"]: one for one in traded.bob.get("/orders?status=all")["items"]}
    fills = traded.bob.get("/fills")["items"]
    first = fills[-1]["order_id"]
    bust(traded, 1)
    after = traded.bob.get(f"/orders/{first}")
    assert (after["status"], after["reason"]) == ("canceled", "administrator")
    assert (after["cum_quantity"], after["canceled_quantity"]) == ("0", "2")
    assert (after["average_price"], after["fees"]) == (None, "0")
    listed = {one["order_id"]: one for one in traded.bob.get("/orders?status=all")["items"]}
    assert listed == orders | {first: after}
    # What happened, happened; what undid it stands beside it.
    assert traded.bob.get("/fills")["items"] == fills
    undone = [one for one in traded.bob.get("/postings")["items"] if one["kind"] == "bust"]
    assert {(one["asset"], one["amount"]) for one in undone} == {
        ("XYZ", "-2"), ("USD", "100"), ("USD", "0.025"),
    }  # fmt: skip
    assert {(one["trade_id"], one["order_id"]) for one in undone} == {(1, first)}
    maker = [one for one in traded.alice.get("/postings")["items"] if one["kind"] == "bust"]
    assert {(one["asset"], one["amount"]) for one in maker} == {
        ("XYZ", "2"), ("USD", "-100"), ("USD", "0.01"),
    }  # fmt: skip


def test_of_an_order_that_is_open_only_the_trade_is_taken_back(traded):
    [resting] = traded.alice.get("/orders")["items"]
    assert (resting["status"], resting["cum_quantity"]) == ("partially_filled", "4")
    bust(traded, 3)
    after = traded.alice.order(resting)
    assert (after["cum_quantity"], after["leaves_quantity"]) == ("2", "1")
    assert after["canceled_quantity"] == "2"
    assert bust(traded, 2).status_code == 200
    assert traded.alice.order(resting)["cum_quantity"] == "0"


def test_two_busts_of_one_order_add_up(floor):
    for price in ("50.00", "50.10"):
        floor.alice.rest("sell", 2, price)
    bid = floor.bob.rest("buy", 4, "50.10")
    assert bust(floor, 2).status_code == 200
    assert floor.bob.order(bid)["average_price"] == "50.00"
    assert bust(floor, 1).status_code == 200
    assert floor.bob.order(bid)["cum_quantity"] == "0"
    assert floor.bob.get("/account")["cash"] == "1000000"


def test_a_trade_of_an_auction_can_be_busted(floor):
    floor.admin("PUT", "/instruments/XYZ/phase", {"phase": "auction"})
    floor.alice.rest("sell", 2, "49.00")
    floor.bob.rest("buy", 2, "51.00")
    floor.admin("PUT", "/instruments/XYZ/phase", {"phase": "continuous"})
    answer = bust(floor, 1, None).json()
    assert (answer["side"], answer["busted"]) == (None, True)


def test_what_has_been_spent_cannot_be_given_back(traded):
    traded.admin(
        "POST", f"/accounts/{traded.bob.account_id}/deposits",
        {"asset": "XYZ", "quantity": "-1005"},
    )  # fmt: skip
    refused = bust(traded, 1)
    assert (refused.status_code, refused.json()["code"]) == (422, "insufficient_asset")
    assert refused.json()["allowed"] == {"available": "1", "needed": "2"}
    assert "give back" in refused.json()["detail"]


def test_an_order_that_ends_between_the_look_and_the_bust_is_looked_at_again(traded, monkeypatch):
    [resting] = traded.alice.get("/orders")["items"]
    history = traded.client.app.state.venue.history
    stale = history.trade(3)
    traded.alice.call("DELETE", f"/orders/{resting['order_id']}")
    looks = [stale]
    look = history.trade
    monkeypatch.setattr(history, "trade", lambda n: looks.pop() if looks else look(n))
    answer = bust(traded, 3, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["busted"], looks) == (200, True, [])
    after = traded.alice.order(resting)
    # It ended as its owner wanted, with what the bust took off as well.
    assert (after["status"], after["reason"]) == ("canceled", "user")
    assert (after["cum_quantity"], after["canceled_quantity"]) == ("2", "3")


def test_an_order_that_never_stands_still_is_an_answer_too(traded, monkeypatch):
    [resting] = traded.alice.get("/orders")["items"]
    history = traded.client.app.state.venue.history
    stale = history.trade(3)
    traded.alice.call("DELETE", f"/orders/{resting['order_id']}")
    monkeypatch.setattr(history, "trade", lambda _: stale)
    answer = bust(traded, 3)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert answer.headers["retry-after"] == "1"
