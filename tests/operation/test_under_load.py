"""Snapshots while orders flow, and a kill: the next start has little left to apply."""

import asyncio
import json
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from openoutcry.journal.directory import JOURNAL_NAME
from openoutcry.journal.reader import JournalReader
from openoutcry.journal.snapshots import SnapshotFiles
from tests.proof.outside import Client
from tests.sequencer.rig import on_a_loop
from tests.venue import RunningVenue

ADMIN_KEY = "the-operator's"
CLIENTS = 8
ORDER = {"stocks": "AAPL", "quantity": 1}


@pytest.fixture
def venue(tmp_path):
    """A real process, and one that looks after itself in a hurry."""
    (tmp_path / "home").mkdir()
    settings = {
        "SIMULATION": "off",
        "EXECUTION_DELAY_MS": 5,
        "LOG_FORMAT": "json",
        "ADMIN_KEY": ADMIN_KEY,
    }
    command = [sys.executable, "-m", "tests.operation.hurried_venue", "serve"]
    venue = RunningVenue(str(tmp_path / "home" / "data"), settings, command)
    yield venue
    if venue.exit_code is None:
        venue.kill()


def said(venue, event):
    """Return the lines of an event that a venue has logged, in order."""
    lines = [line for line in venue.log().splitlines() if line.startswith("{")]
    return [fields for line in lines if (fields := json.loads(line))["event"] == event]


async def until_taken(venue, snapshots):
    """Place orders from several sides until so many snapshots were taken; return their ids."""
    acknowledged = []

    async def load(client):
        while len(said(venue, "snapshot_taken")) < snapshots:
            for _ in range(50):
                answer = await client.call("POST", "/orders", ORDER)
                assert answer.status == 201
                acknowledged.append(answer.json()["id"])

    with ExitStack() as clients:
        opened = [clients.enter_context(closing(Client(venue.port))) for _ in range(CLIENTS)]
        await asyncio.gather(*map(load, opened))
    return acknowledged


def lives(pid):
    """Say whether a process still runs; one that waits for its parent to look does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.slow
@on_a_loop
async def test_a_killed_venue_starts_with_a_snapshot_taken_under_load(venue):
    acknowledged = await until_taken(venue, 3)
    venue.kill()
    started = [line["process"] for line in said(venue, "snapshot_started")]
    # It notices by itself that the venue has gone.
    while any(map(lives, started)):  # noqa: ASYNC110
        await asyncio.sleep(0)
    newest = SnapshotFiles(Path(venue.data_dir)).sequences()[0]
    assert newest >= said(venue, "snapshot_taken")[-1]["sequence"] > 0
    with closing(JournalReader(Path(venue.data_dir) / JOURNAL_NAME)) as journal:
        left = len(journal.read(newest, 10**9))
    await asyncio.to_thread(venue.start)
    recovered = said(venue, "recovered")[-1]
    assert (recovered["after_snapshot"], recovered["records"]) == (newest, left)
    with closing(Client(venue.port)) as client:
        for order_id in (acknowledged[0], acknowledged[-1]):
            assert (await client.call("GET", f"/orders/{order_id}")).status == 200


@pytest.mark.slow
@on_a_loop
async def test_every_record_is_verified_once_and_a_stop_leaves_no_process(venue):
    await until_taken(venue, 2)
    assert await asyncio.to_thread(venue.stop) == 0
    taken = said(venue, "snapshot_taken")
    assert taken[0]["after"] == 0
    assert [line["after"] for line in taken[1:]] == [line["sequence"] for line in taken[:-1]]
    assert said(venue, "verification_failed") == said(venue, "upkeep_failed") == []
    started = [line["process"] for line in said(venue, "snapshot_started")]
    assert len(started) >= len(taken)
    assert not any(map(lives, started))


@pytest.mark.slow
@on_a_loop
async def test_no_secret_is_in_the_log(venue):
    """Over start, load, snapshots, a kill, recovery and a clean stop."""
    with closing(Client(venue.port, ADMIN_KEY)) as admin:
        opened = await admin.call("POST", "/api/v1/admin/accounts", {"name": "one", "cash": "1000"})
        path = f"/api/v1/admin/accounts/{opened.json()['account_id']}/keys"
        secret = (await admin.call("POST", path, {"permissions": ["trade"]})).json()["key"]
    with closing(Client(venue.port, secret)) as trader:
        placed = await trader.call("POST", "/orders", ORDER, idempotency_key="key-of-mine")
    assert placed.status == 201
    with closing(Client(venue.port, f"{secret}x")) as stranger:
        assert (await stranger.call("GET", "/orders")).status == 401
    await until_taken(venue, 1)
    venue.kill()
    await asyncio.to_thread(venue.start)
    assert await asyncio.to_thread(venue.stop) == 0
    for event in ("starting", "recovered", "venue_open", "snapshot_taken", "venue_closed"):
        assert said(venue, event), event
    log = venue.log()
    for kept_quiet in (secret, secret[-12:], ADMIN_KEY, "key-of-mine"):
        assert kept_quiet not in log
