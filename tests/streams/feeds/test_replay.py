"""A replayed message is the live one, byte for byte: from anywhere, and in the next life, too."""

import asyncio
import itertools
import json
import random

import pytest

from openoutcry.history import marks
from openoutcry.streams.feeds import feeds as module
from openoutcry.streams.feeds import past, replay
from openoutcry.streams.feeds.topic import Channel, Position, Topic
from tests.streams.feeds.floor import Crowd, Ear, on_a_loop, open_floor, topics, until

ORDERS = Topic(Channel.ORDERS, "ACME")
TRADES = Topic(Channel.TRADES, "ACME")
EXECUTIONS = Topic(Channel.EXECUTIONS, "alice")


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch):
    """Many pages and many stretches in a short test."""
    monkeypatch.setattr(replay, "PAGE_RECORDS", 40)
    monkeypatch.setattr(past, "PAGE_RECORDS", 30)
    for place in (marks, past):
        monkeypatch.setattr(place, "STRETCH", 250)


def after(heard, since):
    return [body for body in heard if json.loads(body)["sequence"] > since]


def sequences(heard):
    return [json.loads(body)["sequence"] for body in heard]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
@on_a_loop
async def test_a_replay_from_anywhere_is_what_was_live(tmp_path, seed):
    dice = random.Random(seed)
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(seed)
        await crowd.open(venue)
        began = venue.engine.sequence
        live = {topic: await venue.follow(topic) for topic in topics()}
        await crowd.trade(venue, 700)
        told = venue.engine.sequence
        for topic, ear in live.items():
            heard = ear.updates()
            places = [began, told, *(dice.randint(began, told) for _ in range(4))]
            places += dice.sample(sequences(heard), min(3, len(heard)))
            for since in places:
                again = await venue.replay(topic, since)
                assert again.heard == after(heard, since), (topic, since)
        assert sum(len(ear.messages) for ear in live.values()) > 1_000


@pytest.mark.slow
@pytest.mark.parametrize("seed", [13, 14])
@on_a_loop
async def test_the_chain_and_replays_go_on_in_the_next_life(tmp_path, seed):
    dice, crowd = random.Random(seed), Crowd(seed)
    heard = {topic: [] for topic in topics()}
    for life in range(3):
        async with open_floor(tmp_path) as venue:
            if not life:
                await crowd.open(venue)
                began = venue.engine.sequence
            for topic, before in heard.items():
                for since in (began, dice.randint(began, venue.engine.sequence)):
                    again = await venue.replay(topic, since)
                    assert again.heard == after(before, since), (life, topic, since)
                    venue.feeds.leave(topic, again)
            await crowd.trade(venue, 60)  # Nobody listens.
            live = {topic: await venue.follow(topic) for topic in topics()}
            for topic, ear in live.items():
                whole = await venue.replay(topic, began)
                assert whole.heard[: len(heard[topic])] == heard[topic]
                told = sequences(whole.heard)
                snapshot = json.loads(ear.heard[0])
                assert snapshot["sequence"] == (told[-1] if told else snapshot["sequence"])
                heard[topic] = whole.heard
                venue.feeds.leave(topic, whole)
            await crowd.trade(venue, 150)
            for topic, ear in live.items():
                heard[topic] = heard[topic] + ear.updates()
                chain = [json.loads(body) for body in heard[topic]]
                for one, following in itertools.pairwise(chain):
                    assert following["previous"] == one["sequence"], topic


@on_a_loop
async def test_the_present_is_joined_without_a_gap_while_others_trade(tmp_path, monkeypatch):
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(15)
        await crowd.open(venue)
        since = venue.engine.sequence
        watched = (ORDERS, TRADES, EXECUTIONS)
        live = {topic: await venue.follow(topic) for topic in watched}
        await crowd.trade(venue, 300)
        page, loop = replay.Replay.page, asyncio.get_running_loop()

        def page_while_others_trade(self, until):
            found = page(self, until)
            if until is None:  # What is told now is neither in the page nor heard live.
                asyncio.run_coroutine_threadsafe(crowd.trade(venue, 20), loop).result()
            return found

        monkeypatch.setattr(replay.Replay, "page", page_while_others_trade)
        again = {topic: await venue.replay(topic, since) for topic in watched}
        await crowd.trade(venue, 50)
        for topic in watched:
            assert again[topic].heard == live[topic].updates()
        assert not venue.feeds._replaying


@on_a_loop
async def test_what_cannot_be_replayed_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "REPLAYED_MAX", 50)
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(16)
        await crowd.open(venue)
        await crowd.trade(venue, 60)
        epoch, told = venue.sequencer.epoch, venue.engine.sequence
        can = venue.feeds.can_replay
        assert can(ORDERS, Position(epoch, told))
        assert can(ORDERS, Position(epoch, told - 50))
        assert not can(ORDERS, Position(epoch, told - 51))
        assert not can(ORDERS, Position(epoch, told + 1))
        assert not can(ORDERS, Position("another", told))
        assert not can(ORDERS, None)
        for channel in (Channel.BOOK, Channel.TICKER, Channel.CANDLES, Channel.STATUS):
            assert not can(Topic(channel, "ACME", 10, "1m"), Position(epoch, told))


@on_a_loop
async def test_where_the_past_is_gone_a_snapshot_comes(tmp_path, monkeypatch):
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(17)
        await crowd.open(venue)
        await crowd.trade(venue, 60)
        since = venue.engine.sequence - 100
        read = venue.sequencer.read
        monkeypatch.setattr(
            venue.sequencer, "read", lambda after, limit: read(max(after, since + 30), limit)
        )
        for topic in (ORDERS, EXECUTIONS):
            ear = Ear()
            position = Position(venue.sequencer.epoch, since)
            pages = [page async for page in venue.feeds.replay(topic, position, ear)]
            assert pages == []
            await until(lambda ear=ear: ear.messages)
            assert ear.messages[0].is_snapshot
            count = len(ear.messages)
            assert count == 1
        await crowd.trade(venue, 60)
        assert len(ear.messages) > 1


@on_a_loop
async def test_whoever_leaves_during_a_replay_hears_no_more(tmp_path):
    async with open_floor(tmp_path) as venue:
        crowd = Crowd(18)
        await crowd.open(venue)
        since = venue.engine.sequence
        await crowd.trade(venue, 300)
        ear, pages = Ear(), 0
        position = Position(venue.sequencer.epoch, since)
        async for _ in venue.feeds.replay(ORDERS, position, ear):
            pages += 1
            venue.feeds.leave(ORDERS, ear)
        assert pages == 1
        await crowd.trade(venue, 30)
        assert ear.messages == []
        assert not venue.feeds._desk.by_symbol
