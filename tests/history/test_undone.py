"""What history knows of trades that were undone, of auctions, and of trades that were prevented."""

from openoutcry.history.movements import Liquidity
from openoutcry.history.pages import Series, position_of
from openoutcry.model.account import DEMO, PostingKind
from openoutcry.model.commands import BustTrade, ChangeAccount, SetPhase
from openoutcry.model.events import MatchPrevented, OrderExecuted
from openoutcry.model.instrument import Phase
from openoutcry.model.order import OrderStatus, SelfTradePrevention, Side
from openoutcry.model.reasons import Reason
from openoutcry.model.units import UNIT
from tests.history.past import ALICE, MAKER, Past


def traded(*prices):
    """Return a past in which somebody sold to ALICE at these prices, and the trades."""
    past = Past()
    for price in prices:
        past.sell(5, price)
        past.enter(ALICE, Side.BUY, 5, price)
    return past, [trade for _, trade in past.trades()]


def test_a_busted_trade_is_marked_and_its_orders_are_as_the_bust_left_them(shelf):
    past, trades = traded(10_000, 10_001, 10_002)
    bust = past.do(BustTrade(trade=trades[1], reason="a slip"))
    history = shelf.open(past)
    page = history.trades_page("AAPL", limit=5)
    assert [(one.trade_id, one.busted) for one in page.items] == [
        (trades[2].trade_id, False), (trades[1].trade_id, True), (trades[0].trade_id, False),
    ]  # fmt: skip
    for report in (trades[1].taker, trades[1].maker):
        order = history.order(report.terms.order_id)
        assert (order.status, order.reason) == (OrderStatus.CANCELED, Reason.ADMINISTRATOR)
        assert (order.cum_quantity, order.canceled_quantity) == (0, 5)
        assert order.sequence in range(bust.first, bust.last + 1)
    assert len(history.fills_page(ALICE, limit=9).items) == 3
    undone = [p for p in history.postings_page(ALICE, limit=50).items if p.kind is PostingKind.BUST]
    assert {posting.trade_id for posting in undone} == {trades[1].trade_id}
    assert {posting.asset: posting.amount for posting in undone if posting.asset == "AAPL"} == {
        "AAPL": -5 * UNIT
    }


def test_a_bust_is_known_whichever_page_its_trade_is_on(shelf):
    past, trades = traded(10_000, 10_001, 10_002, 10_003)
    past.do(BustTrade(trade=trades[0]))
    history = shelf.open(past)
    first = history.trades_page("AAPL", limit=3)
    assert [one.busted for one in first.items] == [False] * 3
    before = position_of(Series.TRADES, first.next)
    second = history.trades_page("AAPL", before=before, limit=3)
    assert [one.busted for one in second.items] == [True]


def test_a_print_of_an_auction_is_one_trade_without_a_side(shelf):
    past = Past()
    past.do(SetPhase(symbol="AAPL", phase=Phase.AUCTION))
    past.sell(5, 9_900)
    past.enter(ALICE, Side.BUY, 5, 10_100)
    past.do(SetPhase(symbol="AAPL", phase=Phase.CONTINUOUS))
    past.sell(5, 10_000)
    past.enter(ALICE, Side.BUY, 5, 10_000)
    history = shelf.open(past)
    sides = [(one.side, one.sequence) for one in history.trades_page("AAPL", limit=9).items]
    printed = [sequence for sequence, _ in past.trades()]
    assert sides == [(Side.BUY, printed[1]), (None, printed[0])]
    assert [fill.liquidity for fill in history.fills_page(ALICE, limit=9).items] == [
        Liquidity.TAKER, Liquidity.AUCTION,
    ]  # fmt: skip


def test_a_match_within_one_account_is_told_once(shelf):
    past = Past()
    rests = past.enter(ALICE, Side.BUY, 5, 10_000)
    past.deposit(ALICE, 9 * UNIT, "AAPL")
    comes = past.enter(ALICE, Side.SELL, 3, 9_900)
    [first, _] = prevented(past)
    history = shelf.open(past)
    [found] = history.prevented_page(ALICE, limit=9).items
    assert (found.sequence, found.at) == (first, past.records[-1].entry.at)
    assert (found.order_id, found.resting_order_id) == (comes.terms.order_id, rests.terms.order_id)
    assert (found.price, found.quantity) == (10_000, 3)
    assert found.mode is SelfTradePrevention.CANCEL_NEWEST
    assert history.prevented_page(MAKER, limit=9).items == []


def test_a_match_within_a_group_is_told_to_each_account_of_it(shelf):
    past = Past()
    for account in (ALICE, MAKER):
        past.do(ChangeAccount(account_id=account, stp_group="desk"))
    past.sell(5, 10_000)
    past.enter(ALICE, Side.BUY, 3, 10_000)
    sequences = prevented(past)
    history = shelf.open(past)
    for account, sequence in ((ALICE, sequences[0]), (MAKER, sequences[1])):
        [found] = history.prevented_page(account, limit=9).items
        assert found.sequence == sequence
    assert history.prevented_page(DEMO, limit=9).items == []


def prevented(past):
    """Return the sequences at which prevented matches were told, and that nothing traded."""
    told = [
        (record.first + place, event)
        for record in past.records
        for place, event in enumerate(record.events)
    ]
    assert not any(isinstance(event, OrderExecuted) for _, event in told)
    return [sequence for sequence, event in told if isinstance(event, MatchPrevented)]
