"""The past as it was: what history says of a sequence is what the engine said at that time."""

from bisect import bisect_right
from contextlib import closing
from random import Random

import pytest

from openoutcry.engine.engine import Engine
from openoutcry.history.database import Database
from openoutcry.history.images import Images
from openoutcry.history.moment import Forgotten, Moment
from openoutcry.history.projector import Projector
from openoutcry.model.commands import EnterOrder, SetPhase
from openoutcry.model.events import OrderExecuted, Resting
from openoutcry.model.instrument import Phase
from openoutcry.model.order import OrderType, Side, TimeInForce
from openoutcry.model.reasons import Reason
from tests.stage import applied, open_house
from tests.workload import TRADERS, Workload

SYMBOLS = ("ACME", "FINE", "BULK", "NEW", "ODD")


class Then:
    """What an engine said after a record."""

    def __init__(self, engine, last):
        self.at = last
        self.orders = {
            order.terms.order_id: order
            for account in engine.accounts()
            for order in engine.orders_of(account.account_id)
        }
        owners = [account.account_id for account in engine.accounts()]
        self.balances = {
            owner: {b.asset: (b.total, b.held) for b in engine.balances(owner) if b.total or b.held}
            for owner in owners
        }
        self.positions = {owner: engine.positions(owner) for owner in owners}
        self.queues = {symbol: engine.queue(symbol) for symbol in SYMBOLS}
        self.instruments = {symbol: engine.instrument(symbol) for symbol in SYMBOLS}
        self.marks = {symbol: engine.last_price(symbol) for symbol in SYMBOLS}


def written(folder, commands, seed, *, images=True):
    """Play a workload into a history in batches of all sizes; return it, and what was said when."""
    dice, workload, engine = Random(seed), Workload(seed), Engine()
    records, thens, batch = [], [], []
    database = Database(f"sqlite:///{folder}/history.sqlite3")
    database.prepare("epoch")
    made = Images(database.writing)
    entries = [*workload.opening()]
    with closing(Projector(database.writing)) as projector:
        for number in range(len(entries) + commands):
            entry = entries[number] if number < len(entries) else workload.draw()
            record = applied(engine, entry)
            workload.heard(record.events)
            records.append(record)
            batch.append(record)
            if dice.random() < 0.01:
                thens.append(Then(engine, record.last))
            if dice.random() < 0.02:
                projector.write(batch)
                made.tell(projector.steps)
                batch = []
                while images and made.step(records[-1].last):
                    pass
        if batch:
            projector.write(batch)
    return database, records, thens


def reader_of(records):
    def read(after, limit):
        start = bisect_right(records, after, key=lambda record: record.last)
        return records[start : start + limit]

    return read


def check(moment, then):
    for order_id, report in then.orders.items():
        found = moment.order(order_id)
        assert found is not None
        assert found.terms == report.terms
        for name in ("status", "leaves_quantity", "cum_quantity", "price", "cost", "fees", "held"):
            assert getattr(found, name) == getattr(report, name), (name, order_id)
    for owner, balances in then.balances.items():
        found = {b.asset: (b.total, b.held) for b in moment.balances(owner) if b.total or b.held}
        assert found == balances, owner
    for owner, positions in then.positions.items():
        assert moment.is_open(owner)
        found = {one.symbol: tuple(one.figures.__getattribute__(n) for n in
                 ("quantity", "cost", "realized")) for one in moment.positions(owner)}  # fmt: skip
        assert found == positions, owner
        for one in moment.positions(owner):
            if one.symbol in SYMBOLS:
                assert one.mark == then.marks[one.symbol], one.symbol
    for symbol in SYMBOLS:
        assert moment.instrument(symbol) == then.instruments[symbol]
        bids, asks = moment.queues(symbol)
        for found, said in zip((bids, asks), then.queues[symbol], strict=True):
            assert [tuple(one) for one in found] == [tuple(one) for one in said], symbol


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("images", [True, False])
def test_any_moment_is_what_the_engine_said_at_that_time(tmp_path, monkeypatch, seed, images):
    monkeypatch.setattr("openoutcry.history.images.STEPS_EVERY", 40)
    database, records, thens = written(tmp_path, 3_000, seed, images=images)
    assert len(thens) > 10
    with database.reading.connect() as connection:
        for then in thens:
            check(Moment(connection, reader_of(records), then.at), then)
    database.close()


@pytest.mark.slow
def test_an_order_between_two_events_of_a_record_is_as_the_first_left_it(tmp_path):
    database, records, _ = written(tmp_path, 1_500, 4)
    with database.reading.connect() as connection:
        for record in records:
            for place, event in enumerate(record.events):
                order = getattr(event, "order", None)
                if order is not None:
                    moment = Moment(connection, reader_of(records), record.first + place)
                    assert moment.order(order.terms.order_id) == order
    database.close()


@pytest.mark.slow
def test_an_order_stays_as_an_event_left_it_until_the_next(tmp_path):
    database, records, _ = written(tmp_path, 3_000, 8)
    told: dict[int, list[tuple[int, object]]] = {}
    for record in records:
        for place, event in enumerate(record.events):
            for name in ("order", "taker", "maker"):
                report = getattr(event, name, None)
                if report is not None:
                    told.setdefault(report.terms.order_id, []).append(
                        (record.first + place, report)
                    )
    busted = 0
    with database.reading.connect() as connection:
        for order_id, reports in told.items():
            ends = [sequence - 1 for sequence, _ in reports[1:]] + [records[-1].last]
            for (_, report), end in zip(reports, ends, strict=True):
                assert Moment(connection, reader_of(records), end).order(order_id) == report
            busted += reports[-1][1].reason is Reason.ADMINISTRATOR
    assert busted
    database.close()


def test_what_trades_beside_the_book_is_no_step_of_it(tmp_path):
    stage = open_house()
    stage.submit(SetPhase(symbol="ACME", phase=Phase.AUCTION))
    for account_id, side, quantity, price in (
        ("alice", Side.SELL, 5, None),
        ("bob", Side.BUY, 8, None),
        ("carol", Side.BUY, 4, 99),
    ):
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        terms = {"symbol": "ACME", "side": side, "type": kind, "time_in_force": TimeInForce.DAY}
        stage.submit(EnterOrder(account_id=account_id, quantity=quantity, price=price, **terms))
    stage.submit(SetPhase(symbol="ACME", phase=Phase.CONTINUOUS))
    resting = [e.resting for e in stage.records[-1].events if isinstance(e, OrderExecuted)]
    assert Resting.NEITHER in resting
    database = Database(f"sqlite:///{tmp_path}/history.sqlite3")
    database.prepare("epoch")
    with closing(Projector(database.writing)) as projector:
        projector.write(stage.records)
    with database.reading.connect() as connection:
        moment = Moment(connection, reader_of(stage.records), stage.records[-1].last)
        bids, asks = moment.queues("ACME")
        assert [[tuple(one) for one in side] for side in (bids, asks)] == [[(99, 4, 3)], []]
    database.close()


@pytest.mark.slow
def test_the_events_of_an_order_are_all_that_tell_of_it(tmp_path):
    database, records, _ = written(tmp_path, 2_000, 5)
    told: dict[int, list[int]] = {}
    for record in records:
        for place, event in enumerate(record.events):
            for name in ("order", "taker", "maker"):
                report = getattr(event, name, None)
                if report is not None:
                    told.setdefault(report.terms.order_id, []).append(record.first + place)
    with database.reading.connect() as connection:
        moment = Moment(connection, reader_of(records), records[-1].last)
        for order_id, sequences in told.items():
            found = [record.first + place for record, place in moment.events_of(order_id, 999)]
            assert found == sequences[::-1]
            assert len(moment.events_of(order_id, 2)) == min(2, len(sequences))
    database.close()


def test_what_was_not_there_yet_is_not_there(tmp_path):
    database, records, _ = written(tmp_path, 100, 6)
    with database.reading.connect() as connection:
        moment = Moment(connection, reader_of(records), 1)
        assert moment.order(1) is None
        assert moment.instrument("ACME") is None
        assert not any(moment.is_open(owner) for owner in TRADERS)
        assert moment.queues("ACME") == ([], [])
        assert moment.balances("alice") == []
    database.close()


def test_what_the_journal_does_not_have_any_more_is_said_to_be_gone(tmp_path):
    database, records, _ = written(tmp_path, 1_000, 7)
    kept = records[600:]
    with database.reading.connect() as connection:
        gone = next(e.order for r in records[:600] for e in r.events if hasattr(e, "order"))
        moment = Moment(connection, reader_of(kept), gone.sequence)
        with pytest.raises(Forgotten, match=str(kept[0].first)):
            moment.order(gone.terms.order_id)
        moment.queues("ACME")
    database.close()
