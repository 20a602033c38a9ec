"""A story for every type of order and time in force, as a participant sees it."""

import time
from datetime import UTC, datetime, timedelta

from tests.gateway.native.floor import open_trader

ALWAYS = [
    "order_id",
    "client_order_id",
    "account_id",
    "symbol",
    "side",
    "type",
    "time_in_force",
    "quantity",
    "price",
    "stop_price",
    "trigger",
    "trail",
    "trail_bps",
    "activation_price",
    "peg",
    "peg_offset",
    "display_quantity",
    "minimum_quantity",
    "post_only",
    "reduce_only",
    "stp",
    "expires_at",
    "status",
    "cum_quantity",
    "leaves_quantity",
    "canceled_quantity",
    "prevented_quantity",
    "average_price",
    "fees",
    "reason",
    "group_id",
    "parent_id",
    "revision",
    "triggered_at",
    "sequence",
    "created_at",
    "updated_at",
]


def trade(floor, price):
    """Let one share print at a price, through an empty spread."""
    floor.alice.rest("sell", 1, price)
    floor.bob.enter("market", quantity=1)


def test_every_field_is_always_there_in_this_order(floor):
    for kind, terms in (("limit", {"price": "40.00"}), ("stop", {"stop_price": "60.00"})):
        assert list(floor.bob.enter(kind, **terms)) == ALWAYS


def test_a_plain_order_has_nulls_where_a_field_does_not_apply(floor):
    order = floor.bob.enter("limit", price="40.00")
    assert order["reduce_only"] is False
    empty = ALWAYS[9:22]
    assert empty[0] == "stop_price"
    assert {order[name] for name in empty if name != "reduce_only"} == {None}
    assert [order[n] for n in ("reason", "group_id", "parent_id", "triggered_at")] == [None] * 4


def test_a_market_order_takes_what_is_there_and_has_no_price(floor):
    floor.alice.rest("sell", 2, "50.00")
    order = floor.bob.enter("market", quantity=3)
    assert (order["cum_quantity"], order["canceled_quantity"]) == ("2", "1")
    assert (order["status"], order["reason"]) == ("canceled", "insufficient_liquidity")
    assert (order["price"], order["time_in_force"]) == (None, "ioc")


def test_a_market_to_limit_order_rests_at_its_limit_and_shows_it(floor):
    floor.alice.rest("sell", 2, "50.00")
    order = floor.bob.enter("market_to_limit", quantity=3)
    assert (order["status"], order["leaves_quantity"]) == ("partially_filled", "1")
    assert (order["price"], order["time_in_force"]) == ("52.50", "gtc")


def test_ioc_takes_and_goes(floor):
    floor.alice.rest("sell", 2, "50.00")
    order = floor.bob.enter("limit", quantity=3, price="50.00", time_in_force="ioc")
    assert (order["status"], order["reason"], order["cum_quantity"]) == ("canceled", "ioc", "2")


def test_fok_takes_everything_or_nothing(floor):
    floor.alice.rest("sell", 2, "50.00")
    killed = floor.bob.enter("limit", quantity=3, price="50.00", time_in_force="fok")
    assert (killed["status"], killed["reason"], killed["cum_quantity"]) == ("canceled", "fok", "0")
    assert (
        floor.bob.enter("limit", quantity=2, price="50.00", time_in_force="fok")["status"]
        == "filled"
    )


def test_a_minimum_quantity_is_reached_at_once_or_nothing_trades(floor):
    floor.alice.rest("sell", 2, "50.00")
    terms = {"quantity": 5, "price": "50.00", "time_in_force": "ioc"}
    less = floor.bob.enter("limit", **terms, minimum_quantity="3")
    assert (less["cum_quantity"], less["reason"]) == ("0", "minimum_quantity")
    assert less["minimum_quantity"] == "3"
    enough = floor.bob.enter("limit", **terms, minimum_quantity="2")
    assert (enough["cum_quantity"], enough["reason"]) == ("2", "ioc")


def test_gtd_ends_at_its_time(floor):
    end = datetime.now(UTC) + timedelta(seconds=0.2)
    order = floor.bob.enter("limit", price="40.00", time_in_force="gtd", expires_at=end.isoformat())
    assert order["expires_at"] == end.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    deadline = time.monotonic() + 10
    while floor.bob.order(order)["status"] == "new":
        assert time.monotonic() < deadline, "it never ended"
        time.sleep(0.01)
    ended = floor.bob.order(order)
    assert (ended["status"], ended["reason"]) == ("expired", "expired")
    assert ended["updated_at"] >= ended["expires_at"]


def test_post_only_is_refused_or_slides_one_tick_away(floor):
    floor.alice.rest("sell", 2, "50.00")
    refused = floor.bob.send("limit", price="50.00", post_only="reject")
    assert (refused.status_code, refused.json()["code"]) == (422, "would_cross")
    slid = floor.bob.enter("limit", price="50.00", post_only="slide")
    assert (slid["status"], slid["price"], slid["post_only"]) == ("new", "49.99", "slide")


def test_an_iceberg_shows_a_part_and_refills_behind_the_others(floor):
    ice = floor.alice.enter("limit", "sell", 10, price="50.00", display_quantity="4")
    assert (ice["display_quantity"], ice["leaves_quantity"]) == ("4", "10")
    other = floor.alice.rest("sell", 3, "50.00")
    assert floor.bob.get("/book/XYZ?level=3")["asks"] == [
        ["50.00", "4", ice["order_id"]], ["50.00", "3", other["order_id"]],
    ]  # fmt: skip
    assert floor.bob.get("/book/XYZ")["asks"] == [["50.00", "7"]]
    floor.bob.rest("buy", 5, "50.00")
    assert floor.bob.get("/book/XYZ?level=3")["asks"] == [
        ["50.00", "2", other["order_id"]], ["50.00", "4", ice["order_id"]],
    ]  # fmt: skip
    assert floor.alice.order(ice)["leaves_quantity"] == "6"
    too_much = floor.alice.send("limit", "sell", 3, price="50.00", display_quantity="4")
    assert too_much.json()["code"] == "not_allowed_combination"


def test_a_stop_sleeps_until_a_trade_reaches_it(floor):
    stop = floor.bob.enter("stop", quantity=2, stop_price="55.00")
    assert (stop["status"], stop["triggered_at"], stop["trigger"]) == ("new", None, "last")
    assert (stop["stop_price"], stop["price"]) == ("55.00", None)
    assert floor.bob.get("/book/XYZ") == {
        "symbol": "XYZ", "sequence": stop["sequence"], "bids": [], "asks": [],
    }  # fmt: skip
    trade(floor, "54.99")
    assert floor.bob.order(stop)["triggered_at"] is None
    floor.alice.rest("sell", 5, "55.00")
    floor.bob.rest("buy", 1, "55.00")
    done = floor.bob.order(stop)
    assert (done["status"], done["average_price"]) == ("filled", "55.00")
    assert done["triggered_at"] is not None
    assert (done["price"], done["stop_price"]) == (None, "55.00")


def test_a_stop_may_watch_the_quote(floor):
    stop = floor.bob.enter("stop", "sell", stop_price="45.00", trigger="quote")
    assert stop["trigger"] == "quote"
    bid = floor.alice.rest("buy", 1, "46.00")
    assert floor.bob.order(stop)["triggered_at"] is None
    floor.alice.amend(bid, price="45.00")
    assert floor.bob.order(stop)["status"] == "filled"


def test_a_stop_limit_rests_at_its_limit_when_it_triggers(floor):
    stop = floor.bob.enter("stop_limit", "sell", 2, stop_price="45.00", price="44.50")
    assert (stop["price"], stop["stop_price"]) == ("44.50", "45.00")
    trade(floor, "45.00")
    awake = floor.bob.order(stop)
    assert (awake["status"], awake["leaves_quantity"]) == ("new", "2")
    assert awake["triggered_at"] == awake["updated_at"]
    assert floor.bob.get("/book/XYZ")["asks"] == [["44.50", "2"]]


def test_a_trailing_stop_shows_where_it_is(floor):
    stop = floor.bob.enter("trailing_stop", "sell", trail="2.00", activation_price="51.00")
    assert (stop["stop_price"], stop["trail"], stop["trigger"]) == (None, "2.00", None)
    assert stop["activation_price"] == "51.00"
    trade(floor, "50.00")
    assert floor.bob.order(stop)["stop_price"] is None
    trade(floor, "51.00")
    assert floor.bob.order(stop)["stop_price"] == "49.00"
    trade(floor, "53.00")
    assert floor.bob.order(stop)["stop_price"] == "51.00"
    trade(floor, "52.00")
    assert floor.bob.order(stop)["stop_price"] == "51.00"
    floor.alice.rest("buy", 5, "50.90")
    trade(floor, "51.00")
    done = floor.bob.order(stop)
    assert (done["status"], done["average_price"]) == ("filled", "50.90")


def test_a_trailing_stop_may_trail_by_basis_points(floor):
    trade(floor, "50.00")
    stop = floor.bob.enter("trailing_stop", "sell", trail_bps=250)
    assert (stop["trail"], stop["trail_bps"], stop["stop_price"]) == (None, 250, "48.75")


def test_a_pegged_order_follows_and_its_limit_holds_it(floor):
    bid = floor.alice.rest("buy", 1, "48.00")
    pegged = floor.bob.enter("pegged", quantity=2, peg="bid", peg_offset="-0.10")
    assert (pegged["price"], pegged["peg"], pegged["peg_offset"]) == ("47.90", "bid", "-0.10")
    floor.alice.amend(bid, price="48.50")
    assert floor.bob.order(pegged)["price"] == "48.40"
    limited = floor.bob.enter("pegged", peg="bid", price="48.20")
    assert (limited["price"], limited["peg_offset"]) == ("48.20", "0.00")
    assert floor.bob.get("/book/XYZ")["bids"] == [["48.50", "1"], ["48.40", "2"], ["48.20", "1"]]


def test_a_pegged_order_needs_something_to_follow(floor):
    answer = floor.bob.send("pegged", peg="mid")
    assert (answer.status_code, answer.json()["code"]) == (422, "no_reference_price")


def test_reduce_only_shrinks_to_the_position(floor):
    floor.alice.rest("sell", 3, "50.00")
    floor.bob.enter("market", quantity=3)
    order = floor.bob.enter("limit", "sell", 5, price="55.00", reduce_only=True)
    assert (order["reduce_only"], order["quantity"]) == (True, "5")
    assert (order["leaves_quantity"], order["canceled_quantity"]) == ("3", "2")
    refused = floor.bob.send("limit", "buy", price="40.00", reduce_only=True)
    assert refused.json()["code"] == "reduce_only_would_increase"


def test_what_a_later_check_refuses_ends_with_its_code(floor):
    stop = floor.bob.enter("stop", "sell", 10, stop_price="45.00")
    carol = open_trader(floor.client, "carol")
    floor.admin("PATCH", f"/accounts/{floor.bob.account_id}", {"status": "blocked"})
    floor.alice.rest("buy", 5, "45.00")
    carol.enter("market", "sell")
    done = floor.bob.order(stop)
    assert (done["status"], done["reason"]) == ("canceled", "account_blocked")
    assert done["triggered_at"] is not None
