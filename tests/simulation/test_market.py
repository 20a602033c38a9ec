"""The simulated market wakes, paces itself, sleeps, and survives what the venue does."""

import asyncio

import pytest

from openoutcry.model.account import AccountStatus
from openoutcry.model.commands import AdvanceTime, ChangeAccount
from openoutcry.model.errors import NotReady
from openoutcry.model.order import Door
from openoutcry.simulation import market as market_module
from openoutcry.simulation.maker import MAKER
from openoutcry.simulation.market import AWAKE_S
from openoutcry.simulation.pace import COMMANDS_PER_SECOND_MAX
from tests.simulation.floor import Floor, limit, listing, simple


def test_nobody_looks_so_nothing_runs():
    async def story():
        floor = Floor(listing("AAPL"))
        assert floor.market.step() is None
        assert floor.attention.waken is not None
        assert floor.commands() == []

    asyncio.run(story())


def test_a_minute_after_the_last_look_agents_sleep_and_their_quotes_stay():
    async def story():
        floor = Floor(listing("AAPL"))
        floor.attention.touch("AAPL", floor.now)
        await floor.pass_time(AWAKE_S + 1)
        count = floor.market.submitted
        assert floor.market.step() is None
        await floor.pass_time(600, step=10)
        assert floor.market.submitted == count
        bids, asks = floor.depth("AAPL")
        assert bids
        assert asks

    asyncio.run(story())


def test_told_records_of_others_wake_nobody():
    async def story():
        floor = Floor(listing("AAPL"))
        await floor.trade(limit("alice", "AAPL", "buy", 10, 100))
        await floor.trade(AdvanceTime(), Door.VENUE)
        assert floor.commands() == []
        assert floor.market.step() is None

    asyncio.run(story())


def test_a_look_at_what_is_not_listed_does_nothing():
    async def story():
        floor = Floor()
        floor.attention.touch("NOPE", floor.now)
        await floor.pass_time(1)
        assert floor.commands() == []

    asyncio.run(story())


def test_a_symbol_listed_by_use_is_quoted_before_the_next_turn():
    async def story():
        floor = Floor()
        floor.attention.touch("NEW", floor.now)
        floor.market.step()
        await floor.trade(simple("NEW", delay_ns=10**9), Door.SIMPLE)
        bids, asks = floor.depth("NEW")
        assert (len(bids), len(asks)) == (5, 5)

    asyncio.run(story())


def test_all_agents_together_keep_to_the_pace_and_the_latest_symbol_comes_first():
    async def story():
        symbols = [f"S{number}" for number in range(100)]
        floor = Floor(*map(listing, symbols))
        for symbol in symbols:
            floor.attention.touch(symbol, floor.now)
        await floor.pass_time(0.1)
        assert {c.symbol for c in floor.commands()} == {"S99", "S98"}
        for _ in range(20):
            before = floor.market.submitted
            await floor.pass_time(1)
            assert floor.market.submitted - before <= COMMANDS_PER_SECOND_MAX
        assert all(floor.depth(symbol)[1] for symbol in symbols)

    asyncio.run(story())


def test_a_full_queue_makes_it_skip_and_it_goes_on_later():
    async def story():
        floor = Floor(listing("AAPL"))
        floor.capacity = 3
        floor.attention.touch("AAPL", floor.now)
        await floor.pass_time(0.1)
        assert floor.market.submitted == 3
        await floor.pass_time(1)
        assert all(map(len, floor.depth("AAPL")))
        floor.capacity = 0
        record = floor.apply(simple("AAPL", 5_000), Door.SIMPLE)
        floor.market.tell([record])
        assert floor.market.step() is not None
        floor.capacity = 1_000
        await floor.pass_time(0.1)
        assert floor.orders("demo") == []

    asyncio.run(story())


def test_equal_seeds_and_equal_records_make_equal_submissions():
    async def story(seed):
        floor = Floor(listing("AAPL"), listing("MSFT"), seed=seed)
        for second in range(20):
            floor.attention.touch("MSFT", floor.now)
            floor.attention.touch("AAPL", floor.now)
            await floor.pass_time(1)
            await floor.trade(simple("AAPL", 1 + second * 50), Door.SIMPLE)
        return floor.commands()

    first, again, other = (asyncio.run(story(seed)) for seed in (1, 1, 2))
    assert len(first) > 100
    assert first == again
    assert first != other


def test_quotes_of_sleeping_symbols_are_withdrawn_beyond_the_maximum(monkeypatch):
    monkeypatch.setattr(market_module, "SYMBOLS_QUOTED_MAX", 3)

    async def story():
        symbols = [f"S{number}" for number in range(8)]
        floor = Floor(*map(listing, symbols))
        for symbol in symbols:
            floor.attention.touch(symbol, floor.now)
            await floor.pass_time(AWAKE_S + 1)
        quoted = [symbol for symbol in symbols if any(floor.depth(symbol))]
        assert quoted[-1] == "S7"
        assert len(quoted) <= 4
        assert len(floor.market._desks) <= 4

    asyncio.run(story())


def test_the_task_sleeps_wakes_answers_and_stops():
    async def story():
        floor = Floor(listing("AAPL"))
        await floor.market.start()
        await asyncio.sleep(0)
        assert floor.attention.waken is not None
        floor.attention.touch("AAPL", floor.now)
        await asyncio.sleep(0)
        assert floor.market.submitted == 10
        floor.market.tell([floor.apply(simple("AAPL", 5_000), Door.SIMPLE)])
        await asyncio.sleep(0)
        assert floor.market.submitted == 11
        assert floor.orders("demo") == []
        await floor.market.stop()
        assert floor.attention.waken is None

    asyncio.run(story())


@pytest.mark.parametrize("how", ["raised", "failed", "cancelled"])
def test_a_venue_that_stops_ends_the_market_quietly(how):
    async def story():
        floor = Floor(listing("AAPL"))
        await floor.market.start()
        if how == "raised":
            floor.fault = NotReady("the venue stops")
        floor.attention.touch("AAPL", floor.now)
        await asyncio.sleep(0)
        for _, future in floor._untold:
            if how == "failed":
                future.set_exception(NotReady("the venue stops"))
            else:
                future.cancel()
        task = floor.market._task
        await asyncio.wait((task,), timeout=1)
        assert task.done()
        assert task.exception() is None
        await floor.market.stop()

    asyncio.run(story())


def test_refused_agents_rest_before_they_try_again():
    async def story():
        floor = Floor(listing("AAPL"))
        floor.apply(ChangeAccount(account_id=MAKER, status=AccountStatus.BLOCKED))
        floor.attention.touch("AAPL", floor.now)
        await floor.pass_time(11)
        assert 0 < floor.market.submitted <= 30
        await floor.trade(ChangeAccount(account_id=MAKER, status=AccountStatus.ACTIVE))
        await floor.pass_time(6)
        assert all(map(len, floor.depth("AAPL")))

    asyncio.run(story())
