"""Previews over HTTP: the figures of an order that is not placed."""

import pytest

from tests.gateway.native.floor import ADMIN, API

BID = {"symbol": "XYZ", "side": "buy", "type": "limit", "quantity": "12", "price": "51.00"}
NOTHING = {
    "refusal": None, "fills_now": "0", "average_price": None, "notional": "0", "fee": "0",
    "hold": "0", "rests": "0",
}  # fmt: skip


def preview(trader, **changes):
    answer = trader.call("POST", "/orders/preview", {**BID, **changes})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found.pop("sequence") == int(answer.headers["x-sequence"])
    return found


def test_it_says_what_placing_then_does(floor):
    floor.alice.rest("sell", 4, "50.00")
    floor.alice.rest("sell", 6, "50.50")
    found = preview(floor.bob)
    # 4 at 50 and 6 at 50.50; 2 rest at 51, held with the fee of 2.5 basis points.
    assert found == {
        "refusal": None, "fills_now": "10", "average_price": "50.30", "notional": "503",
        "fee": "0.12575", "hold": "102.0255", "rests": "2",
    }  # fmt: skip
    assert floor.bob.get("/orders?status=all")["items"] == []
    placed = floor.bob.rest("buy", 12, "51.00")
    assert (placed["cum_quantity"], placed["leaves_quantity"]) == ("10", "2")
    assert (placed["average_price"], placed["fees"]) == (found["average_price"], found["fee"])
    (held,) = [b["held"] for b in floor.bob.get("/balances") if b["asset"] == "USD"]
    assert held == found["hold"]


def test_nothing_to_take_rests(floor):
    assert preview(floor.bob, quantity="1") == NOTHING | {"hold": "51.01275", "rests": "1"}
    assert preview(floor.bob, type="market", price=None) == NOTHING
    assert preview(floor.bob, time_in_force="ioc") == NOTHING
    sell = preview(floor.bob, side="sell", quantity="7")
    assert sell == NOTHING | {"hold": "7", "rests": "7"}


def test_a_refusal_is_told_with_what_would_be_allowed(floor):
    found = preview(floor.bob, price="51.005")
    assert found.pop("refusal") == {
        "code": "price_increment",
        "detail": "the price is not a whole number of price increments (price_increment 0.01)",
        "allowed": {"price_increment": "0.01"},
    }
    assert {**found, "refusal": None} == NOTHING
    assert preview(floor.bob, symbol="NONE")["refusal"]["code"] == "unknown_instrument"
    assert preview(floor.bob, quantity="100000")["refusal"]["code"] == "insufficient_funds"


@pytest.mark.parametrize("change", [{"quantity": "x"}, {"price": None}, {"colour": "red"}])
def test_a_malformed_order_is_a_400(floor, change):
    assert floor.bob.call("POST", "/orders/preview", {**BID, **change}).status_code == 400


def test_a_preview_leaves_no_trace(floor):
    def status():
        found = floor.client.get(f"{API}/status", headers=ADMIN).json()
        return found["sequence"], found["digest"]

    before = status()
    preview(floor.bob)
    preview(floor.bob, price="51.005")
    assert status() == before


def test_a_key_that_only_reads_may_preview(floor):
    path = f"/accounts/{floor.bob.account_id}/keys"
    key = floor.admin("POST", path, {"permissions": ["read"]}).json()["key"]
    reader = floor.bob._replace(headers={"Authorization": f"Bearer {key}"})
    assert preview(reader)["rests"] == "12"
    assert reader.call("POST", "/orders", BID).status_code == 403
