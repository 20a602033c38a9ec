"""History written by a process beside the venue: the same rows, whatever becomes of the process."""

import asyncio
import os
import signal
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from openoutcry.gateway.simple.order import shown
from openoutcry.history import follower as module
from openoutcry.history import tables
from openoutcry.history.database import open_reading
from openoutcry.history.follower import Follower, Gone, Task
from openoutcry.history.history import History
from openoutcry.journal.record import Block, encode, opening, seal
from openoutcry.journal.sqlite import SqliteJournal
from openoutcry.simulation.market import AGENTS
from tests.history.past import busy_past

OF_BATCHES = {"queue_steps", "queue_images", "order_spans", "holding_spans", "fill_spans"}
"""Tables whose rows depend on how records were gathered."""


class Desk:
    """A journal on disk, and a history that a follower writes."""

    def __init__(self, folder):
        self.path = folder / "journal.sqlite3"
        self.url = f"sqlite:///{folder}/history.sqlite3"
        self.journal = SqliteJournal(self.path)
        self.faults = []
        self.history = History(self.url, self.journal.epoch, self.faults.append, AGENTS, shown)
        self._link = opening(self.journal.epoch)

    def follower(self):
        """Return a follower that has opened what it needs, or failed to."""
        found = Follower(Task(str(self.path), self.url))
        while not found.is_ready():
            os.sched_yield()
        return found

    def tell(self, records):
        """Make records durable in one block, and wait until history has them."""
        stored = []
        for record in records:
            stored.append(seal(self._link, encode(record)))
            self._link = stored[-1].hash
        self.journal.append(Block(records[0].first, records[-1].last, stored))
        self.history.tell(records)
        asyncio.run(self.history.caught_up(records[-1].last))

    def close(self):
        self.history.close()
        self.journal.close()


@pytest.fixture
def desk(tmp_path):
    with closing(Desk(tmp_path)) as found:
        yield found


def rows_of(url):
    """Return everything in a history that does not depend on batches."""
    engine = open_reading(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(repr, connection.execute(select(table))))
            for table in tables.METADATA.sorted_tables
            if table.name not in OF_BATCHES
        }
    engine.dispose()
    return found


def in_thirds(records):
    third = len(records) // 3
    return records[:third], records[third : 2 * third], records[2 * third :]


def test_it_writes_what_the_thread_would_have_written(desk, tmp_path):
    past = busy_past(count=200)
    follower = desk.follower()
    desk.history.start(follower)
    for some in in_thirds(past.records):
        desk.tell(some)
    assert desk.history._scribe._writing is None
    desk.history.close()
    assert follower._process.returncode == 0

    url = f"sqlite:///{tmp_path}/alone.sqlite3"
    alone = History(url, desk.journal.epoch, desk.faults.append, AGENTS, shown)
    alone.catch_up(past.read, past.last, lambda _reached, _last: None)
    alone.close()
    assert rows_of(desk.url) == rows_of(url)
    assert len(rows_of(url)["fills"]) > 10
    assert desk.faults == []


def test_until_it_is_ready_the_thread_writes(desk, monkeypatch):
    past, follower = busy_past(count=60), desk.follower()
    is_ready = False
    monkeypatch.setattr(Follower, "is_ready", lambda _: is_ready)
    desk.history.start(follower)
    first, second, third = in_thirds(past.records)
    desk.tell(first)
    assert desk.history._scribe._writing is not None
    is_ready = True
    desk.tell(second)
    desk.tell(third)
    assert desk.history._scribe._writing is None
    assert {one: desk.history.order(one) for one in past.orders()} == past.orders()


@pytest.mark.parametrize("end", ["killed", "stuck"])
def test_when_it_is_gone_the_thread_goes_on(desk, monkeypatch, end):
    past, follower = busy_past(count=60), desk.follower()
    desk.history.start(follower)
    first, second, third = in_thirds(past.records)
    desk.tell(first)
    if end == "killed":
        os.kill(follower.pid, signal.SIGKILL)
    else:
        monkeypatch.setattr(module, "ANSWER_S_MAX", 0.01)
        monkeypatch.setattr(module, "END_S_MAX", 0.01)
        os.kill(follower.pid, signal.SIGSTOP)
    desk.tell(second)
    desk.tell(third)
    assert follower._process.returncode == -signal.SIGKILL
    assert desk.history._scribe._writing is not None
    assert {one: desk.history.order(one) for one in past.orders()} == past.orders()
    assert desk.faults == []


def test_one_that_wrote_and_could_not_say_so_is_not_repeated(desk, monkeypatch):
    past, follower = busy_past(count=60), desk.follower()
    desk.history.start(follower)
    first, second, third = in_thirds(past.records)
    desk.tell(first)
    write = Follower.write

    def write_and_go(self, after, last):
        write(self, after, last)
        raise Gone("it has ended")

    monkeypatch.setattr(Follower, "write", write_and_go)
    desk.tell(second)
    desk.tell(third)
    assert {one: desk.history.order(one) for one in past.orders()} == past.orders()
    assert desk.faults == []


def test_one_that_cannot_read_the_journal_says_why(desk):
    desk.path = Path("/nowhere/journal.sqlite3")
    follower = desk.follower()
    with pytest.raises(Gone, match="nowhere"):
        follower.write(0, 1)
    follower.close()
    assert follower._process.returncode == 1


def test_a_journal_without_the_record_is_named(desk):
    follower = desk.follower()
    with pytest.raises(Gone, match="no record after sequence 7"):
        follower.write(7, 9)
    follower.close()
