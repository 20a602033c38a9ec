"""Each call once, against a served venue."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from openoutcry.client.async_venue import AsyncVenue
from openoutcry.client.errors import Problem, Unanswered
from openoutcry.client.patience import Patience
from openoutcry.client.venue import Venue
from tests.client.floor import ROOT, SYMBOL
from tests.venue import free_port

D = Decimal


def test_an_order_is_placed_amended_read_and_canceled(alice):
    order = alice.place(SYMBOL, "buy", 10, price="40.00")
    assert (order.status, order.price, order.leaves_quantity) == ("new", D("40.00"), D(10))
    assert order.is_open
    assert alice.amend(order.order_id, quantity=8, price=D("40.01")).price == D("40.01")
    assert alice.order(order.order_id).revision == 1
    assert alice.order_by_client_id(order.client_order_id).order_id == order.order_id
    assert [one.order_id for one in alice.orders(symbol=SYMBOL)] == [order.order_id]
    canceled = alice.cancel(order.order_id)
    assert (canceled.status, canceled.reason, canceled.is_open) == ("canceled", "user", False)
    assert {one.event for one in alice.order_events(order.order_id)} >= {"new", "canceled"}


def test_a_refusal_says_what_would_have_been_allowed(alice):
    with pytest.raises(Problem) as raised:
        alice.place(SYMBOL, "buy", 10, price="40.001")
    problem = raised.value
    assert (problem.status, problem.code) == (422, "price_increment")
    assert {name: D(value) for name, value in problem.allowed.items()} == {
        "price_increment": D("0.01")
    }
    assert problem.sequence > 0


def test_a_trade_shows_in_fills_postings_positions_and_balances(alice, bob):
    held = alice.place(SYMBOL, "sell", 3, price="50.00")
    taken = bob.place(SYMBOL, "buy", 3, price="50.00")
    assert (taken.status, taken.average_price) == ("filled", D(50))
    assert alice.order(held.order_id).status == "filled"
    fill = next(bob.fills(limit=1))
    assert (fill.order_id, fill.price, fill.liquidity) == (taken.order_id, D("50.00"), "taker")
    assert next(bob.postings(limit=1)).trade_id == fill.trade_id
    assert bob.position(SYMBOL).quantity == sum(one.quantity for one in bob.positions())
    assert {one.asset for one in bob.balances()} == {"USD", SYMBOL}
    assert next(bob.trades(SYMBOL)).trade_id == fill.trade_id
    assert bob.account().status == "active"
    start = datetime.now(UTC) - timedelta(hours=1)
    assert sum(one.trades for one in bob.candles(SYMBOL, "1m", start=start)) >= 1
    assert bob.tickers([SYMBOL])[0].last == D("50.00")
    assert all(worth.equity > 0 for worth in bob.equity(limit=3))


def test_a_position_is_flattened(floor, alice):
    floor.open_account("gina")
    with floor.client("gina") as gina:
        alice.place(SYMBOL, "sell", 2, price="50.00")
        gina.place(SYMBOL, "buy", 2, price="50.00")
        alice.place(SYMBOL, "buy", 2, price="49.90")
        assert gina.flatten(SYMBOL).cum_quantity == 2
        assert gina.position(SYMBOL).quantity == 0


def test_books_auctions_and_instruments_are_read(alice):
    order = alice.place(SYMBOL, "buy", 10, price="39.00")
    book, queue = alice.book(SYMBOL, depth=1), alice.queue(SYMBOL)
    assert book.bids == [(D("39.00"), D(10))]
    assert queue.bids == [(D("39.00"), D(10), order.order_id)]
    assert alice.auction(SYMBOL).phase == "continuous"
    assert alice.instrument(SYMBOL) in alice.instruments()
    assert alice.status().ready
    assert alice.clock().mode == "real"


def test_a_batch_tells_of_each_order(alice):
    results = alice.batch(
        [
            {"symbol": SYMBOL, "side": "buy", "quantity": 1, "price": "30.00"},
            {"symbol": SYMBOL, "side": "buy", "quantity": 1, "price": "30.001"},
        ]
    ).results
    assert [one.status for one in results] == [201, 422]
    assert results[0].order.price == D("30.00")
    assert results[1].problem.code == "price_increment"


def test_a_group_is_entered_wholly(alice):
    leg = {"symbol": SYMBOL, "side": "sell", "quantity": 1}
    group = alice.group(
        "oco", [{**leg, "price": "90.00"}, {**leg, "type": "stop", "stop_price": "20.00"}]
    )
    assert [one.group_id for one in group.orders] == [group.group_id] * 2
    assert alice.cancel_all(SYMBOL).canceled


def test_a_preview_places_nothing(alice):
    preview = alice.preview(SYMBOL, "buy", 10, price="41.00")
    assert (preview.rests, preview.refusal) == (D(10), None)
    assert alice.preview(SYMBOL, "buy", 1, price="0.001").refusal.code == "price_increment"
    assert list(alice.orders()) == []


def test_cancel_after_is_set_and_taken_away(alice):
    assert alice.cancel_after(3600).fires_at > datetime.now(UTC)
    assert alice.cancel_after(0).fires_at is None


def test_prevented_matches_are_listed(alice):
    alice.place(SYMBOL, "sell", 1, price="45.00")
    taken = alice.place(SYMBOL, "buy", 1, price="45.00")
    assert taken.reason == "self_trade"
    assert next(alice.prevented_matches()).order_id == taken.order_id


def test_the_past_can_be_asked(alice):
    order = alice.place(SYMBOL, "buy", 1, price="38.00")
    alice.amend(order.order_id, quantity=2)
    assert alice.order(order.order_id, as_of=order.sequence).quantity == 1
    assert alice.book(SYMBOL, as_of=order.sequence).bids[0] == (D("38.00"), D(1))
    assert alice.balances(as_of=order.sequence)
    assert alice.happened(order.sequence).sequence == order.sequence


def test_pages_are_turned_and_a_limit_counts_over_all_of_them(floor, alice, monkeypatch):
    monkeypatch.setattr("openoutcry.client.request.PAGE_MAX", 2)
    placed = [alice.place(SYMBOL, "buy", 1, price="20.00").order_id for _ in range(5)]
    newest_first = placed[::-1]
    assert [one.order_id for one in alice.orders()] == newest_first
    assert [one.order_id for one in alice.orders(limit=3)] == newest_first[:3]


def test_an_administrator_runs_the_venue(floor):
    admin = floor.admin.admin
    account = admin.open_account("carol", cash=1000, margin=2)
    assert (account.cash, account.margin) == (D(1000), 2)
    assert admin.account(account.account_id).name == "carol"
    assert account.account_id in {one.account_id for one in admin.accounts()}
    assert admin.change_account(account.account_id, status="blocked").status == "blocked"
    assert admin.change_account(account.account_id, status="active").status == "active"
    assert admin.deposit(account.account_id, "USD", "-1").amount == -1
    made = admin.make_key(account.account_id, ["read"])
    assert [one.key_id for one in admin.keys(account.account_id)] == [made.key_id]
    assert admin.revoke_key(made.key_id) is None
    assert admin.reset_account(account.account_id, 5).cash == 5
    listed = admin.list_instrument(
        "NEW", price_increment="0.5", quantity_increment=1, reference_price=7, collar_bps=500
    )
    assert (listed.price_increment, listed.collar_bps) == (D("0.5"), 500)
    assert listed in admin.instruments()
    assert admin.change_instrument("NEW", protection_bps=100).protection_bps == 100
    assert admin.set_phase("NEW", "halted", reason="test").phase == "halted"
    assert admin.delist("NEW").symbol == "NEW"
    assert admin.set_tier("gold", maker_fee_bps="-0.1", taker_fee_bps=1).maker_fee_bps == D("-0.1")
    switch = admin.kill_switch(on=True, account_id=account.account_id, reason="test")
    assert switch.canceled == 0


def test_a_trade_is_busted(floor, alice, bob):
    alice.place(SYMBOL, "sell", 1, price="51.00")
    bob.place(SYMBOL, "buy", 1, price="51.00")
    trade = next(bob.trades(SYMBOL))
    assert floor.admin.admin.bust(trade.trade_id, "test").busted


def test_paper_money_begins_anew(floor):
    floor.open_account("dora")
    with floor.client("dora") as dora:
        assert dora.reset_account(77).cash == 77


def test_a_wrong_key_is_nobody(floor):
    with Venue(floor.venue.url, "no.key") as nobody, pytest.raises(Problem, match="401"):
        nobody.account()


def test_where_nobody_listens_the_call_is_unanswered_and_names_its_key():
    patience = Patience(seconds=0.3, first_wait_s=0.01)
    with Venue(f"http://127.0.0.1:{free_port()}", patience=patience) as venue:
        with pytest.raises(Unanswered) as raised:
            venue.place(SYMBOL, "buy", 1, price="1.00", client_order_id="mine")
        assert raised.value.key == "mine"
        with pytest.raises(Unanswered, match="did not answer"):
            venue.clock()


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://x", "http://"])
def test_an_address_is_one(url):
    with pytest.raises(ValueError, match="looks like"):
        Venue(url)


async def _async_story(floor):
    async with AsyncVenue(floor.venue.url, floor.keys["alice"]) as venue:
        order = await venue.place(SYMBOL, "buy", 1, price="35.00")
        assert [one.order_id async for one in venue.orders(limit=1)] == [order.order_id]
        assert (await venue.cancel(order.order_id)).status == "canceled"
        with pytest.raises(Problem, match="too_late"):
            await venue.amend(order.order_id, quantity=3)
    async with AsyncVenue(floor.venue.url, ROOT) as admin:
        assert (await admin.admin.account(floor.accounts["alice"])).name == "alice"


def test_the_asynchronous_client_has_the_same_calls(floor):
    asyncio.run(_async_story(floor))
