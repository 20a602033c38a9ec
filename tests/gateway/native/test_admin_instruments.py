"""Instruments: all their fields, their phases, and their end."""

import pytest

NEW = {
    "symbol": "GOLD/USD", "asset": "GOLD", "currency": "USD", "price_increment": "0.1",
    "quantity_increment": "0.01", "minimum_quantity": "0.1", "maximum_quantity": "50",
    "minimum_notional": "10", "reference_price": "2650.0", "protection_bps": 300,
    "collar_bps": 200, "band_bps": 1000, "maker_fee_bps": "-0.5", "taker_fee_bps": "1.25",
    "shortable": True, "calendar": "always",
}  # fmt: skip
TEXTS = {"minimum_quantity": "0.10", "maximum_quantity": "50.00"}


def phase(floor, to, **more):
    answer = floor.admin("PUT", "/instruments/XYZ/phase", {"phase": to, **more})
    assert (answer.status_code, answer.json()["phase"]) == (200, to), answer.text
    return answer.json()


def test_an_instrument_is_listed_with_all_fields_and_read_again(floor):
    listed = floor.admin("POST", "/instruments", NEW)
    assert listed.status_code == 201
    assert listed.json() == NEW | TEXTS | {"phase": "continuous"}
    assert floor.bob.get("/instruments/GOLD/USD") == listed.json()
    everything = floor.admin("GET", "/instruments").json()
    assert everything == floor.bob.get("/instruments")
    assert everything[-1] == listed.json()
    again = floor.admin("POST", "/instruments", NEW)
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")


def test_what_is_not_named_is_none_or_nothing(floor):
    plain = floor.bob.get("/instruments/XYZ")
    names = ("collar_bps", "band_bps", "minimum_notional", "protection_bps", "shortable")
    assert [plain[name] for name in names] == [None, None, "0", 500, False]


def test_a_change_touches_only_what_it_names_and_null_takes_a_width_away(floor):
    listed = floor.admin("POST", "/instruments", NEW).json()
    path = "/instruments/GOLD%2FUSD"
    changed = floor.admin("PATCH", path, {"taker_fee_bps": "2", "shortable": None}).json()
    assert changed == listed | {"taker_fee_bps": "2"}
    wide = floor.admin("PATCH", path, {"band_bps": None, "collar_bps": None}).json()
    assert wide == changed | {"band_bps": None, "collar_bps": None}
    moved = floor.admin("PATCH", path, {"reference_price": "2700.05"})
    assert (moved.status_code, moved.json()["code"]) == (400, "invalid_value")


def test_the_grid_stays_while_orders_rest(floor):
    floor.bob.rest("buy", 1, "49.00")
    refused = floor.admin("PATCH", "/instruments/XYZ", {"price_increment": "0.05"})
    assert (refused.status_code, refused.json()["code"]) == (409, "orders_resting")


def test_an_instrument_may_begin_in_another_phase(floor):
    listed = floor.admin("POST", "/instruments", NEW | {"phase": "pre_open"})
    assert listed.json()["phase"] == "pre_open"
    assert floor.bob.get("/auction/GOLD/USD")["phase"] == "pre_open"


@pytest.mark.parametrize("call", ["pre_open", "auction"])
@pytest.mark.parametrize("end", ["continuous", "closed"])
def test_leaving_a_call_uncrosses_what_has_gathered(floor, call, end):
    phase(floor, call)
    ask = floor.alice.rest("sell", 5, "49.00")
    floor.bob.rest("buy", 5, "51.00")
    assert floor.bob.get("/trades/XYZ")["items"] == []
    phase(floor, end, reason="the bell")
    [trade] = floor.bob.get("/trades/XYZ")["items"]
    assert (trade["quantity"], trade["price"], trade["side"]) == ("5", "50.00", None)
    assert floor.alice.order(ask)["status"] == "filled"


def test_halted_and_closed_refuse_and_let_cancel(floor):
    bid = floor.bob.rest("buy", 2, "49.00")
    phase(floor, "halted", reason="news")
    assert floor.bob.place("buy", 1, "49.00").json()["code"] == "halted"
    assert floor.bob.amend(bid, quantity="1").status_code == 200
    phase(floor, "closed")
    assert floor.bob.place("buy", 1, "49.00").json()["code"] == "phase_forbids"
    assert floor.bob.call("DELETE", f"/orders/{bid['order_id']}").status_code == 200


def test_delisting_cancels_what_rests_and_positions_stay(floor):
    floor.alice.rest("sell", 2, "50.00")
    floor.bob.rest("buy", 2, "50.00")
    bid = floor.bob.rest("buy", 2, "49.00")
    ended = floor.admin("DELETE", "/instruments/XYZ")
    assert (ended.status_code, ended.json()["symbol"]) == (200, "XYZ")
    assert floor.bob.order(bid)["reason"] == "delisted"
    assert "XYZ" not in [one["symbol"] for one in floor.admin("GET", "/instruments").json()]
    assert floor.bob.call("GET", "/book/XYZ").json()["code"] == "unknown_instrument"
    assert floor.bob.place("buy", 1, "49.00").json()["code"] == "unknown_instrument"
    position = floor.bob.get("/positions/XYZ")
    assert (position["quantity"], position["average_price"]) == ("2", "50.00")
    assert (position["mark_price"], position["unrealized_pnl"]) == (None, None)
    assert floor.bob.get("/account")["status"] == "active"
    twice = floor.admin("DELETE", "/instruments/XYZ")
    assert (twice.status_code, twice.json()["code"]) == (404, "unknown_instrument")
