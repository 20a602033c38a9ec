"""Snapshots: durable, first, shared, with the mark of their moment; and nothing kept for nobody."""

import asyncio
import json
import threading

import pytest

from openoutcry.journal.memory import MemoryJournal
from openoutcry.model.commands import CancelAllOrders, Deposit, EnterOrder
from openoutcry.model.errors import NotReady
from openoutcry.model.order import Door, OrderType, Side
from openoutcry.model.units import UNIT
from openoutcry.streams.feeds import line as module
from openoutcry.streams.feeds.topic import Channel, Topic
from tests.streams.feeds.client import ExecutionsCopy, OrdersCopy, TradesCopy
from tests.streams.feeds.floor import Crowd, Ear, on_a_loop, open_floor, topics, until

ORDERS = Topic(Channel.ORDERS, "ACME")
EXECUTIONS = Topic(Channel.EXECUTIONS, "alice")
BALANCES = Topic(Channel.BALANCES, "alice")
PUBLIC = (
    Topic(Channel.TICKER, "ACME"),
    Topic(Channel.BOOK, "ACME", 10),
    ORDERS,
    Topic(Channel.TRADES, "ACME"),
    Topic(Channel.CANDLES, "ACME", interval="1m"),
    Topic(Channel.STATUS, "ACME"),
)
PICTURED = (Topic(Channel.BOOK, "ACME", 10), ORDERS, EXECUTIONS, BALANCES)
EVERY = (*PUBLIC, EXECUTIONS, BALANCES, Topic(Channel.POSITIONS, "alice"))


class SlowJournal(MemoryJournal):
    """A disk that can be stopped."""

    def __init__(self):
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()

    def append(self, block):
        assert self.gate.wait(60)
        super().append(block)


def place(venue, account_id="alice", side=Side.BUY, price=900, quantity=3):
    command = EnterOrder(
        account_id=account_id,
        symbol="ACME",
        side=side,
        type=OrderType.LIMIT,
        quantity=quantity,
        price=price,
    )
    return venue.sequencer.submit(command, actor="test", door=Door.NATIVE)


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
@on_a_loop
async def test_what_is_not_durable_is_not_told(tmp_path, topic):
    journal = SlowJournal()
    async with open_floor(tmp_path, journal) as venue:
        await Crowd(21).open(venue)
        first = await venue.follow(topic)  # The line is ready.
        journal.gate.clear()
        ahead = [place(venue, side=Side.SELL, price=1000), place(venue, "bob", price=1000)]
        await until(lambda: venue.engine.sequence > venue.sequencer.durable)
        ear = Ear()
        venue.feeds.follow(topic, ear)
        venue.feeds.tick()
        for _ in range(50):
            await asyncio.sleep(0.001)
        durable = venue.sequencer.durable
        assert venue.engine.sequence > durable
        assert all(message.sequence <= durable for message in (*ear.messages, *first.messages))
        journal.gate.set()
        await asyncio.gather(*ahead)
        await until(lambda: ear.messages)
        assert [message.is_snapshot for message in ear.messages][:1] == [True]


@pytest.mark.parametrize("topic", PICTURED, ids=lambda topic: topic.name)
@on_a_loop
async def test_a_picture_of_the_engine_is_handed_out_when_it_is_durable(tmp_path, topic):
    journal = SlowJournal()
    async with open_floor(tmp_path, journal) as venue:
        await Crowd(28).open(venue)
        journal.gate.clear()
        writing = place(venue, price=900)
        await until(lambda: venue.engine.sequence > venue.sequencer.durable)
        written = venue.engine.sequence
        first = place(venue, price=901)
        await until(lambda: venue.engine.sequence > written)
        ear = Ear()
        venue.feeds.follow(topic, ear)
        desk = venue.feeds._desk
        await until(lambda: desk._moments)
        later = place(venue, price=902)  # In one block with what the picture waits for.
        taken = venue.engine.sequence
        await until(lambda: venue.engine.sequence > taken)
        assert ear.messages == []
        journal.gate.set()
        await asyncio.gather(writing, first, later)
        venue.feeds.tick()
        await until(lambda: len(ear.messages) == 2)
        snapshot, update = ear.messages
        assert snapshot.is_snapshot
        assert snapshot.sequence == taken
        assert json.loads(update.json)["previous"] == taken


@on_a_loop
async def test_a_snapshot_of_what_never_spoke_has_sequence_0_and_is_empty(tmp_path):
    async with open_floor(tmp_path) as venue:
        await Crowd(22).open(venue)
        expected = {
            Channel.ORDERS: {"bids": [], "asks": [], "checksum": 0},
            Channel.BOOK: {"bids": [], "asks": [], "checksum": 0, "depth": 10},
            Channel.TRADES: {"trades": []},
            Channel.CANDLES: {"candles": [], "interval": "1m"},
            Channel.EXECUTIONS: {"orders": [], "fills": []},
            Channel.POSITIONS: {"positions": []},
        }
        for topic in EVERY:
            (message,) = (await venue.follow(topic)).heard
            message = json.loads(message)
            for name, value in expected.get(topic.channel, {}).items():
                assert message[name] == value
            if topic.channel in expected:
                assert message["sequence"] == 0
            assert message["channel"] == topic.channel.value
            assert message.get("symbol") == (topic.key if topic in PUBLIC else None)


@on_a_loop
async def test_everybody_hears_the_same_objects(tmp_path):
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(23)
        await crowd.open(venue)
        await crowd.trade(venue, 40)
        one, other = await venue.follow(ORDERS), await venue.follow(ORDERS)
        assert one.messages[0] is other.messages[0]
        await crowd.trade(venue, 40)
        assert len(one.messages) > 1
        pairs = zip(one.messages, other.messages, strict=True)
        assert all(mine is theirs for mine, theirs in pairs)
        assert one.messages[1].msgpack is other.messages[1].msgpack


@on_a_loop
async def test_whoever_comes_while_others_trade_misses_nothing(tmp_path, monkeypatch):
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(24)
        await crowd.open(venue)
        await crowd.trade(venue, 100)
        caught_up = venue.history.caught_up

        async def slowly(sequence):
            await crowd.trade(venue, 15)
            await place(venue, "bob", Side.BUY, 1020)
            await place(venue, "alice", Side.SELL, 900)
            await caught_up(venue.engine.sequence)

        monkeypatch.setattr(venue.history, "caught_up", slowly)
        executions, orders, trades = ExecutionsCopy(), OrdersCopy(), TradesCopy()
        await venue.follow(EXECUTIONS, executions)
        await venue.follow(ORDERS, orders)
        await venue.follow(Topic(Channel.TRADES, "ACME"), trades)
        await venue.follow(Topic(Channel.TRADES, "FINE"), TradesCopy())
        venue.raise_complaints()
        monkeypatch.setattr(venue.history, "caught_up", caught_up)
        await crowd.trade(venue, 50)
        known = sorted(executions.orders)
        assert known == [one.terms.order_id for one in venue.engine.orders_of("alice")]


@on_a_loop
async def test_a_fill_after_the_picture_is_in_no_snapshot(tmp_path, monkeypatch):
    async with open_floor(tmp_path) as venue:
        await Crowd(29).open(venue)
        await place(venue, "alice", Side.SELL, 1000)
        caught_up = venue.history.caught_up

        async def slowly(_):
            monkeypatch.setattr(venue.history, "caught_up", caught_up)
            await place(venue, "bob", Side.BUY, 1000)
            await caught_up(venue.engine.sequence)

        monkeypatch.setattr(venue.history, "caught_up", slowly)
        copy = ExecutionsCopy()
        ear = await venue.follow(EXECUTIONS, copy)
        venue.raise_complaints()
        assert json.loads(ear.heard[0])["fills"] == []
        assert len(copy.fills) == 1


@on_a_loop
async def test_a_snapshot_that_came_too_late_is_taken_again(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "HELD_MAX", 3)
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(25)
        await crowd.open(venue)
        caught_up, calls = venue.history.caught_up, []

        async def slowly_at_first(sequence):
            calls.append(sequence)
            if len(calls) == 1:
                for _ in range(5):
                    await place(venue)
            await caught_up(sequence)

        monkeypatch.setattr(venue.history, "caught_up", slowly_at_first)
        copy = ExecutionsCopy()
        ear = await venue.follow(EXECUTIONS, copy)
        venue.raise_complaints()
        assert len(calls) == 2
        assert len(ear.messages) == 1
        assert len(copy.orders) == 5


@on_a_loop
async def test_nothing_is_kept_of_what_nobody_follows(tmp_path):
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(26)
        await crowd.open(venue)
        ears = {topic: await venue.follow(topic) for topic in EVERY}
        early = Ear()
        venue.feeds.follow(Topic(Channel.ORDERS, "FINE"), early)
        venue.feeds.leave(Topic(Channel.ORDERS, "FINE"), early)
        for topic, ear in ears.items():
            venue.feeds.leave(topic, ear)
        counts = {topic: len(ear.messages) for topic, ear in ears.items()}
        desk = venue.feeds._desk
        assert not (desk.by_symbol)
        assert not (desk.by_account)
        assert not (desk.timed)
        assert not (venue.feeds._ticked)
        await crowd.trade(venue, 60)
        venue.feeds.tick()
        assert counts == {topic: len(ear.messages) for topic, ear in ears.items()}
        assert early.messages == []


@on_a_loop
async def test_a_history_that_stopped_stops_no_stream(tmp_path, monkeypatch):
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(27)
        await crowd.open(venue)

        def stopped(*_, **__):
            raise NotReady("history has stopped")

        for name in ("mark", "fills_page", "trades_page", "reading"):
            monkeypatch.setattr(venue.history, name, stopped)
        ears = {topic: await venue.follow(topic) for topic in EVERY}
        await venue.submit(Deposit(account_id="alice", asset="USD", amount=UNIT), Door.ADMIN)
        await crowd.trade(venue, 80)
        await venue.submit(CancelAllOrders(account_id="alice"), Door.NATIVE)
        assert all(ear.messages[0].is_snapshot for ear in ears.values())
        assert len(ears[BALANCES].messages) > 1


def test_every_resumable_channel_is_among_the_topics_of_the_other_tests():
    assert {topic.channel for topic in topics()} == {
        Channel.ORDERS,
        Channel.TRADES,
        Channel.EXECUTIONS,
        Channel.BALANCES,
        Channel.POSITIONS,
    }
