"""A simple order that rests is served at once, whatever stands around it."""

import asyncio

import pytest
from msgspec.structs import replace

from openoutcry.model.account import DEMO, AccountStatus
from openoutcry.model.commands import (
    AdvanceTime,
    CancelOrder,
    ChangeAccount,
    ChangeInstrument,
    EnterOrder,
    SetPhase,
)
from openoutcry.model.events import OrderExecuted
from openoutcry.model.instrument import Phase
from openoutcry.model.order import Door, TimeInForce
from openoutcry.simulation.maker import MAKER
from openoutcry.simulation.noise import NOISE
from tests.simulation.floor import Floor, limit, listing, simple


def answers(floor):
    return [
        c
        for c in floor.commands()
        if isinstance(c, EnterOrder) and c.time_in_force is TimeInForce.IOC and c.price
    ]


def executed(floor):
    """Return what demo has bought of each order, by order id."""
    bought = {}
    for record in floor.records:
        for event in record.events:
            if isinstance(event, OrderExecuted):
                for report in (event.taker, event.maker):
                    if report.terms.account_id == DEMO:
                        bought[report.terms.order_id] = report.cum_quantity
    return bought


@pytest.mark.parametrize("quantity", [1, 10, 1_000_000_000])
def test_a_symbol_that_nobody_quotes_is_served_in_one_answer(quantity):
    async def story():
        floor = Floor()
        record = floor.apply(simple("NEW", quantity), Door.SIMPLE)
        floor.market.tell([record])
        floor.market.step()
        assert len(answers(floor)) == 1
        await floor.flush()
        assert list(executed(floor).values()) == [quantity]
        assert floor.orders(DEMO) == []
        assert len(answers(floor)) == 1
        assert answers(floor)[0].quantity == quantity

    asyncio.run(story())


def test_an_order_larger_than_the_book_takes_it_and_is_answered_for_the_rest():
    async def story():
        floor = Floor(listing("AAPL"))
        floor.attention.touch("AAPL", floor.now)
        await floor.pass_time(0.2)
        offered = sum(quantity for _, quantity in floor.depth("AAPL")[1])
        await floor.trade(simple("AAPL", 5_000), Door.SIMPLE)
        assert list(executed(floor).values()) == [5_000]
        assert [a.quantity for a in answers(floor)] == [5_000 - offered]

    asyncio.run(story())


def test_a_hundred_at_once_are_all_served_each_by_one_answer():
    async def story():
        floor = Floor()
        for _ in range(100):
            floor.apply(simple("NEW", 10, delay_ns=1), Door.SIMPLE)
        while floor.engine.next_due() is not None:
            await floor.trade(AdvanceTime(), Door.VENUE)
        assert list(executed(floor).values()) == [10] * 100
        assert len(answers(floor)) <= 100
        prices = [e.price for r in floor.records for e in r.events if isinstance(e, OrderExecuted)]
        assert max(prices) <= 11_100

    asyncio.run(story())


def test_another_buyer_in_front_is_served_as_well():
    async def story():
        floor = Floor(listing("AAPL"))
        await floor.trade(limit("alice", "AAPL", "buy", 1_000_000, 21_000))
        await floor.trade(limit("alice", "AAPL", "buy", 70, 30_000))
        await floor.trade(simple("AAPL", 10), Door.SIMPLE)
        assert list(executed(floor).values()) == [10]
        assert len(answers(floor)) == 2
        assert floor.orders(DEMO) == []

    asyncio.run(story())


def test_the_makers_own_bid_in_front_makes_room():
    async def story():
        floor = Floor(listing("AAPL"))
        await floor.trade(limit("alice", "AAPL", "sell", 5, 10_000))
        await floor.trade(limit(NOISE, "AAPL", "buy", 5, 10_000), Door.SIMULATION)
        await floor.trade(limit(MAKER, "AAPL", "buy", 5, 12_000), Door.SIMULATION)
        await floor.trade(simple("AAPL", 10), Door.SIMPLE)
        assert list(executed(floor).values()) == [10]
        assert len(answers(floor)) == 1

    asyncio.run(story())


def test_what_is_canceled_before_the_answer_is_not_answered():
    async def story():
        floor = Floor(listing("AAPL"))
        record = floor.apply(simple("AAPL"), Door.SIMPLE)
        floor.market.tell([record])
        (resting,) = floor.orders(DEMO)
        floor.apply(CancelOrder(account_id=DEMO, order_id=resting.terms.order_id))
        floor.market.step()
        await floor.flush()
        assert answers(floor) == []

    asyncio.run(story())


def test_a_halted_market_is_left_alone_and_served_when_it_trades_again():
    async def story():
        floor = Floor(listing("AAPL"))
        record = floor.apply(simple("AAPL"), Door.SIMPLE)
        floor.apply(SetPhase(symbol="AAPL", phase=Phase.HALTED))
        floor.market.tell([record])
        floor.market.step()
        floor.attention.touch("AAPL", floor.now)
        await floor.pass_time(20)
        assert floor.commands() == []
        await floor.trade(SetPhase(symbol="AAPL", phase=Phase.CONTINUOUS))
        assert list(executed(floor).values()) == [10]

    asyncio.run(story())


def test_a_refused_answer_is_repeated_seldom_and_never_while_nobody_looks():
    async def story():
        floor = Floor(listing("AAPL"))
        blocked = ChangeAccount(account_id=MAKER, status=AccountStatus.BLOCKED)
        floor.apply(blocked)
        await floor.trade(simple("AAPL"), Door.SIMPLE)
        assert len(answers(floor)) == 1
        await floor.pass_time(59)
        assert len(answers(floor)) <= 13
        await floor.pass_time(10)
        count = floor.market.submitted
        await floor.pass_time(60)
        assert floor.market.submitted == count
        await floor.trade(replace(blocked, status=AccountStatus.ACTIVE))
        assert list(executed(floor).values()) == [10]

    asyncio.run(story())


def test_a_minimum_of_the_instrument_does_not_stop_the_answer():
    async def story():
        instrument = listing("AAPL")
        floor = Floor(instrument)
        record = floor.apply(simple("AAPL", 10), Door.SIMPLE)
        floor.apply(ChangeInstrument(instrument=replace(instrument, minimum_quantity=100)))
        floor.market.tell([record])
        floor.market.step()
        await floor.flush()
        assert list(executed(floor).values()) == [10]
        assert [a.quantity for a in answers(floor)] == [100]

    asyncio.run(story())


def test_orders_found_resting_at_start_up_are_served():
    async def story():
        floor = Floor(listing("AAPL"))
        floor.apply(simple("AAPL"), Door.SIMPLE)
        floor.market.take_up()
        floor.market.step()
        await floor.flush()
        assert list(executed(floor).values()) == [10]

    asyncio.run(story())


def test_answers_do_not_count_against_the_pace():
    async def story():
        floor = Floor()
        for number in range(500):
            record = floor.apply(simple(f"N{number}"), Door.SIMPLE)
            floor.market.tell([record])
        floor.market.step()
        await floor.flush()
        assert len(executed(floor)) == 500

    asyncio.run(story())
