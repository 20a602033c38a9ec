"""Trades, tickers, candles and status, against what their records say by hand."""

import json

import pytest

from openoutcry.gateway.native.market import trade_shape
from openoutcry.marketdata.candles import INTERVALS
from openoutcry.model.commands import (
    AdvanceTime,
    BustTrade,
    EnterOrder,
    ListInstrument,
    SetPhase,
)
from openoutcry.model.events import OrderExecuted, TradeBusted
from openoutcry.model.instrument import Phase
from openoutcry.model.order import Door, OrderType, Side
from openoutcry.streams.feeds.feeds import TICK_S, next_tick
from openoutcry.streams.feeds.topic import Channel, Topic
from openoutcry.wire.prices import price_text, quantity_text
from openoutcry.wire.times import time_text
from tests.stage import SECOND, instrument
from tests.streams.feeds.client import PlainCopy
from tests.streams.feeds.floor import SYMBOLS, Crowd, on_a_loop, open_floor, until


def place(account_id, side, price, quantity=3, symbol="ACME"):
    return EnterOrder(
        account_id=account_id,
        symbol=symbol,
        side=side,
        type=OrderType.LIMIT,
        quantity=quantity,
        price=price,
    )


async def trade(venue, price, quantity=3):
    """Let alice sell to bob."""
    await venue.submit(place("alice", Side.SELL, price, quantity), Door.NATIVE)
    record = await venue.submit(place("bob", Side.BUY, price, quantity), Door.NATIVE)
    return next(event for event in record.events if isinstance(event, OrderExecuted))


def trades_of(records, symbol):
    """Yield time, event and sequence of the trades of a symbol."""
    for record in records:
        for place_, event in enumerate(record.events):
            if isinstance(event, OrderExecuted) and event.symbol == symbol:
                yield record.entry.at, event, record.first + place_


def busted_of(records):
    return {e.trade_id for r in records for e in r.events if isinstance(e, TradeBusted)}


@pytest.mark.slow
@on_a_loop
async def test_trades_are_told_one_by_one_and_the_last_fifty_at_first(tmp_path):
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(30)
        await crowd.open(venue)
        await crowd.trade(venue, 900)
        topic = Topic(Channel.TRADES, "ACME")
        ear = await venue.follow(topic, PlainCopy())
        snapshot = json.loads(ear.heard[0])
        past = list(trades_of(venue.records, "ACME"))
        shown = [trade["trade_id"] for trade in snapshot["trades"]]
        assert shown == [event.trade_id for _, event, _ in past[::-1][:50]]
        page = venue.history.trades_page("ACME", limit=50)
        assert snapshot["trades"] == [fields(trade_shape(one)) for one in page.items]
        before = len(past)
        await crowd.trade(venue, 300)
        venue.raise_complaints()
        heard = [m for m in map(json.loads, ear.updates()) if "action" not in m]
        told = list(trades_of(venue.records, "ACME"))[before:]
        assert len(told) > 10
        for (at, event, sequence), message in zip(told, heard, strict=True):
            grid = event.taker.terms.grid
            assert message["price"] == price_text(grid, event.price)
            assert message["quantity"] == quantity_text(grid, event.quantity)
            assert message["side"] == (None if event.side is None else event.side.value)
            assert (message["sequence"], message["at"]) == (sequence, time_text(at))


def fields(struct):
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [32, 33])
@on_a_loop
async def test_tickers_are_the_best_quotes_and_the_day(tmp_path, seed):
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(seed)
        await crowd.open(venue)
        await crowd.trade(venue, 100)
        copies = {symbol: PlainCopy() for symbol in SYMBOLS}
        for symbol, copy in copies.items():
            await venue.follow(Topic(Channel.TICKER, symbol), copy)

        def compare():
            venue.feeds.tick()
            for symbol, copy in copies.items():
                listed = venue.engine.instrument(symbol)
                if listed is None or busted_of(venue.records):
                    continue
                grid, message = listed.grid, copy.message
                bids, asks = venue.engine.depth(symbol, 1)
                for name, side in (("bid", bids), ("ask", asks)):
                    price, lots = side[0] if side else (None, None)
                    assert message[name] == (None if price is None else price_text(grid, price))
                    quantity = None if lots is None else quantity_text(grid, lots)
                    assert message[f"{name}_quantity"] == quantity
                self_made = by_hand(trades_of(venue.records, symbol))
                for name, value in self_made.items():
                    assert message[name] == value, (symbol, name)

        await crowd.trade(venue, 500, compare)
        venue.raise_complaints()
        assert copies["ACME"].updates > 50


def by_hand(trades):
    """The day of trades that all happened today."""
    found = [(event.price, event.quantity, event.taker.terms.grid) for _, event, _ in trades]
    if not found:
        return {"last": None, "open": None}
    grid = found[-1][2]
    prices = [price for price, _, _ in found]
    if any(grid != one[2] for one in found):
        return {}
    return {
        "last": price_text(grid, prices[-1]),
        "last_quantity": quantity_text(grid, found[-1][1]),
        "open": price_text(grid, prices[0]),
        "high": price_text(grid, max(prices)),
        "low": price_text(grid, min(prices)),
        "volume": quantity_text(grid, sum(lots for _, lots, _ in found)),
        "change": price_text(grid, prices[-1] - prices[0]),
    }


@on_a_loop
async def test_the_timer_ticks_while_somebody_follows(tmp_path):
    async with open_floor(tmp_path) as venue:
        await Crowd(34).open(venue)
        topic = Topic(Channel.BOOK, "ACME", 10)
        ear = await venue.follow(topic)
        await venue.submit(place("alice", Side.BUY, 990), Door.NATIVE)
        await until(lambda: len(ear.messages) == 2)
        venue.feeds.leave(topic, ear)
        await until(lambda: venue.feeds._timer is None)


def test_ticks_keep_to_the_clock_and_leave_half_a_tick_to_others():
    assert next_tick(10.0, 10.003) == 10.0 + TICK_S  # However long telling took.
    assert next_tick(10.0, 10.02) == 10.0 + TICK_S
    assert next_tick(10.0, 10.04) == 10.04 + TICK_S / 2
    assert next_tick(10.0, 11.0) == 11.0 + TICK_S / 2  # Those that were missed are not made up.


@on_a_loop
async def test_whoever_comes_between_two_ticks_gets_the_state_of_the_last(tmp_path):
    async with open_floor(tmp_path) as venue:
        await Crowd(35).open(venue)
        venue.feeds._set_timer = lambda: None  # Only the test ticks.
        topics = Topic(Channel.BOOK, "ACME", 10), Topic(Channel.TICKER, "ACME")
        for price, topic in zip((900, 950), topics, strict=True):
            early = await venue.follow(topic, PlainCopy())
            await venue.submit(place("alice", Side.BUY, price), Door.NATIVE)
            venue.feeds.tick()
            await venue.submit(place("alice", Side.BUY, price + 1), Door.NATIVE)
            late = await venue.follow(topic, PlainCopy())
            assert late.messages[0].sequence == early.messages[-1].sequence
            venue.feeds.tick()
            venue.feeds.tick()
            assert [len(early.messages), len(late.messages)] == [3, 2]
            assert early.messages[-1] is late.messages[-1]
            venue.raise_complaints()


@on_a_loop
async def test_a_day_ends_with_the_first_record_of_the_next(tmp_path):
    async with open_floor(tmp_path) as venue:
        await Crowd(36).open(venue)
        copy = PlainCopy()
        topic = Topic(Channel.TICKER, "ACME")
        await venue.follow(topic, copy)
        await trade(venue, 1000)
        venue.feeds.tick()
        assert copy.message["volume"] == "3"
        venue.hands.pass_(86_400 * SECOND)
        await venue.submit(place("alice", Side.BUY, 5, symbol="FINE"), Door.NATIVE)
        venue.feeds.tick()
        assert (copy.message["volume"], copy.message["open"]) == ("0", None)
        assert copy.message["last"] is not None
        assert copy.message["sequence"] == venue.engine.sequence
        venue.raise_complaints()


@on_a_loop
async def test_a_candle_grows_and_is_closed_by_the_next_record_of_anything(tmp_path):
    async with open_floor(tmp_path) as venue:
        await Crowd(37).open(venue)
        copy = PlainCopy()
        ear = await venue.follow(Topic(Channel.CANDLES, "ACME", interval="1m"), copy)
        start = None
        for price in (1000, 1005, 998):
            executed = await trade(venue, price)
        grid = executed.taker.terms.grid
        message = copy.message
        start = message["start"]
        assert (message["open"], message["high"], message["low"], message["close"]) == tuple(
            price_text(grid, price) for price in (1000, 1005, 998, 998)
        )
        assert (message["volume"], message["trades"], message["closed"]) == ("9", 3, False)
        venue.hands.pass_(INTERVALS["1m"])
        record = await venue.submit(place("alice", Side.BUY, 5, symbol="FINE"), Door.NATIVE)
        assert (copy.message["closed"], copy.message["start"]) == (True, start)
        assert copy.message["sequence"] == record.first
        count = len(ear.messages)
        venue.hands.pass_(INTERVALS["1m"])
        await venue.submit(AdvanceTime(), Door.VENUE)
        assert len(ear.messages) == count, "once"
        await trade(venue, 1001)
        assert copy.message["start"] != start
        venue.raise_complaints()
        late = await venue.follow(Topic(Channel.CANDLES, "ACME", interval="1m"))
        candles = json.loads(late.heard[0])["candles"]
        assert [candle["trades"] for candle in candles] == [3, 1]


@on_a_loop
async def test_a_bust_takes_the_trade_out_of_candle_and_ticker(tmp_path):
    async with open_floor(tmp_path) as venue:
        await Crowd(38).open(venue)
        await trade(venue, 1000)
        candle, ticker = PlainCopy(), PlainCopy()
        await venue.follow(Topic(Channel.CANDLES, "ACME", interval="1d"), candle)
        await venue.follow(Topic(Channel.TICKER, "ACME"), ticker)
        trades = await venue.follow(Topic(Channel.TRADES, "ACME"), PlainCopy())
        executed = await trade(venue, 1010, 4)
        await venue.submit(BustTrade(trade=executed), Door.ADMIN)
        await until(lambda: candle.message["type"] == "snapshot")
        (day,) = candle.message["candles"]
        assert (day["volume"], day["trades"]) == ("3", 1)
        await trade(venue, 1002)
        await until(lambda: ticker.message["volume"] == "6")
        assert json.loads(trades.updates()[1])["action"] == "bust"
        venue.raise_complaints()


@on_a_loop
async def test_status_follows_phase_call_and_listing(tmp_path):
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(39)
        await crowd.open(venue)
        copy = PlainCopy()
        await venue.follow(Topic(Channel.STATUS, "ACME"), copy)
        assert (copy.message["phase"], copy.message["listed"]) == ("continuous", True)
        await venue.submit(SetPhase(symbol="ACME", phase=Phase.AUCTION, reason="test"), Door.ADMIN)
        assert (copy.message["phase"], copy.message["reason"]) == ("auction", "test")
        venue.hands.pass_(2 * SECOND)
        await venue.submit(place("alice", Side.SELL, 1000, 5), Door.NATIVE)
        venue.hands.pass_(2 * SECOND)
        await venue.submit(place("bob", Side.BUY, 1000, 2), Door.NATIVE)
        shown = copy.message
        assert (shown["paired_quantity"], shown["imbalance"]) == ("2", "3")
        assert shown["imbalance_side"] == "sell"
        late = await venue.follow(Topic(Channel.STATUS, "ACME"))
        snapshot = json.loads(late.heard[0])
        same = ("phase", "indicative_price", "paired_quantity", "imbalance", "sequence")
        assert [snapshot[name] for name in same] == [shown[name] for name in same]
        await venue.submit(SetPhase(symbol="ACME", phase=Phase.CONTINUOUS), Door.ADMIN)
        assert copy.message["indicative_price"] is None
        venue.raise_complaints()


@on_a_loop
async def test_a_band_is_told(tmp_path):
    async with open_floor(tmp_path) as venue:
        await Crowd(40).open(venue)
        listed = instrument("BAND", band=500, reference_price=100)
        await venue.submit(ListInstrument(instrument=listed), Door.ADMIN)
        copy = PlainCopy()
        await venue.follow(Topic(Channel.STATUS, "BAND"), copy)
        lower, upper = venue.engine.band("BAND")
        assert copy.message["band_lower"] == price_text(listed.grid, lower)
        assert copy.message["band_upper"] == price_text(listed.grid, upper)
