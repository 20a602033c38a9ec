"""What became of an order, event by event."""

import pytest


def events(trader, order_id, query=""):
    return trader.get(f"/orders/{order_id}/events{query}")


def test_every_event_is_told_newest_first_with_the_order_after_it(floor):
    order = floor.alice.rest("sell", 5, "50.00", client_order_id="mine")
    order_id = order["order_id"]
    bought = floor.bob.rest("buy", 2, "50.00")
    floor.alice.call("PATCH", f"/orders/{order_id}", {"quantity": "4"})
    canceled = floor.alice.call("DELETE", f"/orders/{order_id}").json()
    found = events(floor.alice, order_id)["items"]
    assert [one["event"] for one in found] == ["canceled", "replaced", "fill", "new"]
    assert found[-1]["order"] == order
    assert found[0]["order"] == canceled
    fill = found[2]
    assert (fill["last_price"], fill["last_quantity"], fill["liquidity"]) == ("50.00", "2", "maker")
    assert fill["order"]["cum_quantity"] == "2"
    assert [one["sequence"] for one in found] == sorted(
        (o["sequence"] for o in found), reverse=True
    )
    taken = events(floor.bob, bought["order_id"])["items"]
    assert [(one["event"], one["liquidity"]) for one in taken] == [("fill", "taker"), ("new", None)]
    assert taken[0]["order"] == bought
    assert taken[0]["trade_id"] == fill["trade_id"]
    # 2 lots at 50 and 2.5 basis points for the taker, 1 for the maker.
    assert (taken[0]["fee"], fill["fee"]) == ("0.025", "0.01")


def test_events_page_and_a_cursor_goes_on_where_it_was(floor):
    order_id = floor.alice.rest("sell", 50, "50.00")["order_id"]
    for _ in range(7):
        floor.bob.rest("buy", 1, "50.00")
    every = events(floor.alice, order_id)["items"]
    assert len(every) == 8
    found, query = [], "?limit=3"
    while query:
        page = events(floor.alice, order_id, query)
        floor.bob.rest("buy", 1, "50.00")
        found += page["items"]
        query = f"?limit=3&cursor={page['next']}" if page["next"] else None
    assert found == every


def test_a_stop_and_a_simple_order_have_events_too(floor):
    floor.alice.rest("sell", 1, "50.00")
    stop = floor.bob.call(
        "POST",
        "/orders",
        {"symbol": "XYZ", "side": "buy", "type": "stop", "quantity": "1", "stop_price": "55.00"},
    )
    assert stop.status_code == 201, stop.text
    names = [one["event"] for one in events(floor.bob, stop.json()["order_id"])["items"]]
    assert names == ["new"]


@pytest.mark.parametrize("query", ["?cursor=zzz", "?limit=0", "?color=red"])
def test_what_makes_no_sense_is_a_400(floor, query):
    order_id = floor.alice.rest("sell", 1, "50.00")["order_id"]
    assert floor.alice.call("GET", f"/orders/{order_id}/events{query}").status_code == 400


def test_another_accounts_order_is_unknown(floor):
    order_id = floor.alice.rest("sell", 1, "50.00")["order_id"]
    for trader, path in ((floor.bob, order_id), (floor.alice, 99), (floor.alice, "x")):
        answer = trader.call("GET", f"/orders/{path}/events")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_order")
