"""The checks one by one, at their edges; the gates table shows them at work."""

import pytest

from openoutcry.model.account import AccountStatus
from openoutcry.model.instrument import Phase
from openoutcry.model.order import OrderType, PostOnly, Side, TimeInForce
from openoutcry.model.reasons import Reason
from openoutcry.model.units import NOTIONAL_MAX
from openoutcry.risk import checks
from tests.stage import instrument


def proposal(*, phase=Phase.CONTINUOUS, **fields):
    """A limit order that passes every check, but for what `fields` say."""
    sound = {
        "instrument": instrument(phase=phase),
        "account_status": AccountStatus.ACTIVE,
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "time_in_force": TimeInForce.GTC,
        "quantity": 1,
        "price": 100,
        "open_orders": 0,
        "open_orders_max": 1,
        "limit": 100,
        "unit": 1,
        "needed": 100,
        "available": 100,
    }
    return checks.Proposal(**{**sound, **fields})


def answer(order):
    refusal = checks.first_refusal(order, (*checks.TERMS, *checks.MEANS))
    return None if refusal is None else refusal.reason


def test_a_sound_order_passes():
    assert answer(proposal()) is None


@pytest.mark.parametrize(
    ("phase", "reason"),
    [
        (Phase.CONTINUOUS, None),
        (Phase.HALTED, Reason.HALTED),
        (Phase.CLOSED, Reason.PHASE_FORBIDS),
    ],
)
def test_phases(phase, reason):
    assert answer(proposal(phase=phase)) is reason


@pytest.mark.parametrize(
    ("order_type", "time_in_force", "price", "post_only", "is_sound"),
    [
        (kind, tif, price, post, _sound)
        for kind in OrderType
        for tif in TimeInForce
        for price in (None, 100)
        for post in (None, PostOnly.REJECT)
        for _sound in [
            (kind is OrderType.LIMIT) == (price is not None)
            and not (kind is OrderType.MARKET and tif is TimeInForce.GTC)
            and (post is None or (kind is OrderType.LIMIT and tif is TimeInForce.GTC))
        ]
    ],
)
def test_combinations(order_type, time_in_force, price, post_only, is_sound):
    order = proposal(type=order_type, time_in_force=time_in_force, price=price, post_only=post_only)
    assert answer(order) is (None if is_sound else Reason.NOT_ALLOWED_COMBINATION)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"available": 99}, Reason.INSUFFICIENT_FUNDS),
        ({"available": 99, "side": Side.SELL}, Reason.INSUFFICIENT_ASSET),
        ({"available": 101}, None),
        ({"open_orders": 1}, Reason.OPEN_ORDERS_LIMIT),
        ({"open_orders_max": 0}, Reason.OPEN_ORDERS_LIMIT),
        ({"limit": NOTIONAL_MAX}, None),
        ({"limit": NOTIONAL_MAX + 1}, Reason.NOTIONAL_TOO_LARGE),
        ({"crosses": True}, None),
        ({"crosses": True, "post_only": PostOnly.REJECT}, Reason.WOULD_CROSS),
        ({"quantity": None}, Reason.QUANTITY_INCREMENT),
        ({"quantity": 0}, Reason.QUANTITY_BELOW_MINIMUM),
        ({"price": None, "price_off_grid": True}, Reason.PRICE_INCREMENT),
        ({"limit": None, "type": OrderType.MARKET, "price": None,
          "time_in_force": TimeInForce.IOC}, None),
    ],
)  # fmt: skip
def test_edges(fields, reason):
    assert answer(proposal(**fields)) is reason
