"""The market maker quotes both sides of any grid and never meets itself."""

import asyncio
from itertools import chain
from random import Random

import pytest

from openoutcry.model.commands import EnterOrder
from openoutcry.model.events import OrderExpired
from openoutcry.model.order import Side
from openoutcry.model.units import UNIT
from openoutcry.simulation.maker import LEVELS, MAKER, STRAY_BPS_MAX, MarketMaker
from openoutcry.simulation.sizing import tidied
from tests.simulation.floor import CENT, Floor, limit, listing

GRIDS = {
    "a share": listing("AAPL"),
    "listed by use": listing("NEW", reference=10_000),
    "a coin": listing("BTC", quantity_increment=UNIT // 10**4, reference=6_000_000),
    "fine ticks": listing(
        "DOGE", price_increment=UNIT // 10**5, quantity_increment=UNIT // 10**4, reference=12_345
    ),
    "penny stock": listing("PENNY", reference=3),
    "one tick": listing("DUST", reference=1),
    "dear share": listing("BRK", reference=60_000_000),
    "large minimum": listing("MIN", minimum_quantity=5_000, minimum_notional=10**6 * UNIT),
    "small maximum": listing("MAX", maximum_quantity=3),
}


@pytest.mark.parametrize("instrument", GRIDS.values(), ids=GRIDS)
def test_every_listed_symbol_gets_a_two_sided_book(instrument):
    async def story():
        floor = Floor(instrument)
        floor.attention.touch(instrument.symbol, floor.now)
        await floor.pass_time(0.2)
        bids, asks = floor.depth(instrument.symbol)
        assert asks
        assert bids
        if instrument.reference_price > LEVELS:
            assert (len(bids), len(asks)) == (LEVELS, LEVELS)
        near = instrument.reference_price // 100 + LEVELS
        assert all(abs(p - instrument.reference_price) <= near for p, _ in bids + asks)

    asyncio.run(story())


def test_shares_come_whole_and_worth_about_a_level():
    async def story():
        floor = Floor(GRIDS["a share"], GRIDS["a coin"])
        floor.attention.touch("AAPL", floor.now)
        floor.attention.touch("BTC", floor.now)
        await floor.pass_time(0.5)
        for _, shares in chain(*floor.depth("AAPL")):
            assert 50 <= shares <= 150
        for _, lots in chain(*floor.depth("BTC")):
            assert 1_600 <= lots <= 5_000
            assert lots == tidied(lots)

    asyncio.run(story())


@pytest.mark.parametrize("seed", range(5))
def test_quotes_follow_fair_value_with_few_commands_and_never_meet_each_other(seed):
    async def story():
        floor = Floor(GRIDS["listed by use"], seed=seed)
        for _ in range(60):
            floor.attention.touch("NEW", floor.now)
            await floor.pass_time(1)
            own = floor.orders(MAKER)
            assert LEVELS < len(own) <= 2 * LEVELS
            assert max(o.price for o in own if o.terms.side is Side.BUY) < min(
                o.price for o in own if o.terms.side is Side.SELL
            )
        commands = [c for c in floor.commands() if c.account_id == MAKER]
        assert 60 < len(commands) < 60 * 8
        ended = [e.order for r in floor.records for e in r.events if isinstance(e, OrderExpired)]
        assert [o for o in ended if o.terms.account_id == MAKER] == []

    asyncio.run(story())


def test_fair_value_walks_about_the_reference_price_and_yields_only_so_far():
    instrument = GRIDS["a share"]
    maker = MarketMaker("AAPL", Random(3))
    middles = []
    for _ in range(20_000):
        moves = maker.turn(instrument, {}, None, 0)
        prices = [m.price for m in moves if isinstance(m, EnterOrder)]
        middles.append((min(prices) + max(prices)) // 2)
    assert len(set(middles)) > 30
    assert all(abs(m - 20_000) < 1_000 for m in middles)
    for _ in range(5_000):
        moves = maker.turn(instrument, {}, None, 100)
    highest = max(m.price for m in moves if isinstance(m, EnterOrder))
    assert highest < 20_000 * (10_000 + STRAY_BPS_MAX + 50) // 10_000


def test_a_level_that_is_bought_away_comes_back_and_the_price_yields():
    async def story():
        floor = Floor(GRIDS["a share"])
        floor.attention.touch("AAPL", floor.now)
        await floor.pass_time(0.2)
        _, asks = floor.depth("AAPL")
        bought = sum(quantity for _, quantity in asks[:3])
        before = floor.market.submitted
        await floor.trade(limit("alice", "AAPL", "buy", bought, asks[2][0]))
        await floor.pass_time(0.5)
        bids_after, asks_after = floor.depth("AAPL")
        assert (len(bids_after), len(asks_after)) >= (LEVELS, LEVELS)
        assert asks_after[0][0] > asks[0][0]
        assert floor.market.submitted > before

    asyncio.run(story())


def test_after_a_restart_the_maker_takes_up_its_old_quotes():
    async def story():
        floor = Floor(GRIDS["a share"])
        floor.attention.touch("AAPL", floor.now)
        await floor.pass_time(30)
        before = floor.orders(MAKER)
        again = Floor(GRIDS["a share"])
        again.engine, again.at, again.now = floor.engine, floor.at, floor.now
        again.market.take_up()
        again.attention.touch("AAPL", again.now)
        await again.pass_time(0.1)
        after = again.orders(MAKER)
        assert len(after) == 2 * LEVELS
        kept = {o.terms.order_id for o in before} & {o.terms.order_id for o in after}
        assert len(kept) >= LEVELS

    asyncio.run(story())


def test_ticks_of_a_cent_are_two_apart_at_two_hundred():
    moves = MarketMaker("AAPL", Random(1)).turn(GRIDS["a share"], {}, None, 0)
    asks = sorted(m.price for m in moves if m.side is Side.SELL)
    assert CENT * (asks[-1] - asks[0]) <= CENT * 10
