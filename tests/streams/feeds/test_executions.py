"""What each thing that becomes of an order is called, and what its message says."""

import json

from openoutcry.marketdata.candles import INTERVALS, Candle
from openoutcry.model.commands import (
    AmendOrder,
    BustTrade,
    CancelOrder,
    EnterGroup,
    EnterOrder,
    EnterSimpleOrder,
)
from openoutcry.model.events import OrderExecuted
from openoutcry.model.order import (
    Door,
    GroupKind,
    OrderType,
    Peg,
    Side,
    Special,
    TimeInForce,
)
from openoutcry.model.record import FORMAT, Entry, Record
from openoutcry.streams.feeds.candles import CandlesTeller
from openoutcry.streams.feeds.said import Said
from openoutcry.streams.feeds.teller import TIME_PASSED, Heard
from openoutcry.streams.feeds.topic import Channel, Topic
from tests.stage import instrument
from tests.streams.feeds.client import ExecutionsCopy
from tests.streams.feeds.floor import Crowd, on_a_loop, open_floor


def order(account_id, side, price, quantity=5, **terms):
    kind = terms.pop("type", OrderType.LIMIT)
    return EnterOrder(
        account_id=account_id,
        symbol="ACME",
        side=side,
        type=kind,
        quantity=quantity,
        price=price,
        **terms,
    )


class Story:
    """Alice's executions while commands are given."""

    def __init__(self, venue):
        self.venue = venue

    async def begin(self):
        await Crowd(41).open(self.venue)
        self.ear = await self.venue.follow(Topic(Channel.EXECUTIONS, "alice"), ExecutionsCopy())

    async def do(self, command, door=Door.NATIVE):
        """Give a command; return what alice heard of it, and the record."""
        before = len(self.ear.messages)
        record = await self.venue.submit(command, door)
        self.venue.raise_complaints()
        return [json.loads(message.json) for message in self.ear.messages[before:]], record


def names(heard):
    return [message["event"] for message in heard]


@on_a_loop
async def test_from_new_to_fill_to_bust(tmp_path):
    async with open_floor(tmp_path) as venue:
        story = Story(venue)
        await story.begin()
        heard, _ = await story.do(order("alice", Side.SELL, 1000, client_order_id="mine"))
        assert names(heard) == ["new"]
        assert heard[0]["client_order_id"] == "mine"
        heard, record = await story.do(order("bob", Side.BUY, 1000, quantity=2))
        assert names(heard) == ["fill"]
        (message,) = heard
        assert (message["last_price"], message["last_quantity"]) == ("1000", "2")
        assert message["liquidity"] == "maker"
        assert message["order"]["status"] == "partially_filled"
        heard, _ = await story.do(order("bob", Side.BUY, 995))
        assert heard == []
        heard, _ = await story.do(order("alice", Side.SELL, 995, quantity=6))
        assert names(heard) == ["new", "fill"], "what rests of it is no message"
        assert heard[0]["order"]["cum_quantity"] == "0"
        assert heard[1]["liquidity"] == "taker"
        (trade,) = [e for e in record.events if isinstance(e, OrderExecuted)]
        heard, _ = await story.do(BustTrade(trade=trade), Door.ADMIN)
        assert names(heard) == ["bust"]
        assert heard[0]["trade_id"] == message["trade_id"]


@on_a_loop
async def test_amend_cancel_and_what_comes_to_nothing(tmp_path):
    async with open_floor(tmp_path) as venue:
        story = Story(venue)
        await story.begin()
        heard, _ = await story.do(order("alice", Side.SELL, 1000))
        order_id = heard[0]["order"]["order_id"]
        amend = AmendOrder(account_id="alice", order_id=order_id, price=1005)
        heard, _ = await story.do(amend)
        assert names(heard) == ["replaced"], "that it joins another queue is no message"
        heard, _ = await story.do(order("alice", Side.BUY, 1005, time_in_force=TimeInForce.IOC))
        assert names(heard) == ["new", "prevented", "prevented", "expired"]
        heard, _ = await story.do(CancelOrder(account_id="alice", order_id=order_id))
        assert names(heard) == ["canceled"]
        heard, _ = await story.do(CancelOrder(account_id="alice", order_id=order_id))
        assert heard == []


@on_a_loop
async def test_a_refusal_has_the_order_as_it_was_sent(tmp_path):
    async with open_floor(tmp_path) as venue:
        story = Story(venue)
        await story.begin()
        grid = venue.engine.instrument("ACME").grid
        sent = order("alice", Side.BUY, 1000, 10**9, client_order_id="big", grid=grid)
        heard, _ = await story.do(sent)
        assert names(heard) == ["rejected"]
        (message,) = heard
        assert (message["client_order_id"], message["code"]) == ("big", "insufficient_funds")
        assert (message["order"]["price"], message["order"]["quantity"]) == ("1000", "1000000000")
        heard, _ = await story.do(order("alice", Side.BUY, "1000.5", grid=grid))
        assert heard[0]["order"]["price"] == "1000.5"
        simple = EnterSimpleOrder(
            account_id="alice", symbol="ACME", quantity=10**9, delay_ns=0, listing="open"
        )
        heard, _ = await story.do(simple, Door.SIMPLE)
        assert names(heard) == ["pending_new", "canceled"]


@on_a_loop
async def test_a_stop_triggers_and_a_held_leg_is_released(tmp_path):
    async with open_floor(tmp_path) as venue:
        story = Story(venue)
        await story.begin()
        await story.do(order("bob", Side.BUY, 990))
        stop = order("alice", Side.SELL, None, type=OrderType.STOP, special=Special(stop_price=990))
        heard, _ = await story.do(stop)
        assert names(heard) == ["new"]
        heard, _ = await story.do(order("carol", Side.SELL, 990, quantity=1))
        assert names(heard) == ["triggered", "fill", "canceled"]
        legs = order("alice", Side.BUY, 985), order("alice", Side.SELL, 1010)
        heard, _ = await story.do(EnterGroup(account_id="alice", kind=GroupKind.OTO, orders=legs))
        assert names(heard) == ["new", "held"]
        heard, _ = await story.do(order("carol", Side.SELL, 985))
        assert names(heard) == ["fill", "new"]


@on_a_loop
async def test_a_peg_that_moves_is_told_once(tmp_path):
    async with open_floor(tmp_path) as venue:
        story = Story(venue)
        await story.begin()
        await story.do(order("bob", Side.BUY, 990))
        peg = order("alice", Side.BUY, None, type=OrderType.PEGGED, special=Special(peg=Peg.BID))
        heard, _ = await story.do(peg)
        assert names(heard) == ["new"]
        heard, _ = await story.do(order("bob", Side.BUY, 995))
        assert names(heard) == ["replaced"]
        assert heard[0]["order"]["price"] == "995"


def test_a_candle_is_closed_by_a_record_at_its_end_and_not_before():
    listed = instrument("ACME")
    minute = INTERVALS["1m"]
    for at, closes in ((minute - 1, False), (minute, True)):
        teller = CandlesTeller("ACME", "1m", listed.grid)
        teller._candles.append(Candle(0, 5, 5, 5, 5, 1, 1))
        teller._is_open = True
        entry = Entry(at=at, actor="test", door=Door.VENUE, command=None)
        record = Record(format=FORMAT, first=7, last=7, entry=entry, events=[])
        heard = Heard(TIME_PASSED, None, 7, record)
        body = teller.update(Said("e", 7, 5, at), heard, is_heard=True)
        assert (body is not None) is closes
