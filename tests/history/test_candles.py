"""Candles and closes in history are what the trades and the engine say, busts taken out."""

from collections import defaultdict
from contextlib import closing
from random import Random

import pytest
from msgspec.structs import replace

from openoutcry.engine.engine import Engine
from openoutcry.history.candle_pages import candles_from
from openoutcry.history.database import Database
from openoutcry.history.equity import begin_of, equity_at
from openoutcry.history.projector import Projector
from openoutcry.marketdata.candles import INTERVALS, Print, candles_of
from openoutcry.model.account import MONEY
from openoutcry.model.commands import BustTrade, EnterOrder
from openoutcry.model.events import OrderExecuted, TradeBusted
from openoutcry.model.order import OrderType, Side
from openoutcry.model.units import UNIT
from tests.stage import applied, open_house
from tests.workload import Workload

MINUTE = INTERVALS["1m"]
FOREVER = 2**62
SIZES = {"ACME": UNIT, "FINE": 10**6, "BULK": 10 * UNIT, "NEW": UNIT, "ODD": UNIT}
"""Units of a lot."""


class Market:
    """A venue whose past went into history in batches of all sizes, with long pauses."""

    def __init__(self, folder, commands, seed):
        dice, workload, engine = Random(seed), Workload(seed), Engine()
        self.prints = defaultdict(list)
        self.busted = set()
        self.worth = {}
        """Cash and what positions were worth, by the end of a minute and account."""
        self.database = Database(f"sqlite:///{folder}/history.sqlite3")
        self.database.prepare("epoch")
        batch, entries, pause, minute = [], [*workload.opening()], 0, None
        with closing(Projector(self.database.writing)) as projector:
            for number in range(len(entries) + commands):
                entry = entries[number] if number < len(entries) else workload.draw()
                pause += dice.choice((0, 0, 0, 10**9, 40 * 10**9, 3_600 * 10**9))
                entry = replace(entry, at=entry.at + pause)
                if minute is not None and entry.at // MINUTE > minute:
                    self.close(engine, minute)
                minute = entry.at // MINUTE
                record = applied(engine, entry)
                workload.heard(record.events)
                self.hear(record)
                batch.append(record)
                if dice.random() < 0.02:
                    projector.write(batch)
                    batch = []
            if batch:
                projector.write(batch)

    def hear(self, record):
        for event in record.events:
            if isinstance(event, OrderExecuted):
                grid = event.taker.terms.grid
                price, size = grid.price_increment, grid.quantity_increment
                traded = Print(record.entry.at, event.price * price, event.quantity * size)
                self.prints[event.symbol].append((event.trade_id, traded))
            elif isinstance(event, TradeBusted):
                self.busted.add(event.trade_id)

    def close(self, engine, minute):
        worth = {}
        for account in engine.accounts():
            owner = account.account_id
            found = {b.asset: b.total for b in engine.balances(owner)}
            held = {
                symbol: lots for symbol, (lots, _, _) in engine.positions(owner).items() if lots
            }
            worth[owner] = (found.get(MONEY, 0), held)
        self.worth[(minute + 1) * MINUTE] = worth

    def mark(self, symbol, moment):
        """The last trade before a moment that counts to this day."""
        for trade_id, traded in reversed(self.prints[symbol]):
            if traded.at < moment and trade_id not in self.busted:
                return traded.price
        return 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_candles_are_those_of_the_trades_that_count(tmp_path, seed):
    market = Market(tmp_path, 3_000, seed)
    assert market.busted
    with market.database.reading.connect() as connection:
        for symbol, printed in market.prints.items():
            prints = [one for trade_id, one in printed if trade_id not in market.busted]
            for name, interval in INTERVALS.items():
                expected = [*candles_of(prints, interval)]
                found = candles_from(connection, symbol, interval, 0, FOREVER, 100_000)
                assert found == expected, (symbol, name)
    market.database.close()


def test_a_candle_goes_on_without_the_trade_that_was_busted(tmp_path):
    stage, batches = open_house(), []
    for price in (100, 109, 101):
        for account, side in (("alice", Side.SELL), ("bob", Side.BUY)):
            terms = {"symbol": "ACME", "type": OrderType.LIMIT, "quantity": 2, "price": price}
            stage.submit(EnterOrder(account_id=account, side=side, **terms))
        batches.append(stage.records[sum(map(len, batches)) :])
        if price == 109:
            stage.submit(BustTrade(trade=batches[-1][-1].events[-1]))
            batches.append(stage.records[-1:])
    database = Database(f"sqlite:///{tmp_path}/history.sqlite3")
    database.prepare("epoch")
    with closing(Projector(database.writing)) as projector:
        for batch in batches:
            projector.write(batch)
    with database.reading.connect() as connection:
        for interval in INTERVALS.values():
            (candle,) = candles_from(connection, "ACME", interval, 0, FOREVER, 9)
            figures = (candle.open, candle.high, candle.low, candle.close, candle.volume)
            assert figures == (100 * UNIT, 101 * UNIT, 100 * UNIT, 101 * UNIT, 4 * UNIT)
            assert candle.trades == 2
    database.close()


@pytest.mark.slow
def test_a_page_begins_and_ends_where_it_is_asked_to(tmp_path):
    market = Market(tmp_path, 2_000, 4)
    with market.database.reading.connect() as connection:
        for interval in (MINUTE, INTERVALS["15m"], INTERVALS["1d"]):
            every = candles_from(connection, "ACME", interval, 0, FOREVER, 100_000)
            assert len(every) > 2
            first, last = every[1].start, every[-2].start
            inner = candles_from(connection, "ACME", interval, first, last, 100_000)
            assert inner == every[1:-1]
            assert (
                candles_from(connection, "ACME", interval, first + 1, last, 100_000) == every[2:-1]
            )
            assert candles_from(connection, "ACME", interval, first, last, 1) == every[1:2]
    market.database.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [5, 6])
def test_equity_is_what_the_engine_said_at_the_end_of_each_minute(tmp_path, seed):
    market = Market(tmp_path, 1_200, seed)
    compared = 0
    with market.database.reading.connect() as connection:
        for moment, worth in [*market.worth.items()][::3]:
            for owner, (cash, held) in worth.items():
                began = begin_of(connection, owner)
                if began is None or began > moment:
                    continue
                (point,) = equity_at(connection, owner, MINUTE, moment, 1)
                assert (point.at, point.cash) == (moment, cash), owner
                worth_of = {
                    s: market.mark(s, moment) * lots * SIZES[s] // UNIT for s, lots in held.items()
                }
                assert point.equity == cash + sum(worth_of.values()), owner
                compared += 1
    assert compared > 500
    market.database.close()


def test_longer_intervals_end_with_the_same_figures(tmp_path):
    market = Market(tmp_path, 300, 7)
    with market.database.reading.connect() as connection:
        begin = begin_of(connection, "alice")
        for name in ("5m", "15m", "1h", "1d"):
            interval = INTERVALS[name]
            first = begin + -begin % interval
            for point in equity_at(connection, "alice", interval, first, 3):
                assert equity_at(connection, "alice", MINUTE, point.at, 1) == [point]
    market.database.close()
