"""Phases and auctions over the wire: what they take, what they show, what they print."""

import pytest

PATH = "/instruments/XYZ/phase"


def to(floor, phase):
    answer = floor.admin("PUT", PATH, {"phase": phase, "reason": "the day goes on"})
    assert (answer.status_code, answer.json()["phase"]) == (200, phase), answer.text


def auction(floor):
    shown = floor.bob.get("/auction/XYZ")
    assert list(shown) == [
        "symbol", "phase", "indicative_price", "paired_quantity", "imbalance",
        "imbalance_side", "ends_at", "sequence",
    ]  # fmt: skip
    return shown


def test_a_call_shows_what_it_would_come_to_and_prints_that_when_it_ends(floor):
    to(floor, "pre_open")
    assert auction(floor)["indicative_price"] is None
    bid = floor.bob.rest("buy", 5, "50.10")
    ask = floor.alice.rest("sell", 3, "49.90")
    shown = auction(floor)
    assert (shown["symbol"], shown["phase"], shown["ends_at"]) == ("XYZ", "pre_open", None)
    assert (shown["indicative_price"], shown["paired_quantity"]) == ("50.10", "3")
    assert (shown["imbalance"], shown["imbalance_side"]) == ("2", "buy")
    assert floor.bob.order(bid)["cum_quantity"] == "0"
    assert floor.bob.get("/book/XYZ") == {
        "symbol": "XYZ",
        "sequence": shown["sequence"],
        "bids": [["50.10", "5"]],
        "asks": [["49.90", "3"]],
    }
    to(floor, "auction")
    to(floor, "continuous")
    assert floor.alice.order(ask)["average_price"] == "50.10"
    assert floor.bob.order(bid)["leaves_quantity"] == "2"
    for trader in (floor.alice, floor.bob):
        [fill] = trader.get("/fills")["items"]
        assert (fill["liquidity"], fill["price"], fill["quantity"]) == ("auction", "50.10", "3")
        assert fill["fee"] == "0.01503"  # 150.30 at the maker's 1 bp.
    assert {
        fill["side"] for t in (floor.alice, floor.bob) for fill in t.get("/fills")["items"]
    } == {
        "buy",
        "sell",
    }
    shown = auction(floor)
    assert [shown[n] for n in ("indicative_price", "imbalance_side")] == [None, None]
    assert [shown[n] for n in ("phase", "paired_quantity", "imbalance")] == ["continuous", "0", "0"]


def test_a_print_of_an_auction_has_no_side_from_memory_and_from_history(floor):
    to(floor, "auction")
    floor.bob.rest("buy", 2, "50.00")
    floor.alice.rest("sell", 2, "50.00")
    to(floor, "continuous")
    floor.bob.rest("buy", 1, "51.00")
    floor.alice.rest("sell", 1, "51.00")
    from_history = floor.bob.get("/trades/XYZ")["items"]
    assert [(one["side"], one["price"]) for one in from_history] == [
        ("sell", "51.00"), (None, "50.00"),
    ]  # fmt: skip
    assert {one["busted"] for one in from_history} == {False}
    [from_memory] = floor.bob.get("/trades/XYZ?limit=1")["items"]
    assert from_memory == from_history[0]


TAKEN = {
    # What is sent, and what each phase says to it.
    "limit gtc": ({"price": "40.00"}, {}),
    "limit day": ({"price": "40.00", "time_in_force": "day"}, {}),
    "limit opg": ({"price": "40.00", "time_in_force": "opg"}, {"continuous": "phase_forbids"}),
    "limit cls": ({"price": "40.00", "time_in_force": "cls"}, {}),
    "limit ioc": ({"price": "40.00", "time_in_force": "ioc"}, {"call": "phase_forbids"}),
    "limit fok": ({"price": "40.00", "time_in_force": "fok"}, {"call": "phase_forbids"}),
    "post-only": ({"price": "40.00", "post_only": "reject"}, {"call": "phase_forbids"}),
    "pegged": ({"kind": "pegged", "peg": "bid"}, {"call": "phase_forbids"}),
    "stop": ({"kind": "stop", "stop_price": "60.00"}, {}),
    "trailing": ({"kind": "trailing_stop", "trail": "5.00"}, {}),
    "market opg": ({"kind": "market", "time_in_force": "opg"}, {"continuous": "phase_forbids"}),
    "market cls": ({"kind": "market", "time_in_force": "cls"}, {}),
    "market day": (
        {"kind": "market", "time_in_force": "day"}, {"continuous": "not_allowed_combination"},
    ),
    "market ioc": ({"kind": "market", "time_in_force": "ioc"}, {"call": "phase_forbids"}),
}  # fmt: skip


@pytest.mark.parametrize("phase", ["pre_open", "auction", "continuous", "halted", "closed"])
def test_a_phase_takes_what_the_table_says(floor, phase):
    floor.alice.rest("buy", 100, "39.00")
    if phase != "continuous":
        to(floor, phase)
    told = {}
    for name, (terms, _) in TAKEN.items():
        answer = floor.bob.send(**{"kind": "limit"} | terms)
        told[name] = "taken" if answer.status_code == 201 else answer.json()["code"]
    kind = "call" if phase in ("pre_open", "auction") else phase
    everything = {"halted": "halted", "closed": "phase_forbids"}.get(phase, "taken")
    assert told == {name: says.get(kind, everything) for name, (_, says) in TAKEN.items()}


def test_orders_of_the_opening_end_with_it(floor):
    to(floor, "pre_open")
    opening = floor.bob.enter("limit", quantity=2, price="50.00", time_in_force="opg")
    closing = floor.bob.enter("limit", quantity=2, price="49.00", time_in_force="cls")
    market = floor.bob.enter("market", quantity=3, time_in_force="opg")
    floor.alice.rest("sell", 4, "50.00")
    to(floor, "continuous")
    filled = floor.bob.order(market)
    assert (filled["status"], filled["cum_quantity"], filled["price"]) == ("filled", "3", None)
    ended = floor.bob.order(opening)
    assert (ended["status"], ended["cum_quantity"]) == ("canceled", "1")
    assert ended["reason"] == "expired"
    assert floor.bob.order(closing)["status"] == "new"
    assert floor.bob.get("/book/XYZ")["bids"] == []


def test_the_closing_auction_ends_the_day(floor):
    day = floor.bob.enter("limit", price="40.00", time_in_force="day")
    stays = floor.bob.rest("buy", 1, "41.00")
    closing = floor.bob.enter("market", quantity=2, time_in_force="cls")
    floor.alice.rest("sell", 2, "50.00")
    assert floor.bob.order(closing)["status"] == "new"
    to(floor, "auction")
    to(floor, "closed")
    assert floor.bob.order(closing)["average_price"] == "50.00"
    assert (floor.bob.order(day)["status"], floor.bob.order(day)["reason"]) == (
        "expired",
        "expired",
    )
    assert floor.bob.order(stays)["status"] == "new"
    refused = floor.bob.amend(stays, quantity="1")
    assert (refused.status_code, refused.json()["code"]) == (422, "phase_forbids")
    assert floor.bob.call("DELETE", f"/orders/{stays['order_id']}").status_code == 200


def test_a_halt_keeps_stops_asleep(floor):
    stop = floor.bob.enter("stop", stop_price="51.00")
    to(floor, "halted")
    assert floor.bob.order(stop)["status"] == "new"
    assert floor.bob.amend(stop, stop_price="52.00").json()["code"] == "halted"
    assert floor.bob.call("DELETE", f"/orders/{stop['order_id']}").status_code == 200
