"""The journal's beginning goes when nobody needs it, and what was promised of it stays true."""

import sqlite3
from contextlib import closing

import pytest
import structlog

from openoutcry.engine import retries
from openoutcry.history.past import Past
from openoutcry.journal import dropping
from openoutcry.journal.directory import JOURNAL_NAME
from openoutcry.journal.dropping import OldBlocks
from openoutcry.model.errors import JournalDamaged
from openoutcry.sequencer.recovery import recover
from openoutcry.upkeep.retention import Retention
from tests.journal.written import write
from tests.proof.inside import open_inside
from tests.sequencer.rig import on_a_loop
from tests.sequencer.trading import Day

ORDER = {"stocks": "AAPL", "quantity": 3}
DROP_BYTES = 1024 * 1024


class Synced:
    """A history that is on disk up to a sequence."""

    def __init__(self, reached):
        self.reached = reached
        self.asked = 0

    def sync(self):
        self.asked += 1
        return self.reached


@pytest.fixture
def day(directory, journal):
    """Three snapshots, and blocks before, between and after them."""
    day = Day(journal)
    for _ in range(3):
        day.trade(40).keep(directory.snapshots)
    return day.trade(40)


def spans(directory):
    path = directory.path / JOURNAL_NAME
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reading:
        return reading.execute("SELECT first, last FROM blocks ORDER BY first").fetchall()


def test_a_journal_that_is_small_enough_is_left_alone(directory, journal, day):
    history = Synced(journal.last)
    Retention(directory.path, history, 10**9).look()
    assert journal.first() == 1
    assert history.asked == 0


def test_what_is_older_than_the_oldest_snapshot_goes_and_no_more(directory, journal, day):
    oldest = directory.snapshots.sequences()[-1]
    retention = Retention(directory.path, Synced(journal.last), 0)
    with structlog.testing.capture_logs() as logged:
        retention.look()
    assert journal.first() == oldest + 1
    assert retention.dropped_until == oldest
    assert (logged[0]["event"], logged[0]["dropped_until"]) == ("journal_shortened", oldest)
    recovered = recover(journal, directory.snapshots, history_reached=journal.last)
    assert recovered.engine.digest() == day.engine.digest()
    with structlog.testing.capture_logs() as logged:
        retention.look()
    assert logged == []


def test_what_history_does_not_hold_yet_stays(directory, journal, day):
    blocks = spans(directory)
    reached = blocks[10][1] + 1
    Retention(directory.path, Synced(reached), 0).look()
    assert journal.first() == blocks[11][0]


def test_no_more_goes_than_is_too_much(directory, journal, day, monkeypatch):
    monkeypatch.setattr(dropping, "DROP_BLOCKS", 5)
    with closing(OldBlocks(directory.path / JOURNAL_NAME)) as blocks:
        size = blocks.live_bytes()
    retention = Retention(directory.path, Synced(journal.last), size - 1)
    retention.look()
    assert retention.live_bytes < size
    assert 1 < journal.first() < directory.snapshots.sequences()[-1]


def test_a_damaged_snapshot_does_not_count_as_one(directory, journal, day):
    oldest, next_one = sorted(directory.snapshots.sequences())[:2]
    (directory.path / f"snapshot-{oldest:020d}.json").write_bytes(b"junk")
    Retention(directory.path, Synced(journal.last), 0).look()
    assert journal.first() == next_one + 1


def test_without_a_snapshot_everything_stays(directory, journal):
    Day(journal).trade(20)
    Retention(directory.path, Synced(journal.last), 0).look()
    assert journal.first() == 1


def test_the_newest_block_stays_whatever_is_asked(directory, journal):
    Day(journal).trade(20)
    last = journal.last
    with closing(OldBlocks(directory.path / JOURNAL_NAME)) as blocks:
        while blocks.drop(last).blocks:
            pass
    assert spans(directory)[-1][1] == last
    assert len(spans(directory)) == 1


def test_it_stops_when_the_venue_does(directory, journal, day):
    retention = Retention(directory.path, Synced(journal.last), 0)
    retention.look(lambda: False)
    assert journal.first() == 1


def test_one_transaction_is_short_and_the_room_is_used_again(directory, journal, monkeypatch):
    monkeypatch.setattr(dropping, "DROP_BYTES", DROP_BYTES)
    path = directory.path / JOURNAL_NAME
    write(journal, *[1000] * 30)
    with closing(OldBlocks(path)) as blocks:
        size = blocks.live_bytes()
        assert size > 3 * DROP_BYTES
        dropped = blocks.drop(journal.last)
        assert dropped.blocks < 15
        assert size - 2 * DROP_BYTES < blocks.live_bytes() < size
        while blocks.drop(journal.last).blocks:
            pass
    journal._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    length = path.stat().st_size
    write(journal, *[1000] * 20)
    journal._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.stat().st_size <= length


def test_the_writer_goes_on_while_blocks_are_dropped(directory, journal):
    write(journal, *[50] * 40)
    with closing(OldBlocks(directory.path / JOURNAL_NAME)) as blocks:
        before = journal.last
        for _ in range(20):
            write(journal, 50)
            blocks.drop(before)
    assert [record[0] for record in spans(directory)] == sorted(
        record[0] for record in spans(directory)
    )
    assert spans(directory)[-1][1] == journal.last


# A whole venue whose journal does not begin at 1.


async def shorten(venue):
    """Let two snapshots pass and drop all that is not needed."""
    upkeep = venue.app.state.venue.upkeep
    upkeep.retention._bytes_max = 0
    upkeep.retention.look()
    assert venue.sequencer._journal.first() > 1


async def trade(venue, orders=30, **headers):
    for _ in range(orders):
        assert (await venue.call("POST", "/orders", ORDER, **headers)).status == 201


@pytest.fixture
def few_keys(monkeypatch):
    monkeypatch.setattr(retries, "KEYS_KEPT", 10)


@on_a_loop
async def test_a_retry_from_before_the_journal_begins_gets_its_first_answer(tmp_path, few_keys):
    data_dir = tmp_path / "data"
    async with open_inside(data_dir) as venue:
        first = await venue.call("POST", "/orders", ORDER, idempotency_key="long-ago")
        for number in range(20):
            await trade(venue, 1, idempotency_key=f"key-{number}")
    async with open_inside(data_dir) as venue:
        await shorten(venue)
        assert venue.sequencer.record_at(first.sequence) is None
        again = await venue.call("POST", "/orders", ORDER, idempotency_key="long-ago")
        assert again.replayed
        assert (again.status, again.body) == (first.status, first.body)
        other = await venue.call(
            "POST", "/orders", {"stocks": "AAPL", "quantity": 4}, idempotency_key="long-ago"
        )
        assert (other.status, other.code()) == (409, "key_reused")
    async with open_inside(data_dir) as venue:  # And after a restart with the shortened journal.
        again = await venue.call("POST", "/orders", ORDER, idempotency_key="long-ago")
        assert (again.status, again.body) == (first.status, first.body)
        assert (await venue.call("GET", f"/orders/{first.json()['id']}")).status == 200


@on_a_loop
async def test_a_retry_that_the_engine_still_knows_finds_its_dropped_record_in_history(tmp_path):
    data_dir = tmp_path / "data"
    async with open_inside(data_dir) as venue:
        first = await venue.call("POST", "/orders", ORDER, idempotency_key="mine")
        await trade(venue, 3)
    async with open_inside(data_dir) as venue:
        await shorten(venue)
        assert venue.sequencer.record_at(first.sequence) is None
        again = await venue.call("POST", "/orders", ORDER, idempotency_key="mine")
        assert (again.replayed, again.status, again.body) == (True, first.status, first.body)


@on_a_loop
async def test_a_retry_of_long_ago_is_known_before_all_keys_are_loaded(
    tmp_path, few_keys, monkeypatch
):
    data_dir = tmp_path / "data"
    async with open_inside(data_dir) as venue:
        first = await venue.call("POST", "/orders", ORDER, idempotency_key="long-ago")
        for number in range(20):
            await trade(venue, 1, idempotency_key=f"key-{number}")
    monkeypatch.setattr(Past, "load", lambda _: None)
    async with open_inside(data_dir) as venue:
        again = await venue.call("POST", "/orders", ORDER, idempotency_key="long-ago")
        assert (again.replayed, again.body) == (True, first.body)
        new = await venue.call("POST", "/orders", ORDER, idempotency_key="new")
        assert (new.status, new.replayed) == (201, False)


@on_a_loop
async def test_a_stream_from_before_the_journal_begins_is_told_so(tmp_path):
    data_dir = tmp_path / "data"
    async with open_inside(data_dir) as venue:
        await trade(venue)
    async with open_inside(data_dir) as venue:
        await shorten(venue)
        await trade(venue, 2)
        kept_from = venue.sequencer._journal.first() - 1
        lost, kept = (
            venue.socket("/ws?from_sequence=1"),
            venue.socket(f"/ws?from_sequence={kept_from}"),
        )
        await lost.open()
        assert await lost.hear() == {
            "event": "reset",
            "sequence": venue.sequencer.durable,
            "reason": "this is older than what is kept",
        }
        await kept.open()
        assert (await kept.hear())["event"] == "order"
        for socket in (lost, kept):
            await socket.leave()


async def shortened(data_dir):
    async with open_inside(data_dir) as venue:
        await trade(venue)
    async with open_inside(data_dir) as venue:
        await shorten(venue)
        await trade(venue, 3)
        return venue.sequencer._journal.first()


@on_a_loop
async def test_without_a_history_a_journal_that_begins_later_is_refused(tmp_path):
    data_dir = tmp_path / "data"
    first = await shortened(data_dir)
    for file in data_dir.glob("history.sqlite3*"):
        file.unlink()
    for _ in range(2):  # Nothing was made on the way that the next start takes for a history.
        with pytest.raises(JournalDamaged, match=f"history is missing.*begins at {first}:"):
            async with open_inside(data_dir):
                pass


@on_a_loop
async def test_without_a_snapshot_a_journal_that_begins_later_is_refused(tmp_path):
    data_dir = tmp_path / "data"
    first = await shortened(data_dir)
    for file in data_dir.glob("snapshot-*.json"):
        file.unlink()
    with pytest.raises(JournalDamaged, match=f"begins at sequence {first} and no snapshot"):
        async with open_inside(data_dir):
            pass


def test_a_loss_cannot_be_accepted_where_history_cannot_be_made_again(directory, journal, day):
    Retention(directory.path, Synced(journal.last), 0).look()
    with pytest.raises(JournalDamaged, match="the loss cannot be accepted"):
        recover(
            journal,
            directory.snapshots,
            history_reached=journal.last + 1,
            accept_loss=True,
        )
    assert len(journal.epochs) == 1
