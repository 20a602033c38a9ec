from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from openoutcry.client import administration, market, orders
from openoutcry.client.terms import moment, number, said


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (Decimal("187.20"), "187.20"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (10, "10"),
        ("0.5", "0.5"),
    ],
)
def test_a_number_goes_out_as_digits(given, sent):
    assert number(given) == sent


@pytest.mark.parametrize("given", [0.1, True, Decimal("NaN"), Decimal("Infinity")])
def test_what_is_not_exact_is_no_number(given):
    with pytest.raises((TypeError, ValueError)):
        number(given)


def test_a_float_is_refused_however_deep_it_lies():
    with pytest.raises(TypeError, match=r"Decimal\('0.1'\)"):
        said({"limits": {"positions": {"XYZ": 0.1}}})


def test_a_time_is_utc_with_microseconds():
    east = timezone(timedelta(hours=2))
    assert moment(datetime(2026, 1, 2, 3, 4, 5, 6, east)) == "2026-01-02T01:04:05.000006Z"
    assert moment(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00.000000Z"
    with pytest.raises(ValueError, match="zone"):
        moment(datetime(2026, 1, 2))  # noqa: DTZ001


def test_an_order_that_names_nothing_else_is_a_limit_order_with_a_name():
    body = orders.place("XYZ", "buy", 10, price=Decimal("1.50")).body
    name = body.pop("client_order_id")
    assert body == {
        "type": "limit", "symbol": "XYZ", "side": "buy", "quantity": "10", "price": "1.50"
    }  # fmt: skip
    assert 1 <= len(name) <= 64


def test_two_orders_have_different_names_and_one_that_has_a_key_needs_none():
    first, second = (orders.place("XYZ", "buy", 1, price=1) for _ in range(2))
    assert first.recognised_by != second.recognised_by
    keyed = orders.place("XYZ", "buy", 1, price=1, idempotency_key="k")
    assert (keyed.recognised_by, "client_order_id" in keyed.body) == ("k", False)


def test_every_call_that_writes_is_recognised_when_it_comes_again():
    calls = [
        orders.amend(1, quantity=1),
        orders.cancel(1),
        orders.cancel_all(),
        orders.batch([]),
        orders.group("oco", []),
        orders.cancel_after(5),
        administration.open_account("a"),
        administration.kill_switch(on=True),
        administration.revoke_key("k"),
    ]
    assert all(call.recognised_by for call in calls)


def test_terms_that_are_integers_stay_integers():
    body = orders.place(
        "XYZ", "sell", 1, type="trailing_stop", trail_bps=50, activation_price=3
    ).body
    assert (body["trail_bps"], body["activation_price"]) == (50, "3")
    listed = administration.list_instrument("A", price_increment=1, protection_bps=5).body
    assert listed == {"symbol": "A", "price_increment": "1", "protection_bps": 5}


def test_a_symbol_with_a_slash_is_a_path_of_its_own():
    assert (
        market.book("EUR/USD", depth=1).target(7) == "/api/v1/book/EUR/USD?depth=1&min_sequence=7"
    )
    assert market.book("A B?").target() == "/api/v1/book/A%20B%3F"


def test_only_reads_ask_to_reflect_a_sequence():
    assert "min_sequence" not in orders.cancel(1).target(7)
