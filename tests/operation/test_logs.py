"""What is written down of events that an operator wants to know of."""

import asyncio

import pytest
import structlog
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from openoutcry.sequencer.figures import Spread
from openoutcry.streams.subscriber import MESSAGES_MAX, TOO_SLOW, Subscriber
from tests.proof.inside import open_inside
from tests.sequencer.rig import on_a_loop
from tests.venue import running_venue

NOT_TEXT = 1007
"""The close code for a text that is not UTF-8 (RFC 6455)."""


@on_a_loop
async def test_a_slow_client_is_named_once_by_the_key_it_came_with():
    subscriber = Subscriber(lambda _: asyncio.Event().wait())
    subscriber.key_id = "key-7"
    with structlog.testing.capture_logs() as logged:
        for _ in range(MESSAGES_MAX + 5):
            subscriber.tell("{}")
    assert subscriber.close_code == TOO_SLOW
    assert [(line["event"], line["key_id"]) for line in logged] == [("client_too_slow", "key-7")]


@on_a_loop
async def test_every_stage_and_what_upkeep_does_is_measured(tmp_path):
    async with open_inside(tmp_path / "data") as venue:
        for _ in range(3):
            await venue.call("POST", "/orders", {"stocks": "AAPL", "quantity": 1})
        scraped = (await venue.call("GET", "/metrics")).body.decode()
        figures = venue.sequencer.figures
    values = dict(line.rsplit(" ", 1) for line in scraped.splitlines() if not line.startswith("#"))
    for name in ("apply_seconds", "fsync_seconds", "tell_seconds", "batch_records"):
        assert float(values[f"openoutcry_{name}_count"]) >= 3, name
        assert (
            values[f'openoutcry_{name}_bucket{{le="+Inf"}}'] == values[f"openoutcry_{name}_count"]
        )
    assert float(values["openoutcry_batch_records_sum"]) == figures.records
    for name in (
        "inbox_depth", "unwritten_records", "history_lag_events", "websocket_clients",
        "snapshots_total", "snapshot_failures_total", "verification_faults_total",
        "snapshot_age_seconds", "snapshot_sequence", "journal_dropped_blocks_total",
        "journal_live_bytes", "disk_free_bytes", "disk_reserve_bytes", "disk_low",
    ):  # fmt: skip
        assert float(values[f"openoutcry_{name}"]) >= 0, name
    assert float(values["process_resident_memory_bytes"]) > 0


def test_a_spread_counts_by_upper_bounds():
    spread = Spread((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 2.0, 2.5):
        spread.add(value)
    assert spread.counts == [2, 2, 1]
    assert spread.sum == 7.5


@pytest.mark.slow
def test_text_that_is_none_ends_its_socket_and_is_no_fault_of_the_venue():
    with running_venue(SIMULATION="off") as venue:
        with connect(f"{venue.ws_url}/ws", proxy=None) as socket:
            socket.send(b"\x97", text=True)
            with pytest.raises(ConnectionClosedError) as ended:
                list(socket)
        assert ended.value.rcvd.code == NOT_TEXT
        assert venue.stop() == 0
        assert "Traceback" not in venue.log()
