"""A trade is found by its number, without an index of the numbers."""

from openoutcry.history.tables import FILLS
from openoutcry.model.commands import BustTrade
from openoutcry.model.order import Side
from tests.history.past import ALICE, Past


def traded(count):
    past = Past()
    for number in range(count):
        past.sell(2, 10_000 + number % 3)
        if number % 4 == 0:
            past.sell(1, 10_000)  # So that some commands make two trades.
        past.enter(ALICE, Side.BUY, 3 if number % 4 == 0 else 2, 10_002)
    return past


def test_every_trade_is_found_as_it_was_told_with_its_orders_as_they_stand(shelf):
    past = traded(20)
    history = shelf.open(past)
    for sequence, told in past.trades():
        found = history.trade(told.trade_id)
        event = found.event
        for name in ("trade_id", "symbol", "side", "price", "quantity", "taker_fee", "maker_fee"):
            assert getattr(event, name) == getattr(told, name)
        for name in ("taker_funds", "maker_funds"):
            ours, theirs = getattr(event, name), getattr(told, name)
            assert (ours.asset, ours.currency) == (theirs.asset, theirs.currency)
        assert event.taker == history.order(told.taker.terms.order_id)
        assert event.maker == history.order(told.maker.terms.order_id)
        assert (found.trade.sequence, found.trade.busted) == (sequence, False)


def test_what_never_was_is_not_found(shelf):
    past = traded(3)
    history = shelf.open(past)
    last = past.trades()[-1][1].trade_id
    assert history.trade(last) is not None
    assert [history.trade(number) for number in (0, last + 1, 10**12)] == [None] * 3
    assert shelf.open(epoch="another").trade(1) is None


def test_a_busted_trade_says_so(shelf):
    past = traded(3)
    *_, (_, trade) = past.trades()
    past.do(BustTrade(trade=trade))
    history = shelf.open(past)
    assert history.trade(trade.trade_id).trade.busted
    assert not history.trade(trade.trade_id - 1).trade.busted


def test_a_trade_of_which_one_side_was_dropped_is_not_found_and_hides_no_other(shelf):
    past = traded(6)
    history = shelf.open(past)
    told = past.trades()
    with history._database.writing.begin() as connection:
        for sequence, _ in (told[0], *told[2:4]):
            connection.execute(FILLS.delete().where(FILLS.c.fill_id == sequence * 2))
        connection.execute(FILLS.delete().where(FILLS.c.fill_id == told[4][0] * 2 + 1))
    found = [history.trade(event.trade_id) is not None for _, event in told]
    assert found == [False, True, False, False, False] + [True] * (len(told) - 5)
