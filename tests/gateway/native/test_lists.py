"""Lists that page, and reads that wait for a write."""

import pytest


def test_orders_page_newest_first_and_a_cursor_goes_on_where_it_was(floor):
    ids = [floor.bob.rest("buy", 1, "40.00")["order_id"] for _ in range(5)]
    page = floor.bob.get("/orders?limit=2")
    assert [o["order_id"] for o in page["items"]] == ids[:2:-1]
    floor.bob.rest("buy", 1, "41.00")
    page = floor.bob.get(f"/orders?limit=2&cursor={page['next']}")
    assert [o["order_id"] for o in page["items"]] == ids[2:0:-1]
    page = floor.bob.get(f"/orders?limit=2&cursor={page['next']}")
    assert [o["order_id"] for o in page["items"]] == ids[:1]
    assert page["next"] is None


def test_orders_are_chosen_by_status_symbol_and_side(floor):
    bid = floor.bob.rest("buy", 1, "40.00")["order_id"]
    ask = floor.bob.rest("sell", 1, "60.00")["order_id"]
    floor.bob.call("DELETE", f"/orders/{ask}")

    def ids(query):
        return [o["order_id"] for o in floor.bob.get(f"/orders{query}")["items"]]

    assert ids("") == [bid]
    assert ids("?status=closed") == [ask]
    assert ids("?status=all") == [ask, bid]
    assert ids("?status=all&side=sell") == [ask]
    assert ids("?status=all&symbol=AAPL") == []


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "limit=x", "status=old", "cursor=zzz", "side=up", "color=red",
     "limit=1&limit=2", "min_sequence=-1", "after=yesterday", "after=9999-12-31T23:59:59Z",
     "until=0001-01-01T00:00:00Z", "min_sequence=999999999999999999"],
)  # fmt: skip
def test_a_parameter_that_makes_no_sense_is_a_400(floor, query):
    assert floor.bob.call("GET", f"/orders?{query}").status_code == 400


def test_an_order_is_found_by_its_client_order_id_alive_and_ended(floor):
    order = floor.bob.rest("buy", 1, "40.00", client_order_id="mine")
    found = floor.bob.get("/orders/by-client-id/mine")
    assert found == order
    floor.bob.call("DELETE", f"/orders/{order['order_id']}")
    assert floor.bob.get("/orders/by-client-id/mine")["status"] == "canceled"
    assert floor.alice.call("GET", "/orders/by-client-id/mine").status_code == 404


def test_a_read_reflects_the_write_that_it_names(floor):
    placed = floor.bob.place("buy", 1, "40.00")
    sequence = placed.headers["x-sequence"]
    for path in ("/orders", "/book/XYZ", "/fills", "/balances"):
        answer = floor.bob.call("GET", f"{path}?min_sequence={sequence}")
        assert answer.status_code == 200
        assert int(answer.headers["x-sequence"]) >= int(sequence)


@pytest.mark.slow
def test_a_read_of_what_is_not_there_yet_is_not_ready(floor):
    answer = floor.bob.call("GET", "/orders?min_sequence=1000000")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")


def test_accounts_and_keys_page(floor):
    names = [a["account_id"] for a in floor.admin("GET", "/accounts").json()["items"]]
    first = floor.admin("GET", "/accounts?limit=2").json()
    assert [a["account_id"] for a in first["items"]] == names[:2]
    rest = floor.admin("GET", f"/accounts?limit=500&cursor={first['next']}").json()
    assert [a["account_id"] for a in rest["items"]] == names[2:]
    keys = floor.admin("GET", f"/accounts/{floor.bob.account_id}/keys").json()["items"]
    assert len(keys) == 1
    assert "secret" not in keys[0]


def test_the_status_says_how_the_venue_stands_and_its_digest_to_admins_only(floor):
    plain = floor.bob.get("/status")
    assert plain["ready"] is True
    assert plain["sequence"] > 0
    assert len(plain["hash"]) == 64
    assert "digest" not in plain
    whole = floor.client.get("/api/v1/status", headers={"Authorization": "Bearer demo.demo"})
    assert "digest" not in whole.json()
