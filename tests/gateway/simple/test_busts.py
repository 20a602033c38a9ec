"""A bust leaves a simple order executed, wherever it is read."""

import pytest

from tests.gateway.native.floor import open_floor


@pytest.fixture
def floor():
    with open_floor(execution_delay_ms=0) as opened:
        yield opened


def listed(floor, **query):
    return floor.client.get("/orders", params=query, headers=floor.bob.headers).json()


def test_an_executed_order_stays_executed_when_its_trade_is_undone(floor):
    floor.alice.rest("sell", 5, "50.00")
    sent = {"stocks": "XYZ", "quantity": 5}
    placed = floor.client.post("/orders", json=sent, headers=floor.bob.headers).json()
    path = f"/orders/{placed['id']}"
    assert floor.client.get(path, headers=floor.bob.headers).json()["status"] == "EXECUTED"
    assert floor.admin("POST", "/trades/1/bust", {"reason": "drill"}).status_code == 200
    read = floor.client.get(path, headers=floor.bob.headers).json()
    assert (read["status"], read["filled_quantity"], read["average_price"]) == ("EXECUTED", 0, None)
    assert listed(floor) == [read]
    assert listed(floor, status="EXECUTED") == [read]
    assert listed(floor, status="CANCELLED") == []
    late = floor.client.delete(path, headers=floor.bob.headers)
    assert (late.status_code, late.json()["code"]) == (409, "too_late")


def test_an_order_that_a_bust_had_to_cancel_is_cancelled(floor):
    """Bob needs the cash that his own order holds to give it back."""
    floor.admin("POST", f"/accounts/{floor.bob.account_id}/reset", {"cash": "0"})
    floor.admin("POST", f"/accounts/{floor.bob.account_id}/deposits",
                {"asset": "XYZ", "quantity": "10"})  # fmt: skip
    floor.alice.rest("buy", 10, "50.00")
    floor.bob.rest("sell", 10, "50.00")
    sent = {"stocks": "XYZ", "quantity": 5}
    placed = floor.client.post("/orders", json=sent, headers=floor.bob.headers).json()
    assert listed(floor, status="PENDING")
    assert floor.admin("POST", "/trades/1/bust", {}).status_code == 200
    assert [one["id"] for one in listed(floor, status="CANCELLED")] == [placed["id"]]
