"""Edges of the engine: caps, odd figures, and changes under what exists already."""

from msgspec.structs import replace

from openoutcry.engine import entering, simple_orders
from openoutcry.model.commands import (
    ChangeInstrument,
    EnterOrder,
    EnterSimpleOrder,
    ListInstrument,
    OpenAccount,
)
from openoutcry.model.events import CommandRefused, InstrumentListed, OrderRejected
from openoutcry.model.instrument import FeeRates
from openoutcry.model.order import OrderType, Side
from openoutcry.model.reasons import Reason
from openoutcry.model.units import UNIT
from tests.scenarios.language import play
from tests.stage import instrument, open_house


def test_orders_that_wait_are_within_the_cap_when_their_time_comes(monkeypatch):
    monkeypatch.setattr(entering, "WORKING_ORDERS_MAX", 2)
    play("""
        alice simple 1 -> pended 1
        alice simple 1 -> pended 2
        after 1s       -> accepted 1 @ 105 | accepted 2 @ 105
    """)


def test_waiting_orders_are_bounded_too(monkeypatch):
    monkeypatch.setattr(simple_orders, "WORKING_ORDERS_MAX", 2)
    play("""
        alice simple 1 -> pended 1
        alice simple 1 -> pended 2
        alice simple 1 -> rejected open_orders_limit
    """)


def test_an_account_without_an_id_is_always_opened():
    stage = open_house()
    stage.submit(OpenAccount(name="first", account_id="account-1"))
    assert not isinstance(stage.submit(OpenAccount(name="second"))[0], CommandRefused)


def test_no_account_begins_below_zero():
    open_house().submit(OpenAccount(name="debtor", account_id="debtor", cash=-5))


def test_a_price_of_zero_is_refused():
    order = EnterOrder(
        account_id="alice",
        symbol="ACME",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=5,
        price=0,
    )
    assert isinstance(open_house().submit(order)[0], OrderRejected)


def test_a_fee_that_proceeds_could_not_cover_is_refused():
    stage = open_house()
    events = stage.submit(
        ListInstrument(instrument=instrument(symbol="DEAR", fees_bps=(0, 10_000)))
    )
    assert [event.reason for event in events] == [Reason.NOT_ALLOWED_COMBINATION]
    events = stage.submit(ChangeInstrument(instrument=instrument(fees_bps=(10_000, 0))))
    assert [event.reason for event in events] == [Reason.NOT_ALLOWED_COMBINATION]


def test_a_grid_does_not_change_under_a_position():
    stage = play("""
        alice sell 5 @ 100 -> accepted 1
        bob   buy 5 @ 100  -> accepted 2 | executed 2x1 5 @ 100
    """)
    events = stage.submit(ChangeInstrument(instrument=instrument(quantity_increment=10**11)))
    assert [event.reason for event in events] == [Reason.POSITIONS_OPEN]
    assert stage.engine.positions("bob")["ACME"][0] == 5


def test_what_is_listed_by_use_is_never_the_coin_or_the_currency_of_the_same_name():
    coin = instrument(symbol="BTC/USD")
    coin = replace(coin, grid=replace(coin.grid, asset="BTC"))
    stage = open_house(coin)
    for symbol, asset in (
        ("BTC", "BTC.share"),
        ("USD", "USD.share"),
        ("BTC.share", "BTC.share.share"),
    ):
        order = EnterSimpleOrder(account_id="demo", symbol=symbol, quantity=1, delay_ns=1)
        listed = stage.submit(order)[0]
        assert isinstance(listed, InstrumentListed)
        assert (listed.instrument.symbol, listed.instrument.grid.asset) == (symbol, asset)


def test_an_asset_that_came_by_use_is_not_listed_again_under_another_symbol():
    stage = open_house()
    stage.submit(EnterSimpleOrder(account_id="demo", symbol="ETH", quantity=1, delay_ns=1))
    coin = instrument(symbol="ETH/USD")
    coin = replace(coin, grid=replace(coin.grid, asset="ETH"))
    events = stage.submit(ListInstrument(instrument=coin))
    assert [event.reason for event in events] == [Reason.ALREADY_EXISTS]


def test_an_instrument_whose_quantities_contradict_each_other_is_refused():
    odd = instrument(symbol="ODD", minimum_quantity=5, maximum_quantity=4)
    events = open_house().submit(ListInstrument(instrument=odd))
    assert [event.reason for event in events] == [Reason.NOT_ALLOWED_COMBINATION]


def test_nothing_is_paid_for_with_itself():
    odd = instrument(symbol="ODD")
    odd = replace(odd, grid=replace(odd.grid, asset=odd.grid.currency))
    events = open_house().submit(ListInstrument(instrument=odd))
    assert [event.reason for event in events] == [Reason.NOT_ALLOWED_COMBINATION]


def test_an_order_counted_by_an_earlier_grid_is_counted_again():
    stage = open_house(instrument(price_increment=UNIT))
    before = instrument(price_increment=UNIT // 100).grid
    order = EnterOrder(
        account_id="alice",
        symbol="ACME",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=5,
        price=2000,
        grid=before,
    )
    [accepted] = stage.submit(order)
    assert accepted.order.price == 20
    [rejected] = stage.submit(replace(order, price=2050))
    assert rejected.reason is Reason.PRICE_INCREMENT


def test_two_changes_of_one_instrument_at_a_time_are_both_made():
    seen = instrument()
    stage = open_house(seen)
    maker = replace(seen, fees=FeeRates(5, 0))
    taker = replace(seen, fees=FeeRates(0, 7), protection=300)
    stage.submit(ChangeInstrument(instrument=maker, based_on=seen))
    [changed] = stage.submit(ChangeInstrument(instrument=taker, based_on=seen))
    assert changed.instrument.fees == FeeRates(5, 7)
    assert changed.instrument.protection == 300
