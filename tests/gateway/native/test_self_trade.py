"""Self-trade prevention and the matches that it prevented."""

import pytest

# (mode, taker: status, reason, prevented; maker: status, prevented) for 5 against a resting 3.
MODES = [
    ("cancel_newest", ("expired", "self_trade", "5"), ("new", "0")),
    ("cancel_oldest", ("new", None, "0"), ("expired", "3")),
    ("cancel_both", ("expired", "self_trade", "5"), ("expired", "3")),
    ("decrement", ("new", None, "3"), ("expired", "3")),
]


@pytest.mark.parametrize(("mode", "taker", "maker"), MODES, ids=[m[0] for m in MODES])
def test_the_mode_of_the_taker_decides(floor, mode, taker, maker):
    rests = floor.bob.rest("sell", 3, "50.00")
    comes = floor.bob.enter("limit", quantity=5, price="50.00", stp=mode)
    assert (comes["status"], comes["reason"], comes["prevented_quantity"]) == taker
    assert comes["stp"] == mode
    after = floor.bob.order(rests)
    assert (after["status"], after["prevented_quantity"]) == maker
    assert after["stp"] is None
    [prevented] = floor.bob.get("/prevented-matches")["items"]
    assert prevented == {
        "order_id": comes["order_id"],
        "resting_order_id": rests["order_id"],
        "symbol": "XYZ",
        "price": "50.00",
        "quantity": "3",
        "mode": mode,
        "at": comes["created_at"],
        "sequence": prevented["sequence"],
    }
    assert comes["order_id"] != rests["order_id"]
    assert floor.bob.get("/trades/XYZ")["items"] == []
    assert floor.alice.get("/prevented-matches") == {"items": [], "next": None}


def test_prevented_matches_page_newest_first(floor):
    floor.bob.rest("sell", 9, "50.00")
    takers = [
        floor.bob.enter("limit", price="50.00", stp="cancel_newest")["order_id"] for _ in range(5)
    ]
    page = floor.bob.get("/prevented-matches?limit=2")
    assert [one["order_id"] for one in page["items"]] == takers[:2:-1]
    floor.bob.enter("limit", price="50.00", stp="cancel_newest")
    page = floor.bob.get(f"/prevented-matches?limit=2&cursor={page['next']}")
    assert [one["order_id"] for one in page["items"]] == takers[2:0:-1]
    page = floor.bob.get(f"/prevented-matches?limit=2&cursor={page['next']}")
    assert ([one["order_id"] for one in page["items"]], page["next"]) == (takers[:1], None)
    sequences = [one["sequence"] for one in floor.bob.get("/prevented-matches")["items"]]
    assert sequences == sorted(sequences, reverse=True)


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "cursor=x", "symbol=XYZ"])
def test_a_parameter_that_makes_no_sense_is_a_400(floor, query):
    assert floor.bob.call("GET", f"/prevented-matches?{query}").status_code == 400


def test_a_cursor_of_another_list_is_none(floor):
    for _ in range(2):
        floor.bob.rest("buy", 1, "40.00")
    cursor = floor.bob.get("/orders?limit=1")["next"]
    assert floor.bob.call("GET", f"/prevented-matches?cursor={cursor}").status_code == 400
