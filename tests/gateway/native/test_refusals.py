"""Every refusal of an order over the wire, and which comes first where several apply."""

import pytest
from msgspec.structs import replace

from openoutcry.gateway import refusals
from openoutcry.model.commands import BustTrade, ChangeAccount, ChangeInstrument
from openoutcry.model.events import OrderExecuted
from openoutcry.model.reasons import Reason
from openoutcry.model.units import UNIT

PRECEDENCE = [
    "unknown_instrument", "phase_forbids", "halted", "account_blocked", "not_allowed_combination",
    "price_increment", "quantity_increment", "quantity_below_minimum", "quantity_above_maximum",
    "notional_below_minimum", "notional_too_large", "price_outside_band", "price_collar",
    "no_reference_price", "open_orders_limit", "position_limit", "reduce_only_would_increase",
    "insufficient_funds", "insufficient_asset", "would_cross",
]  # fmt: skip


def test_reasons_stand_in_order_of_precedence():
    assert [reason.value for reason in Reason][: len(PRECEDENCE)] == PRECEDENCE


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)
def test_every_reason_has_words(reason):
    words = refusals.words_of(reason, None)
    assert words
    assert refusals.words_of(reason, {"price": 12 * 10**11}) == f"{words} (price 1.2)"


def change(floor, **changes):
    """Change the instrument, also where administration does not offer it."""
    instrument = floor.client.app.state.venue.sequencer.engine.instrument("XYZ")
    floor.do(ChangeInstrument(instrument=replace(instrument, **changes)))


def limit_bob(floor, **limits):
    floor.do(ChangeAccount(account_id=floor.bob.account_id, **limits))


def phase(floor, name):
    floor.admin("PUT", "/instruments/XYZ/phase", {"phase": name})


def refused(floor, body):
    answer = floor.bob.call("POST", "/orders", body)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert (problem["status"], problem["title"]) == (422, "Unprocessable Entity")
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["x-sequence"]) > 0
    return problem["code"], problem.get("allowed")


def test_of_everything_that_is_wrong_the_first_in_precedence_is_told(floor):
    """One order that breaks every rule it can; one after the other is mended."""
    floor.alice.rest("buy", 5, "50.00")
    floor.alice.rest("sell", 100, "60.00")
    floor.bob.enter("limit", quantity=10, price="50.50")  # Bob's only order that may be open.
    change(
        floor, minimum_quantity=5, maximum_quantity=1_000, minimum_notional=300 * UNIT,
        band=500, collar=100,
    )  # fmt: skip
    limit_bob(floor, open_orders_max=1, position_limits={"XYZ": 20 * UNIT})
    floor.admin("PATCH", f"/accounts/{floor.bob.account_id}", {"status": "blocked"})
    phase(floor, "closed")
    order = {
        "symbol": "NONE", "side": "buy", "type": "limit", "quantity": "0.5", "price": "1.001",
        "time_in_force": "ioc", "post_only": "reject", "reduce_only": True,
    }  # fmt: skip

    def told(**mended):
        order.update(mended)
        return refused(floor, order)

    assert told() == ("unknown_instrument", None)
    assert told(symbol="XYZ") == ("phase_forbids", None)
    phase(floor, "halted")
    assert told() == ("halted", None)
    phase(floor, "continuous")
    assert told() == ("account_blocked", None)
    floor.admin("PATCH", f"/accounts/{floor.bob.account_id}", {"status": "active"})
    assert told() == ("not_allowed_combination", None)
    assert told(time_in_force="gtc") == ("price_increment", {"price_increment": "0.01"})
    assert told(price="1.00") == ("quantity_increment", {"quantity_increment": "1"})
    assert told(quantity="4") == ("quantity_below_minimum", {"minimum_quantity": "5"})
    assert told(quantity="1001") == ("quantity_above_maximum", {"maximum_quantity": "1000"})
    # The shrunk order of nothing is worth nothing; so this one reduces something first.
    assert told(quantity="30")[0] == "notional_below_minimum"
    assert told(price="900.00", reduce_only=None)[0] == "price_outside_band"
    assert told(price="52.00")[0] == "price_collar"
    assert told(price="50.00")[0] == "open_orders_limit"
    limit_bob(floor, open_orders_max=9)
    assert told()[0] == "position_limit"


ALONE = {
    "notional_below_minimum": (
        {"price": "1.00"}, {"minimum_notional": "10"},
        lambda floor: change(floor, minimum_notional=10 * UNIT),
    ),
    "notional_too_large": (
        {"price": "9999999999", "quantity": "1000000000"},
        {"maximum_notional": "1000000000000000000"}, None,
    ),
    "price_collar": (
        {"price": "50.51"}, {"price": "50.50"}, lambda floor: change(floor, collar=100),
    ),
    "no_reference_price": ({"type": "pegged", "peg": "bid", "price": None}, None, None),
    "open_orders_limit": (
        {}, {"open_orders": "0"}, lambda floor: limit_bob(floor, open_orders_max=0),
    ),
    "position_limit": (
        {"quantity": "21"}, {"position": "20"},
        lambda floor: limit_bob(floor, position_limits={"XYZ": 20 * UNIT}),
    ),
    "reduce_only_would_increase": ({"reduce_only": True}, None, None),
    "insufficient_funds": (
        {"quantity": "1000000"}, {"available": "1000000", "needed": "50012500"}, None,
    ),
    "insufficient_asset": (
        {"side": "sell", "quantity": "1001"}, {"available": "1000", "needed": "1001"}, None,
    ),
    "would_cross": (
        {"post_only": "reject"}, None, lambda floor: floor.alice.rest("sell", 1, "50.00"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", ALONE)
def test_a_refusal_says_what_would_have_been_allowed(floor, code):
    terms, allowed, prepare = ALONE[code]
    if prepare is not None:
        prepare(floor)
    order = {"symbol": "XYZ", "side": "buy", "type": "limit", "quantity": "1", "price": "50.00"}
    assert refused(floor, order | terms) == (code, allowed)
    assert floor.bob.get("/orders?status=all")["items"] == []


@pytest.mark.parametrize(
    ("side", "price", "end"), [("buy", "55", "upper"), ("sell", "45", "lower")]
)
def test_a_price_outside_the_band_is_told_the_end_of_the_band(floor, side, price, end):
    change(floor, band=500)
    floor.alice.rest("sell", 1, "50.00")
    floor.bob.enter("market")
    order = {"symbol": "XYZ", "side": side, "type": "limit", "quantity": "1", "price": price}
    code, allowed = refused(floor, order)
    assert code == "price_outside_band"
    assert list(allowed) == [end]


def test_after_a_bust_the_orders_are_as_the_bust_left_them(floor):
    ask = floor.alice.rest("sell", 2, "50.00")
    bid = floor.bob.rest("buy", 2, "50.00")
    history = floor.client.app.state.venue.history
    [fill] = floor.bob.get("/fills")["items"]
    record = floor.client.app.state.venue.sequencer.read(0, 10_000)[-1]
    [trade] = [event for event in record.events if isinstance(event, OrderExecuted)]
    floor.do(BustTrade(trade=trade, reason="a slip"))
    for trader, order in ((floor.alice, ask), (floor.bob, bid)):
        after = trader.order(order)
        assert (after["status"], after["reason"]) == ("canceled", "administrator")
        assert (after["cum_quantity"], after["canceled_quantity"]) == ("0", "2")
        assert (after["average_price"], after["fees"]) == (None, "0")
        assert trader.get("/orders?status=closed")["items"] == [after]
    assert floor.bob.get("/fills")["items"] == [fill]
    assert history.trades_page("XYZ", limit=1).items[0].busted
