"""How history follows, catches up, fails and ends."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from openoutcry.history import database, scribe
from openoutcry.history import history as module
from openoutcry.history.database import reached_on_disk
from openoutcry.history.history import LAG_MAX
from openoutcry.history.projector import Overtaken, Projector
from openoutcry.model.account import DEMO
from openoutcry.model.errors import JournalDamaged, NotReady
from openoutcry.model.order import Door
from tests.history.past import ALICE, EPOCH, busy_past, copied, simple_trading


def test_what_was_told_can_be_read_once_history_caught_up(shelf):
    past = busy_past(count=60)
    history = shelf.open()
    history.start()

    async def follow():
        for record in copied(past.records):
            history.tell([record])
            if record.first % 3 == 0:
                await history.caught_up(record.last)
                assert history.reached >= record.last
        await history.caught_up(past.last)
        return await asyncio.to_thread(history.orders_with_sequence, ALICE, None, limit=1_000)

    listed, sequence = asyncio.run(follow())
    orders = past.orders().values()
    assert listed == [order for order in orders if order.terms.account_id == ALICE]
    assert sequence == past.last


def test_who_waits_before_it_is_told_is_woken_too(shelf):
    past = simple_trading(5)
    history = shelf.open()
    history.start()

    async def follow():
        waiting = [asyncio.create_task(history.caught_up(n)) for n in (past.last, 1, 7)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        history.tell(past.records[:3])
        history.tell(past.records[3:])
        await asyncio.gather(*waiting)

    asyncio.run(follow())
    assert history.reached == past.last


def test_who_gave_up_waiting_disturbs_nobody(shelf):
    past = simple_trading(1)
    history = shelf.open()
    history.start()

    async def follow():
        gone = asyncio.create_task(history.caught_up(past.last))
        await asyncio.sleep(0)
        gone.cancel()
        patient = asyncio.create_task(history.caught_up(past.last))
        history.tell(past.records)
        await patient

    asyncio.run(follow())


def test_a_batch_larger_than_a_transaction_is_written_in_order(shelf, monkeypatch):
    monkeypatch.setattr(scribe, "BATCH_RECORDS", 7)
    past = busy_past(count=40)
    history = shelf.open()
    history.start()
    history.tell(past.records)
    history.close()
    again = shelf.open(past)
    assert again.reached == past.last
    assert {n: again.order(n) for n in past.orders()} == past.orders()


def test_close_writes_what_was_told(shelf):
    past = simple_trading(30)
    history = shelf.open()
    history.start()
    for record in past.records:
        history.tell([record])
    history.close()
    assert reached_on_disk(shelf.url, EPOCH) == past.last


def test_a_history_goes_on_from_where_it_was(shelf):
    past = busy_past(count=50)
    half = len(past.records) // 2
    first = shelf.open()
    first.start()
    first.tell(past.records[:half])
    first.close()
    asked = []

    def read(after, limit):
        asked.append(after)
        return past.read(after, limit)

    second = shelf.open()
    second.catch_up(read, past.last, lambda _reached, _last: None)
    assert asked == [past.records[half - 1].last]
    assert {n: second.order(n) for n in past.orders()} == past.orders()


def test_the_same_history_comes_out_live_and_rebuilt(shelf, tmp_path):
    past = busy_past(seed=2, count=80)
    live = shelf.open()
    live.start()
    for record in past.records:
        live.tell([record])
    live.close()
    with_batches = rows_of(shelf.open())
    shelf.url = f"sqlite:///{tmp_path}/rebuilt.sqlite3"
    assert rows_of(shelf.open(past)) == with_batches


def rows_of(history):
    tables = ("orders", "client_order_ids", "fills", "transfers", "progress")
    with history._reading() as connection:
        return [
            sorted(tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}")))
            for table in tables
        ]


def test_progress_is_reported_in_pages(shelf, monkeypatch):
    monkeypatch.setattr(module, "CATCH_UP_RECORDS", 10)
    past = simple_trading(12)
    steps = []
    history = shelf.open()
    history.catch_up(past.read, past.last, lambda *step: steps.append(step))
    assert len(steps) == -(-len(past.records) // 10)
    assert steps[-1] == (past.last, past.last)
    assert steps == sorted(steps)


@pytest.mark.parametrize("harm", ["missing", "other epoch", "other schema", "no database"])
def test_a_history_that_cannot_be_used_is_rebuilt(shelf, tmp_path, harm):
    past = simple_trading(3)
    shelf.open(past)
    shelf.close()
    file = tmp_path / "history.sqlite3"
    epoch = EPOCH
    if harm == "missing":
        file.unlink()
    elif harm == "no database":
        file.write_bytes(b"something else entirely, and longer than a page header is" * 20)
    elif harm == "other epoch":
        epoch = "epoch-2"
    else:
        history = shelf.open()
        with history._database.writing.begin() as connection:
            connection.execute(text("UPDATE progress SET schema = 0"))
        shelf.close()
    assert reached_on_disk(shelf.url, epoch) is None
    rebuilt = shelf.open(epoch=epoch)
    assert (tmp_path / "history.sqlite3.old").exists() == (harm != "missing")
    assert rebuilt.reached == 0
    assert rebuilt.orders(DEMO, Door.SIMPLE, limit=9) == []
    rebuilt.catch_up(past.read, past.last, lambda _reached, _last: None)
    assert len(rebuilt.orders(DEMO, Door.SIMPLE, limit=9)) == 3


def test_a_history_that_is_locked_is_not_taken_for_none(shelf, tmp_path, monkeypatch):
    shelf.open(simple_trading(1)).close()
    monkeypatch.setattr(database, "LOCK_WAIT_MS", 0)
    with closing(sqlite3.connect(tmp_path / "history.sqlite3")) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OperationalError):
            shelf.open()
    assert not (tmp_path / "history.sqlite3.old").exists()


def test_looking_for_a_history_makes_none(shelf, tmp_path):
    assert reached_on_disk(shelf.url, EPOCH) is None
    assert reached_on_disk("sqlite:///:memory:", EPOCH) is None
    assert list(tmp_path.iterdir()) == []


def test_a_history_ahead_of_the_journal_is_a_witness_against_it(shelf):
    past = simple_trading(3)
    shelf.open(past)
    shelf.close()
    history = shelf.open()
    with pytest.raises(JournalDamaged, match=f"reached {past.last}.*ends at {past.last - 1}"):
        history.catch_up(past.read, past.last - 1, lambda _reached, _last: None)


def test_a_journal_that_begins_too_late_cannot_rebuild_history(shelf):
    past = simple_trading(3)
    history = shelf.open()
    with pytest.raises(JournalDamaged, match="needs sequence 1, the journal has"):
        history.catch_up(lambda _after, limit: past.records[4:], past.last, lambda *_: None)


def test_nobody_writes_where_somebody_else_has_written(shelf):
    past = simple_trading(6)
    history = shelf.open(past)
    with (
        closing(Projector(history._database.writing)) as late,
        pytest.raises(Overtaken),
    ):
        late.write(past.records[-2:])
    assert reached_on_disk(shelf.url, EPOCH) == past.last
    assert {one: history.order(one) for one in past.orders()} == past.orders()


def test_a_start_goes_on_from_what_a_late_follower_still_wrote(shelf):
    past = simple_trading(6)
    history = shelf.open()
    late = []

    def read(after, limit):
        if not late:
            late.append(shelf.open(past))
        return past.read(after, limit)

    history.catch_up(read, past.last, lambda _reached, _last: None)
    assert history.reached == past.last
    assert {one: history.order(one) for one in past.orders()} == past.orders()


def test_a_gap_in_what_is_told_is_an_error_of_ours(shelf):
    past = simple_trading(1)
    history = shelf.open()
    with pytest.raises(AssertionError):
        history.tell(past.records[1:])


def fail(*_):
    message = "the disk is full"
    raise OSError(message)


def test_a_fault_ends_history_and_not_trading(shelf, monkeypatch):
    monkeypatch.setattr(Projector, "write", fail)
    past = simple_trading(2)
    history = shelf.open()
    history.start()

    async def follow():
        history.tell(past.records[:2])
        with pytest.raises(NotReady):
            await history.caught_up(past.records[1].last)
        history.tell(past.records[2:])
        with pytest.raises(NotReady):
            await history.caught_up(past.last)
        assert history.room() == LAG_MAX
        await history.wait_for_room()

    asyncio.run(follow())
    with pytest.raises(NotReady):
        history.order(1)
    with pytest.raises(NotReady):
        history.orders(DEMO, Door.SIMPLE, limit=1)
    history.close()
    assert [type(fault) for fault in shelf.faults] == [OSError]


def test_after_close_nobody_waits_and_nobody_reads(shelf):
    history = shelf.open(simple_trading(1))
    history.start()

    async def follow():
        waiting = asyncio.create_task(history.caught_up(10**6))
        await asyncio.sleep(0)
        await asyncio.to_thread(history.close)
        with pytest.raises(NotReady):
            await waiting
        with pytest.raises(NotReady):
            await history.caught_up(10**6)

    asyncio.run(follow())
    with pytest.raises(NotReady):
        history.order(1)


def test_room_is_what_may_still_be_told(shelf, monkeypatch):
    monkeypatch.setattr(module, "LAG_MAX", 10)
    gate = threading.Event()
    write = Projector.write

    def wait_and_write(projector, records):
        assert gate.wait(60)
        return write(projector, records)

    monkeypatch.setattr(Projector, "write", wait_and_write)
    past = simple_trading(8)
    history = shelf.open()
    history.start()

    async def follow():
        assert history.room() == 10
        await history.wait_for_room()
        history.tell(past.records)
        assert history.room() == 10 - past.last < 0
        waiting = asyncio.create_task(history.wait_for_room())
        await asyncio.sleep(0)
        assert not waiting.done()
        gate.set()
        await waiting
        assert history.room() > 0

    asyncio.run(follow())


def test_a_history_in_memory_is_gone_after_close(shelf):
    shelf.url = "sqlite:///:memory:"
    past = simple_trading(2)
    history = shelf.open(past)
    file = Path(history._database.url.database)
    assert file.exists()
    assert len(history.orders(DEMO, Door.SIMPLE, limit=9)) == 2
    history.close()
    assert not file.parent.exists()
    assert shelf.open().reached == 0


def test_sync_names_a_sequence_that_is_in_the_file_itself(shelf, tmp_path):
    past = simple_trading(4)
    history = shelf.open(past)
    assert history.sync() == past.last
    copy = tmp_path / "copy.sqlite3"
    copy.write_bytes((tmp_path / "history.sqlite3").read_bytes())
    assert reached_on_disk(f"sqlite:///{copy}", EPOCH) == past.last


def test_a_reader_sees_one_moment_however_long_it_looks(shelf):
    past = simple_trading(20)
    history = shelf.open()
    history.start()
    with history._reading() as connection:
        before = module.queries.reached(connection)
        history.tell(past.records)
        asyncio.run(history.caught_up(past.last))
        assert module.queries.reached(connection) == before == 0
    assert history.orders_with_sequence(DEMO, Door.SIMPLE, limit=1)[1] == past.last


def test_its_files_are_its_owners_alone(shelf):
    past = busy_past(count=10)
    for epoch in (EPOCH, "another"):  # Made, and made anew beside the one that is set aside.
        shelf.open(past, epoch).orders_with_sequence(ALICE, None, limit=1)  # So a WAL is there.
        folder = Path(make_url(shelf.url).database).parent
        files = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
        assert {"history.sqlite3", "history.sqlite3-wal"} <= set(files)
        assert set(files.values()) == {0o600}, files
        shelf.close()
    assert "history.sqlite3.old" in files
