"""The noise trader makes the tape and the book live, within bounds."""

import asyncio
from random import Random

from openoutcry.model.commands import CancelOrder, EnterOrder
from openoutcry.model.events import OrderExecuted
from openoutcry.model.order import OrderType, Side
from openoutcry.simulation.noise import NOISE, RESTING_MAX, NoiseTrader
from tests.simulation.floor import Floor, limit, listing


def watched(*symbols, seconds, seed=1):
    """Let agents trade while somebody watches; return the floor and its trades."""

    async def story():
        floor = Floor(*map(listing, symbols), seed=seed)
        for _ in range(seconds):
            for symbol in symbols:
                floor.attention.touch(symbol, floor.now)
            await floor.pass_time(1)
            for symbol in symbols:
                assert len(floor.orders(NOISE, symbol)) <= RESTING_MAX
        return floor

    floor = asyncio.run(story())
    return floor, [e for r in floor.records for e in r.events if isinstance(e, OrderExecuted)]


def test_one_symbol_trades_two_to_six_times_a_second():
    _, trades = watched("AAPL", seconds=60)
    assert 2 * 60 <= len(trades) <= 6 * 60


def test_ten_symbols_share_the_same_number_of_trades():
    symbols = [f"S{number}" for number in range(10)]
    _, trades = watched(*symbols, seconds=40)
    assert 2 * 40 <= len(trades) <= 6 * 40
    assert {trade.symbol for trade in trades} == set(symbols)


def test_both_sides_are_taken_in_many_sizes_and_both_are_offered():
    floor, trades = watched("AAPL", seconds=60)
    assert {trade.side for trade in trades} == {Side.BUY, Side.SELL}
    assert len({trade.quantity for trade in trades}) > 8
    offered = [c for c in floor.commands() if isinstance(c, EnterOrder) and c.account_id == NOISE]
    assert {(c.type, c.side) for c in offered} == {
        (kind, side) for kind in (OrderType.MARKET, OrderType.LIMIT) for side in Side
    }


def test_its_own_order_at_the_touch_is_withdrawn_instead_of_met():
    async def story():
        floor = Floor(listing("AAPL"))
        await floor.trade(limit(NOISE, "AAPL", "buy", 10, 19_990))
        await floor.trade(limit(NOISE, "AAPL", "sell", 10, 20_010))
        live = {o.terms.order_id: o for o in floor.orders(NOISE)}
        trader = NoiseTrader("AAPL", Random(1))
        for _ in range(50):
            for move in trader.turn(listing("AAPL"), live, 19_990, 20_010):
                assert isinstance(move, CancelOrder) or move.type is OrderType.LIMIT

    asyncio.run(story())


def test_it_takes_bargains_and_leaves_what_is_absurdly_dear():
    trader, instrument = NoiseTrader("AAPL", Random(1)), listing("AAPL")
    dear = [trader.turn(instrument, {}, None, 40_000) for _ in range(100)]
    assert [m for moves in dear for m in moves if m.type is OrderType.MARKET] == []
    cheap = [trader.turn(instrument, {}, None, 10_000) for _ in range(100)]
    assert [m for moves in cheap for m in moves if m.type is OrderType.MARKET]


def test_an_empty_book_leaves_it_without_an_idea():
    trader = NoiseTrader("AAPL", Random(1))
    assert all(trader.turn(listing("AAPL"), {}, None, None) == [] for _ in range(50))
