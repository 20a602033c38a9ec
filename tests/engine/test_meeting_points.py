"""Where special orders, phases and listings meet changes under what exists already."""

from msgspec.structs import replace

from openoutcry.engine.engine import Engine
from openoutcry.model.commands import (
    AdvanceTime,
    ChangeInstrument,
    DelistInstrument,
    EnterGroup,
    EnterOrder,
    EnterSimpleOrder,
    ListInstrument,
)
from openoutcry.model.order import GroupKind, OrderType, Side, Special
from openoutcry.model.reasons import Reason
from openoutcry.model.units import UNIT, Nanos
from tests.stage import SECOND, instrument, open_house


def test_the_prices_of_a_stop_are_counted_again_too():
    stage = open_house(instrument(price_increment=UNIT))
    order = EnterOrder(
        account_id="alice",
        symbol="ACME",
        side=Side.SELL,
        type=OrderType.STOP,
        quantity=5,
        special=Special(stop_price=9000),
        grid=instrument(price_increment=UNIT // 100).grid,
    )
    [accepted] = stage.submit(order)
    assert accepted.order.terms.special.stop_price == 90
    [rejected] = stage.submit(replace(order, special=Special(stop_price=9050)))
    assert rejected.reason is Reason.PRICE_INCREMENT


def test_the_orders_of_a_group_are_counted_again_too():
    stage = open_house(instrument(price_increment=UNIT))
    legs = tuple(
        EnterOrder(
            account_id="alice",
            symbol="ACME",
            side=Side.SELL,
            type=OrderType.LIMIT,
            quantity=5,
            price=price,
            grid=instrument(price_increment=UNIT // 100).grid,
        )
        for price in (11_000, 12_000)
    )
    entered = stage.submit(EnterGroup(account_id="alice", kind=GroupKind.OCO, orders=legs))
    assert [event.order.price for event in entered[:2]] == [110, 120]
    odd = (legs[0], replace(legs[1], price=12_050))
    [refused] = stage.submit(EnterGroup(account_id="alice", kind=GroupKind.OCO, orders=odd))
    assert (refused.reason, refused.leg) == (Reason.PRICE_INCREMENT, 1)


def test_a_leap_of_the_clock_lengthens_delays_and_leaves_moments_alone():
    stage = open_house()
    stage.submit(
        EnterSimpleOrder(account_id="demo", symbol="ACME", quantity=1, delay_ns=10 * SECOND)
    )
    before = stage.engine.next_due()
    stage.submit(AdvanceTime(leap=Nanos(3600 * SECOND)))
    assert stage.engine.next_due() == before + 3600 * SECOND


def test_a_symbol_is_not_listed_anew_on_another_grid_while_somebody_has_some_of_the_old():
    stage = open_house()
    for name, side in (("alice", Side.BUY), ("bob", Side.SELL)):
        order = EnterOrder(
            account_id=name,
            symbol="ACME",
            side=side,
            type=OrderType.LIMIT,
            quantity=5,
            price=100,
        )
        stage.submit(order)
    stage.submit_briefly(DelistInstrument(symbol="ACME"))
    anew = ListInstrument(instrument=instrument(price_increment=UNIT // 100))
    [refused] = stage.submit_briefly(anew)
    assert refused.reason is Reason.POSITIONS_OPEN
    assert stage.engine.worth("alice").cash == stage.total("alice")


def test_a_restored_engine_knows_the_assets_of_earlier_grids():
    stage = open_house()
    now = instrument()
    stage.submit(ChangeInstrument(instrument=replace(now, grid=replace(now.grid, asset="NEW"))))
    restored = Engine.restore(stage.engine.snapshot())
    assert restored.snapshot() == stage.engine.snapshot()
