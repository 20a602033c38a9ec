"""What agents ordered leaves history a day after it closed; everything else stays."""

from openoutcry.history import leaving
from openoutcry.history.leaving import STAY_NS
from openoutcry.model.account import DEMO
from openoutcry.model.order import Door, Side
from tests.history.past import ALICE, MAKER, SECOND, Past

DAY = STAY_NS


def written(shelf, past, agents=(MAKER,)):
    """Return a running history that has been told of a past, record by record."""
    history = shelf.open(agents=agents)
    history.start()
    for record in past.records:
        history.tell([record])
    history_has(history, past.last)
    return history


def tell(history, past, *, records):
    """Let time pass so often, each time in a batch of its own."""
    for _ in range(records):
        record = past.wait(SECOND)
        history.tell([record])
        history_has(history, record.last)


def history_has(history, sequence):
    """Wait until history's thread has got there."""
    history._scribe.hurry()
    while history.reached < sequence:
        history._scribe.hurry()


def closed_order(past):
    order = past.sell(5)
    past.cancel(order)
    return order.terms.order_id


def test_an_agents_closed_order_leaves_after_a_day_and_its_fills_stay(shelf):
    past = Past()
    canceled = closed_order(past)
    filled = past.sell(10).terms.order_id
    bought = past.buy_simply(10).terms.order_id
    past.wait()
    resting = past.sell(7).terms.order_id
    history = written(shelf, past)
    history.tell([past.wait(DAY - 10 * SECOND)])
    history_has(history, past.last)
    assert history.order(canceled) is not None
    while history.order(canceled) is not None:  # The thread may be at the end of an earlier round.
        history._scribe._writing.leaving._next_round = 0
        history.tell([past.wait(20 * SECOND)])
        history_has(history, past.last)
    history.close()
    history = shelf.open()
    assert history.order(filled) is None
    assert history.order(resting) is not None
    assert history.order(bought) is not None
    assert len(history.fills_page(MAKER, limit=10).items) == 1
    assert len(history.fills_page(DEMO, limit=10).items) == 1
    assert len(history.trades_page("AAPL", limit=10).items) == 1


def test_nobody_elses_order_leaves(shelf):
    past = Past()
    ours = past.enter(ALICE, Side.BUY, 5, 9_000)
    past.cancel(ours)
    history = written(shelf, past, agents=(MAKER, ALICE))
    history.tell([past.wait(2 * DAY)])
    tell(history, past, records=3)
    history.close()
    assert shelf.open().order(ours.terms.order_id) is not None


def test_more_than_a_page_leaves_in_several_steps(shelf, monkeypatch):
    monkeypatch.setattr(leaving, "PAGE_ORDERS", 4)
    past = Past()
    orders = [closed_order(past) for _ in range(10)]
    stays = past.sell(1).terms.order_id
    history = written(shelf, past)
    history.tell([past.wait(2 * DAY)])
    history_has(history, past.last)
    tell(history, past, records=4)
    history.close()
    reopened = shelf.open()
    assert [order for order in orders if reopened.order(order) is not None] == []
    assert reopened.order(stays) is not None


def test_one_that_was_live_leaves_with_a_later_round(shelf):
    past = Past()
    order = past.sell(1)
    history = written(shelf, past)
    history.tell([past.wait(2 * DAY)])
    tell(history, past, records=1)
    history.tell([past.cancel(order)])
    history.tell([past.wait(DAY + SECOND)])
    tell(history, past, records=2)
    history.close()
    assert shelf.open().order(order.terms.order_id) is None


def test_the_names_of_what_left_go_with_it(shelf):
    past = Past()
    order = past.enter(MAKER, Side.BUY, 5, 9_000, door=Door.SIMULATION, client_order_id="mine")
    past.cancel(order)
    history = written(shelf, past)
    history.tell([past.wait(2 * DAY)])
    tell(history, past, records=2)
    with history._database.reading.connect() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM client_order_ids").scalar()
    assert rows == 0
