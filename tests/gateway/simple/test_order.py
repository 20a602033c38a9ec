"""How a report of the venue shows in the simple API."""

import pytest

from openoutcry.gateway.simple.order import (
    STATUSES,
    SimpleStatus,
    encode,
    simple_order,
    simple_status,
)
from openoutcry.model.instrument import Grid
from openoutcry.model.order import Door, OrderReport, OrderStatus, OrderTerms, OrderType, Side
from openoutcry.model.units import UNIT

CENT = UNIT // 100
CREATED_AT = 1_795_426_200_123_456_789


def report(*, tick=CENT, lot=UNIT, quantity=10, cum=0, cost=0):
    terms = OrderTerms(
        order_id=41,
        account_id="demo",
        symbol="AAPL",
        grid=Grid("AAPL", "USD", tick, lot),
        side=Side.BUY,
        type=OrderType.MARKET_TO_LIMIT,
        quantity=quantity,
        created_at=CREATED_AT,
        door=Door.SIMPLE,
    )
    return OrderReport(
        terms=terms,
        status=OrderStatus.NEW,
        sequence=7,
        updated_at=CREATED_AT,
        leaves_quantity=quantity - cum,
        cum_quantity=cum,
        cost=cost,
    )


def test_an_order_is_shown_in_this_order_of_properties():
    assert encode(simple_order(report())) == (
        b'{"id":41,"order_id":41,"stocks":"AAPL","quantity":10,"status":"PENDING",'
        b'"filled_quantity":0,"average_price":null,'
        b'"created_at":"2026-11-23T09:30:00.123456Z","updated_at":"2026-11-23T09:30:00.123456Z"}'
    )


def test_every_status_of_the_venue_shows_as_the_one_it_is_found_by():
    shown = {status: simple_status(status) for status in OrderStatus}
    assert shown == {status: simple for simple, group in STATUSES.items() for status in group}
    assert shown[OrderStatus.PARTIALLY_FILLED] is SimpleStatus.PENDING
    assert shown[OrderStatus.EXPIRED] is SimpleStatus.CANCELLED
    assert shown[OrderStatus.FILLED] is SimpleStatus.EXECUTED


@pytest.mark.parametrize(
    ("tick", "cum", "cost", "price"),
    [
        (CENT, 0, 0, None),
        (CENT, 10, 100_000, "100.00"),
        (CENT, 2, 201, "1.005"),
        (CENT, 3, 100, "0.33333333"),
        (CENT, 3, 200, "0.66666667"),
        (UNIT, 3, 300, "100"),
        (UNIT // 10**5, 1, 104_150, "1.04150"),
        (UNIT // 10**8, 2, 1, "0.00000000"),
        (UNIT // 10**8, 2, 3, "0.00000002"),
        (UNIT // 10**8, 2, 5, "0.00000002"),
        (UNIT // 10**12, 1, 10**12, "1.00000000"),
    ],
)
def test_an_average_price_is_rounded_half_to_even_and_keeps_the_ticks_zeros(tick, cum, cost, price):
    assert simple_order(report(tick=tick, cum=cum, cost=cost)).average_price == price


@pytest.mark.parametrize(
    ("lot", "lots", "cum", "quantity", "filled"),
    [
        (UNIT, 10, 3, 10, 3),
        (UNIT // 10_000, 100_000, 30_000, 10, 3),
        (UNIT // 10_000, 100_000, 39_999, 10, 3),
        (UNIT // 10_000, 10_000, 1, 1, 0),
        (100 * UNIT, 2, 1, 200, 100),
    ],
)
def test_quantities_are_whole_units_and_never_more_than_was_filled(
    lot, lots, cum, quantity, filled
):
    shown = simple_order(report(lot=lot, quantity=lots, cum=cum, cost=cum))
    assert (shown.quantity, shown.filled_quantity) == (quantity, filled)
