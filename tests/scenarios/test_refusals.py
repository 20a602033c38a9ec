"""Several things wrong at once: the first in the order of the codes is the answer, always."""

from itertools import product

import msgspec
import pytest
from msgspec.structs import replace

from openoutcry.model.account import AccountStatus
from openoutcry.model.commands import (
    ChangeAccount,
    ChangeInstrument,
    Deposit,
    EnterOrder,
    ListInstrument,
    OpenAccount,
    SetPhase,
)
from openoutcry.model.events import OrderAccepted, OrderRejected
from openoutcry.model.instrument import Phase
from openoutcry.model.order import OrderType, PostOnly, Side, TimeInForce
from openoutcry.model.reasons import Reason
from openoutcry.model.units import UNIT
from tests.scenarios.language import play
from tests.stage import Stage, instrument

# As the published list has them.
PRECEDENCE = [
    "unknown_instrument",
    "phase_forbids",
    "halted",
    "account_blocked",
    "not_allowed_combination",
    "price_increment",
    "quantity_increment",
    "quantity_below_minimum",
    "quantity_above_maximum",
    "notional_below_minimum",
    "notional_too_large",
    "price_outside_band",
    "price_collar",
    "no_reference_price",
    "open_orders_limit",
    "position_limit",
    "reduce_only_would_increase",
    "insufficient_funds",
    "insufficient_asset",
    "would_cross",
]
# Of each line at most one can be wrong with one plain order; the other codes have stories of their
# own.
EXCLUSIVE = (
    ("unknown_instrument",),
    ("phase_forbids", "halted"),
    ("account_blocked",),
    ("not_allowed_combination",),
    ("price_increment", "notional_too_large"),
    ("quantity_increment", "quantity_below_minimum", "quantity_above_maximum"),
    ("notional_below_minimum",),
    ("open_orders_limit",),
    ("insufficient_funds", "insufficient_asset"),
    ("would_cross",),
)
HUGE = 10**17
RICH = 10**60


def combinations():
    """Every set of faults that one order can have; the empty one too."""
    return [
        frozenset(fault for fault in chosen if fault)
        for chosen in product(*[(None, *group) for group in EXCLUSIVE])
    ]


def the_venue(faults, side, price):
    """A venue with everything about it wrong that `faults` names."""
    stage = Stage()
    apply = stage.submit_briefly
    apply(ListInstrument(instrument=instrument()))
    for name in ("asker", "alice"):
        apply(OpenAccount(name=name, account_id=name))
    poor = "insufficient_funds" in faults or "insufficient_asset" in faults
    for name, asset in product(["asker"] if poor else ["asker", "alice"], ["USD", "ACME"]):
        apply(Deposit(account_id=name, asset=asset, amount=RICH))
    if "would_cross" in faults:
        other = Side.SELL if side is Side.BUY else Side.BUY
        apply(limit_order("asker", other, 5, price))
    changed = {"minimum_quantity": 2, "maximum_quantity": 100}
    if "notional_below_minimum" in faults:
        changed["minimum_notional"] = 10**50
    apply(ChangeInstrument(instrument=replace(instrument(), **changed)))
    if "open_orders_limit" in faults:
        apply(ChangeAccount(account_id="alice", open_orders_max=0))
    if "account_blocked" in faults:
        apply(ChangeAccount(account_id="alice", status=AccountStatus.BLOCKED))
    for fault, phase in (("phase_forbids", Phase.CLOSED), ("halted", Phase.HALTED)):
        if fault in faults:
            apply(SetPhase(symbol="ACME", phase=phase))
    return stage


def limit_order(account_id, side, quantity, price):
    return EnterOrder(
        account_id=account_id,
        symbol="ACME",
        side=side,
        type=OrderType.LIMIT,
        quantity=quantity,
        price=price,
    )


def the_order(faults, side, price):
    """An order with everything about it wrong that `faults` names."""
    quantity = 20
    if "quantity_increment" in faults:
        quantity = "1.5"
    if "quantity_below_minimum" in faults:
        quantity = 1
    if "quantity_above_maximum" in faults:
        quantity = 101
    order = limit_order("alice", side, quantity, "100.5" if "price_increment" in faults else price)
    if "unknown_instrument" in faults:
        order = replace(order, symbol="NONE")
    if "not_allowed_combination" in faults:
        return replace(order, post_only=PostOnly.REJECT, time_in_force=TimeInForce.FOK)
    return replace(order, post_only=PostOnly.REJECT)


@pytest.mark.slow
def test_of_all_that_is_wrong_the_first_in_order_is_reported():
    for faults in combinations():
        side = Side.SELL if "insufficient_asset" in faults else Side.BUY
        price = HUGE if "notional_too_large" in faults else 100
        stage = the_venue(faults, side, price)
        before = stage.engine.snapshot()
        event, *more = stage.submit_briefly(the_order(faults, side, price))
        assert more == []
        if not faults:
            assert isinstance(event, OrderAccepted)
            continue
        assert isinstance(event, OrderRejected), faults
        assert event.reason.value == min(faults, key=PRECEDENCE.index), faults
        assert unchanged(before, stage.engine.snapshot()), faults


def unchanged(before, after):
    """Apart from the sequence and the time, which every command advances."""
    pictures = [msgspec.json.decode(picture) for picture in (before, after)]
    for picture in pictures:
        picture.update(sequence=0, now=0)
    return pictures[0] == pictures[1]


def test_the_enumeration_is_in_the_published_order():
    codes = [reason.value for reason in Reason]
    assert codes[: len(PRECEDENCE)] == PRECEDENCE


@pytest.mark.parametrize(
    ("faults", "allowed"),
    [
        ("price_increment", {"price_increment": UNIT}),
        ("quantity_increment", {"quantity_increment": UNIT}),
        ("quantity_below_minimum", {"minimum_quantity": 2 * UNIT}),
        ("quantity_above_maximum", {"maximum_quantity": 100 * UNIT}),
        ("notional_below_minimum", {"minimum_notional": 10**50}),
        ("notional_too_large", {"maximum_notional": 10**30}),
        ("insufficient_funds", {"available": 0, "needed": 2000 * UNIT}),
        ("insufficient_asset", {"available": 0, "needed": 20 * UNIT}),
    ],
)
def test_a_refusal_says_what_would_have_been_allowed(faults, allowed):
    side = Side.SELL if faults == "insufficient_asset" else Side.BUY
    price = HUGE if faults == "notional_too_large" else 100
    stage = the_venue({faults}, side, price)
    (event,) = stage.submit(the_order({faults}, side, price))
    assert event.allowed == allowed


@pytest.mark.parametrize(
    ("quantity", "price", "answer"),
    [
        (2, 100, None),
        (1, 100, "quantity_below_minimum"),
        (0, 100, "quantity_below_minimum"),
        (-1, 100, "quantity_below_minimum"),
        (100, 100, None),
        (101, 100, "quantity_above_maximum"),
        (10, 10**17, None),  # exactly 10**30 units
        (10, 10**17 + 1, "notional_too_large"),
        (2, 10, None),  # exactly the minimum notional
        (2, 9, "notional_below_minimum"),
    ],
)
def test_the_limits_themselves_are_allowed(quantity, price, answer):
    stage = the_venue(set(), Side.BUY, 100)
    bounds = {"minimum_quantity": 2, "maximum_quantity": 100, "minimum_notional": 20 * UNIT}
    stage.submit(ChangeInstrument(instrument=replace(instrument(), **bounds)))
    event = stage.submit(limit_order("alice", Side.BUY, quantity, price))[0]
    assert (event.reason.value if isinstance(event, OrderRejected) else None) == answer


def test_an_order_more_than_the_account_may_have_open_is_refused():
    play("""
        venue limit alice 2 -> changed alice
        alice buy 1 @ 90    -> accepted 1
        alice buy 1 @ 90    -> accepted 2
        alice buy 1 @ 90    -> rejected open_orders_limit
        bob   buy 1 @ 90    -> accepted 3
        alice amend 2 to 5  -> replaced 2 5 @ 90 requeued | rested 2 5 @ 90
        alice cancel 1      -> canceled 1 1 user
        alice buy 1 @ 90    -> accepted 4
        alice buy 1 @ 90    -> rejected open_orders_limit
        venue limit alice none -> changed alice
        alice buy 1 @ 90    -> accepted 5
    """)
