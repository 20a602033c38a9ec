"""The client's structs are the venue's: whoever changes one is told about the other."""

import msgspec
import pytest

from openoutcry.client.answers import accounts, market, orders, venue
from openoutcry.client.request import Page
from openoutcry.client.stream import messages
from openoutcry.wire import accounts as wire_accounts
from openoutcry.wire import market as wire_market
from openoutcry.wire import orders as wire_orders
from openoutcry.wire import past as wire_past
from openoutcry.wire import stream as wire_stream
from openoutcry.wire import trading as wire_trading
from openoutcry.wire import venue as wire_venue

PAIRS = [
    (orders.Order, wire_orders.Order),
    (orders.Group, wire_orders.Group),
    (orders.Fill, wire_orders.Fill),
    (orders.PreventedMatch, wire_orders.PreventedMatch),
    (orders.Canceled, wire_orders.Canceled),
    (orders.OrderEvent, wire_past.OrderEvent),
    (orders.CancelAfter, wire_trading.CancelAfter),
    (orders.Preview, wire_trading.Preview),
    (orders.Batch, wire_trading.Batch),
    (orders.BatchResult, wire_trading.BatchResult),
    (accounts.Account, wire_accounts.Account),
    (accounts.Limits, wire_accounts.Limits),
    (accounts.QuoteLimit, wire_accounts.QuoteLimit),
    (accounts.Balance, wire_accounts.Balance),
    (accounts.Position, wire_accounts.Position),
    (accounts.Posting, wire_accounts.Posting),
    (accounts.Key, wire_accounts.Key),
    (accounts.NewKey, wire_accounts.NewKey),
    (accounts.Tier, wire_accounts.Tier),
    (accounts.KillSwitch, wire_accounts.KillSwitch),
    (market.Instrument, wire_market.Instrument),
    (market.Book, wire_market.Book),
    (market.Queue, wire_market.Queue),
    (market.Auction, wire_market.Auction),
    (market.Trade, wire_market.Trade),
    (market.Ticker, wire_market.Ticker),
    (market.Candle, wire_market.Candle),
    (venue.Status, wire_venue.Status),
    (venue.Clock, wire_venue.Clock),
    (venue.Happened, wire_past.SequenceRecord),
    (messages.QueueChanged, wire_stream.QueueUpdate),
    (messages.QueueTold, wire_stream.QueueSnapshot),
    (messages.TradesTold, wire_stream.TradesSnapshot),
    (messages.Traded, wire_stream.TradeUpdate),
    (messages.Busted, wire_stream.TradeBust),
    (messages.TickerTold, wire_stream.TickerMessage),
    (messages.CandlesTold, wire_stream.CandlesSnapshot),
    (messages.CandleTold, wire_stream.CandleUpdate),
    (messages.StatusTold, wire_stream.StatusMessage),
    (messages.ExecutionsTold, wire_stream.ExecutionsSnapshot),
    (messages.Execution, wire_stream.ExecutionUpdate),
    (messages.Rejected, wire_stream.RejectUpdate),
    (messages.BalancesTold, wire_stream.BalancesMessage),
    (messages.PositionsTold, wire_stream.PositionsMessage),
]


def names(struct):
    return {field.encode_name for field in msgspec.structs.fields(struct)}


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=lambda kind: kind.__name__)
def test_an_answer_has_the_fields_that_the_venue_sends(ours, theirs):
    # The heading of a message is one for all channels here, and has a symbol on private ones.
    assert names(ours) - names(theirs) <= {"symbol"}
    assert names(theirs) - names(ours) == set()


def test_what_a_newer_venue_says_beyond_that_is_ignored():
    content = b'{"canceled": [1], "new_in_the_future": {"a": 1}}'
    assert msgspec.json.decode(content, type=orders.Canceled) == orders.Canceled([1])


def test_a_page_has_typed_items():
    page = msgspec.json.decode(
        b'{"items":[{"canceled":[3]}],"next":"c"}', type=Page[orders.Canceled]
    )
    assert (page.items, page.next) == ([orders.Canceled([3])], "c")
