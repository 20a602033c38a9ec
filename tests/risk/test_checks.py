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
        (Phase.PRE_OPEN, None),
        (Phase.AUCTION, None),
    ],
)
def test_phases(phase, reason):
    assert answer(proposal(phase=phase)) is reason


PLAIN = (OrderType.LIMIT, OrderType.MARKET, OrderType.MARKET_TO_LIMIT)
"""The types that need no special terms."""


@pytest.mark.parametrize("order_type", OrderType)
@pytest.mark.parametrize("time_in_force", TimeInForce)
@pytest.mark.parametrize("price", [None, 100])
@pytest.mark.parametrize("post_only", [None, *PostOnly])
@pytest.mark.parametrize("phase", [Phase.CONTINUOUS, Phase.AUCTION])
def test_combinations(order_type, time_in_force, price, post_only, phase):
    in_call = phase is Phase.AUCTION
    limited = order_type is OrderType.LIMIT
    lasts = time_in_force in (TimeInForce.GTC, TimeInForce.DAY)
    at_once = time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
    reason = None
    if order_type not in PLAIN or limited is (price is None):
        reason = Reason.NOT_ALLOWED_COMBINATION
    if time_in_force is TimeInForce.GTD:
        reason = Reason.NOT_ALLOWED_COMBINATION  # It does not say until when.
    if order_type is OrderType.MARKET and lasts and not in_call:
        reason = Reason.NOT_ALLOWED_COMBINATION
    if post_only is not None and not (limited and lasts):
        reason = Reason.NOT_ALLOWED_COMBINATION
    if in_call and (at_once or post_only or order_type.value in ("pegged", "market_to_limit")):
        reason = Reason.PHASE_FORBIDS
    if not in_call and time_in_force is TimeInForce.OPG:
        reason = Reason.PHASE_FORBIDS
    order = proposal(
        phase=phase,
        type=order_type,
        time_in_force=time_in_force,
        price=price,
        post_only=post_only,
    )
    assert answer(order) is reason


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
        ({"band": (90, 100)}, None),
        ({"band": (90, 99)}, Reason.PRICE_OUTSIDE_BAND),
        ({"band": (101, 110), "side": Side.SELL}, Reason.PRICE_OUTSIDE_BAND),
        ({"band": (100, 110), "side": Side.SELL}, None),
        ({"band": (101, 110)}, None),
        ({"collar": 100}, None),
        ({"collar": 99}, Reason.PRICE_COLLAR),
        ({"collar": 101}, None),
        ({"collar": 101, "side": Side.SELL}, Reason.PRICE_COLLAR),
        ({"collar": 99, "side": Side.SELL}, None),
        ({"position_max": 5, "position_after": 5}, None),
        ({"position_max": 5, "position_after": 6}, Reason.POSITION_LIMIT),
        ({"opens": True}, Reason.ACCOUNT_BLOCKED),
        ({"available": 99, "side": Side.SELL, "is_on_margin": True}, Reason.INSUFFICIENT_FUNDS),
    ],
)  # fmt: skip
def test_edges(fields, reason):
    assert answer(proposal(**fields)) is reason
