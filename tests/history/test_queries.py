"""What history answers, against what the events themselves say."""

import pytest
from msgspec.structs import replace

from openoutcry.history.movements import Liquidity
from openoutcry.history.pages import Series, position_of
from openoutcry.history.queries import OrderFilter
from openoutcry.model.account import DEMO, HOUSE, PostingKind
from openoutcry.model.commands import EnterOrder
from openoutcry.model.events import OrderRejected
from openoutcry.model.order import Door, OrderStatus, OrderType, Side
from openoutcry.model.units import UNIT
from tests.history.past import ALICE, CENT, MAKER, Past, busy_past, simple_trading

PAST = busy_past()


@pytest.fixture
def history(shelf):
    return shelf.open(PAST)


def whole(call, series, limit=7):
    """Page through a list to its end."""
    items, before = [], None
    while True:
        page = call(before=before, limit=limit)
        assert len(page.items) <= limit
        items += page.items
        if page.next is None:
            return items
        before = position_of(series, page.next)


def test_every_order_reads_as_its_last_event_left_it(history):
    for order_id, report in PAST.orders().items():
        assert history.order(order_id) == report
    assert history.order(10**9) is None


def test_live_orders_are_those_of_the_engine(history):
    for account in (DEMO, ALICE, MAKER):
        live = (OrderStatus.PENDING_NEW, OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)
        listed = history.orders(account, None, statuses=live, limit=1_000)
        # Of what its last event told beside it, the engine remembers nothing.
        bare = [replace(report, rested=None, holding=None) for report in listed]
        assert bare == PAST.engine.orders_of(account)


@pytest.mark.parametrize("limit", [1, 3, 1_000])
def test_pages_of_orders_ascend_without_gap_or_duplicate(history, limit):
    mine = [order for order in PAST.orders().values() if order.terms.account_id == ALICE]
    listed, after = [], 0
    while page := history.orders(ALICE, None, after=after, limit=limit):
        assert len(page) <= limit
        listed += page
        after = page[-1].terms.order_id
    assert listed == mine


def test_a_door_shows_its_own_orders_only(history):
    simple = [order for order in PAST.orders().values() if order.terms.door is Door.SIMPLE]
    assert history.orders(DEMO, Door.SIMPLE, limit=1_000) == simple
    assert history.orders(DEMO, Door.NATIVE, limit=1_000) == []
    assert history.orders(DEMO, None, limit=1_000) == simple


@pytest.mark.parametrize(
    ("chosen", "is_chosen"),
    [
        (OrderFilter(), lambda _: True),
        (OrderFilter(symbol="TSLA"), lambda order: order.terms.symbol == "TSLA"),
        (OrderFilter(side=Side.SELL), lambda order: order.terms.side is Side.SELL),
        (OrderFilter(statuses=()), lambda _: False),
        (
            OrderFilter(statuses=(OrderStatus.FILLED, OrderStatus.CANCELED), door=Door.NATIVE),
            lambda order: order.status in {OrderStatus.FILLED, OrderStatus.CANCELED},
        ),
    ],
)
def test_a_filter_chooses_what_it_says(history, chosen, is_chosen):
    mine = [order for order in PAST.orders().values() if order.terms.account_id == ALICE]
    wanted = [order for order in reversed(mine) if is_chosen(order)]
    listed = whole(
        lambda **page: history.orders_page(ALICE, chosen, **page), Series.ORDERS, limit=4
    )
    assert listed == wanted


def test_both_ends_of_a_range_of_creation_times_are_in_it(history):
    mine = [order for order in PAST.orders().values() if order.terms.account_id == ALICE]
    first, last = mine[5].terms.created_at, mine[20].terms.created_at
    chosen = OrderFilter(created_from=first, created_until=last)
    assert history.orders_page(ALICE, chosen, limit=100).items == mine[20:4:-1]


def test_an_order_is_found_by_every_name_it_had(shelf):
    past = Past()
    order = past.enter(ALICE, Side.BUY, 5, 9_000, client_order_id="first")
    past.amend(order, client_order_id="second")
    past.enter(MAKER, Side.BUY, 5, 9_000, client_order_id="first")
    history = shelf.open(past)
    now = past.orders()[order.terms.order_id]
    assert now.terms.client_order_id == "second"
    assert history.order_by_client_id(ALICE, "first") == now
    assert history.order_by_client_id(ALICE, "second") == now
    assert history.order_by_client_id(ALICE, "third") is None
    assert history.order_by_client_id(MAKER, "first") != now


def test_a_trade_is_a_fill_of_each_side_newest_first(history):
    trades = PAST.trades()
    for account in (DEMO, ALICE, MAKER):
        expected = [
            (sequence, event.trade_id, order.terms.order_id, order.terms.side, liquidity, fee)
            for sequence, event in reversed(trades)
            for order, liquidity, fee in (
                (event.maker, Liquidity.MAKER, event.maker_fee),
                (event.taker, Liquidity.TAKER, event.taker_fee),
            )
            if order.terms.account_id == account
        ]
        fills = whole(lambda **page: history.fills_page(account, **page), Series.FILLS)  # noqa: B023
        assert [
            (fill.sequence, fill.trade_id, fill.order_id, fill.side, fill.liquidity, fill.fee)
            for fill in fills
        ] == expected


def test_trades_of_a_symbol_show_the_takers_side(history):
    for symbol in ("AAPL", "TSLA"):
        trades = whole(lambda **page: history.trades_page(symbol, **page), Series.TRADES)  # noqa: B023
        assert [
            (trade.sequence, trade.trade_id, trade.side, trade.price, trade.quantity)
            for trade in trades
        ] == [
            (sequence, event.trade_id, event.side, event.price, event.quantity)
            for sequence, event in reversed(PAST.trades())
            if event.symbol == symbol
        ]
        assert all(trade.grid.price_increment == CENT for trade in trades)


@pytest.mark.parametrize("account", [DEMO, ALICE, MAKER, HOUSE])
def test_postings_lead_from_nothing_to_the_balances_of_the_engine(history, account):
    postings = whole(lambda **page: history.postings_page(account, **page), Series.POSTINGS)
    totals: dict[str, int] = {}
    for posting in reversed(postings):
        totals[posting.asset] = totals.get(posting.asset, 0) + posting.amount
        assert posting.balance == totals[posting.asset]
        assert posting.account_id == account
    assert totals == {one.asset: one.total for one in PAST.engine.balances(account)}


def test_postings_come_newest_first_whatever_the_size_of_a_page(history):
    alike = [
        whole(lambda **page: history.postings_page(ALICE, **page), Series.POSTINGS, limit)
        for limit in (1, 2, 5, 1_000)
    ]
    positions = [posting.position for posting in alike[0]]
    assert positions == sorted(set(positions), reverse=True)
    assert all(one == alike[0] for one in alike)


def test_a_trade_posts_asset_currency_and_fee(shelf):
    past = simple_trading(1)
    fee = 1_000 * UNIT * 3 // 10_000
    fee_posted, paid, bought, topped_up = shelf.open(past).postings_page(DEMO, limit=4).items
    assert (bought.asset, bought.amount, bought.kind) == ("AAPL", 10 * UNIT, PostingKind.TRADE)
    assert (paid.asset, paid.amount, paid.kind) == ("USD", -1_000 * UNIT, PostingKind.TRADE)
    assert (fee_posted.amount, fee_posted.kind) == (-fee, PostingKind.FEE)
    assert paid.order_id == fee_posted.order_id == 2
    assert topped_up.kind is PostingKind.TOP_UP
    assert topped_up.trade_id is None


def test_amounts_have_no_bound(shelf):
    past = Past()
    amount = 10**40 + 7
    past.deposit(ALICE, amount)
    posting = shelf.open(past).postings_page(ALICE, limit=1).items[0]
    assert posting.amount == amount
    assert posting.balance == amount + 10**9 * UNIT


def test_names_in_any_script_come_back_as_they_were(shelf):
    past = Past()
    symbol = 'Ž"\\£株🂡'
    past.buy_simply(3, symbol)
    order = shelf.open(past).orders(DEMO, Door.SIMPLE, limit=2)[0]
    assert order.terms.symbol == symbol


def test_a_refused_order_leaves_no_order(shelf):
    past = Past()
    command = EnterOrder(
        account_id=ALICE, symbol="NONE", side=Side.BUY, type=OrderType.MARKET, quantity=1
    )
    assert isinstance(past.do(command, Door.NATIVE).events[0], OrderRejected)
    history = shelf.open(past)
    assert history.orders(ALICE, None, limit=10) == []
    assert history.reached == past.last
