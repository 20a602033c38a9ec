"""A client that knows the documents alone has the engine's books, orders and balances."""

import pytest

from openoutcry.gateway.native import account_rendering, rendering
from openoutcry.streams.feeds.topic import Channel, Topic
from openoutcry.wire.prices import price_text, quantity_text
from tests.streams.feeds.client import (
    BalancesCopy,
    BookCopy,
    ExecutionsCopy,
    OrdersCopy,
    PositionsCopy,
)
from tests.streams.feeds.floor import SYMBOLS, Crowd, on_a_loop, open_floor
from tests.workload import TRADERS

pytestmark = pytest.mark.slow


def levels(engine, symbol, depth):
    grid = engine.instrument(symbol).grid
    return tuple(
        [(price_text(grid, price), quantity_text(grid, lots)) for price, lots in side]
        for side in engine.depth(symbol, depth)
    )


def queues(engine, symbol):
    grid = engine.instrument(symbol).grid
    return tuple(
        [(price_text(grid, price), quantity_text(grid, lots), i) for price, lots, i in side]
        for side in engine.queue(symbol)
    )


def as_sent(order):
    """An order as REST sends it, without what a change of its place in the queue changes."""
    fields = {name: getattr(order, name) for name in order.__struct_fields__}
    return {n: v for n, v in fields.items() if n not in ("sequence", "updated_at", "stop_price")}


def as_heard(order):
    return {n: v for n, v in order.items() if n not in ("sequence", "updated_at", "stop_price")}


@pytest.mark.parametrize("seed", [1, 2, 3])
@on_a_loop
async def test_level_3_is_the_engine_s_after_every_record(tmp_path, seed):
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(seed)
        await crowd.open(venue)
        await crowd.trade(venue, 100)
        copies = {symbol: OrdersCopy() for symbol in SYMBOLS}
        for symbol, copy in copies.items():
            await venue.follow(Topic(Channel.ORDERS, symbol), copy)

        def compare():
            for symbol, copy in copies.items():
                if venue.engine.instrument(symbol) is not None:
                    assert copy.sides() == queues(venue.engine, symbol)

        compare()
        await crowd.trade(venue, 1_500, compare)
        assert copies["ACME"].updates > 200


@pytest.mark.parametrize("seed", [4, 5])
@on_a_loop
async def test_level_2_is_the_engine_s_after_every_tick(tmp_path, seed):
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(seed)
        await crowd.open(venue)
        copies = {(s, depth): BookCopy() for s in SYMBOLS for depth in (10, 25, 1000)}
        for (symbol, depth), copy in copies.items():
            await venue.follow(Topic(Channel.BOOK, symbol, depth), copy)
        count = 0

        def tick():
            nonlocal count
            count += 1
            if count % 3:
                return  # The timer ticks, too, whenever it likes.
            venue.feeds.tick()
            for (symbol, depth), copy in copies.items():
                if venue.engine.instrument(symbol) is not None:
                    assert copy.sides() == levels(venue.engine, symbol, depth)

        await crowd.trade(venue, 1_500, tick)
        assert copies["ACME", 10].updates > 100


@pytest.mark.parametrize("seed", [6, 7])
@on_a_loop
async def test_private_copies_are_what_rest_answers_after_every_record(tmp_path, seed):
    async with open_floor(tmp_path) as venue:
        crowd, engine = Crowd(seed), venue.engine
        await crowd.open(venue)
        await crowd.trade(venue, 200)
        copies = {name: (ExecutionsCopy(), BalancesCopy(), PositionsCopy()) for name in TRADERS}
        for name, (executions, balances, positions) in copies.items():
            await venue.follow(Topic(Channel.EXECUTIONS, name), executions)
            await venue.follow(Topic(Channel.BALANCES, name), balances)
            await venue.follow(Topic(Channel.POSITIONS, name), positions)

        def compare():
            for name, (executions, balances, positions) in copies.items():
                orders = [as_sent(rendering.order(order)) for order in engine.orders_of(name)]
                assert [as_heard(o) for o in sorted_by_id(executions.orders)] == orders
                for balance in engine.balances(name):
                    shown = account_rendering.balance(balance)
                    if balance.total or balance.held or balance.asset in balances.balances:
                        assert balances.balances[balance.asset] == as_dict(shown)
                for position in account_rendering.positions(engine, name):
                    heard = positions.positions[position.symbol]
                    for field in ("quantity", "average_price", "realized_pnl"):
                        assert heard[field] == getattr(position, field)

        compare()
        await crowd.trade(venue, 1_200, compare)
        assert sum(executions.updates for executions, _, _ in copies.values()) > 1_000


def sorted_by_id(orders):
    return [orders[order_id] for order_id in sorted(orders)]


def as_dict(struct):
    return {name: getattr(struct, name) for name in struct.__struct_fields__}
