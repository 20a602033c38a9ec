"""A disk that is nearly full: nothing new comes in, everything that helps is taken."""

import asyncio

import pytest
import structlog

from openoutcry import opening
from openoutcry.upkeep.disk import RESERVE_BYTES_MAX, DiskWatch, Volume
from tests.proof.inside import open_inside
from tests.sequencer.rig import on_a_loop

GIB = 1024**3
ORDER = {"stocks": "AAPL", "quantity": 3}
LIMIT = {"symbol": "AAPL", "side": "buy", "type": "limit", "quantity": "5", "price": "200.00"}


@pytest.mark.parametrize(
    ("size", "reserve"),
    [(GIB, GIB // 20), (5 * GIB, 5 * GIB // 20), (100 * GIB, RESERVE_BYTES_MAX)],
)
def test_the_reserve_is_a_part_of_the_volume_up_to_a_maximum(tmp_path, size, reserve):
    volumes = [Volume(reserve, size), Volume(reserve, size), Volume(reserve - 1, size)]
    watch = DiskWatch(tmp_path, lambda _: volumes.pop(0))
    assert not watch.look()
    assert watch.look()


def test_a_change_is_logged_once(tmp_path):
    volumes = [Volume(free, GIB) for free in (GIB, GIB, 1, 2, 3, GIB, GIB)]
    watch = DiskWatch(tmp_path, lambda _: volumes.pop(0))
    with structlog.testing.capture_logs() as logged:
        while volumes:
            watch.look()
    assert [line["event"] for line in logged] == ["disk_low", "disk_recovered"]
    assert logged[0]["free_bytes"] == 1
    assert logged[0]["reserve_bytes"] == GIB // 20


class Disk:
    """A volume whose free space is what a test says."""

    free = GIB

    def __call__(self, _):
        return Volume(self.free, GIB)


@pytest.fixture
def disk(monkeypatch):
    """Give venues a disk, and look at it when the test does and not by itself."""
    disk = Disk()
    whole = opening.Upkeep

    def measured(*parts, **terms):
        made = whole(*parts, **terms, measure=disk)
        made._run = lambda: None
        made._thread._target = made._run
        return made

    monkeypatch.setattr(opening, "Upkeep", measured)
    return disk


def become(venue, disk, free):
    disk.free = free
    venue.app.state.venue.upkeep.look_at_disk()


@on_a_loop
async def test_new_orders_are_refused_at_every_door_and_cancels_are_taken(tmp_path, disk):
    async with open_inside(tmp_path / "data", execution_delay_ms=3_600_000) as venue:
        _, key = await venue.open_account("one")
        waiting = (await venue.call("POST", "/orders", ORDER)).json()["id"]
        resting = (await venue.call("POST", "/api/v1/orders", LIMIT, key=key)).json()["order_id"]
        socket = venue.socket("/ws")
        await socket.open()
        become(venue, disk, 1)
        before = venue.sequencer.durable

        simple = await venue.call("POST", "/orders", ORDER)
        native = await venue.call("POST", "/api/v1/orders", LIMIT, key=key)
        grown = await venue.call("PATCH", f"/api/v1/orders/{resting}", {"quantity": "6"}, key=key)
        for answer in (simple, native, grown):
            assert (answer.status, answer.code()) == (503, "disk_low"), answer
            assert int(answer.headers["retry-after"]) > 0
        await socket.say({"action": "place", **ORDER})
        heard = await socket.hear()
        assert (heard["status"], heard["problem"]["code"]) == (503, "disk_low")
        assert venue.sequencer.durable == before

        smaller = await venue.call("PATCH", f"/api/v1/orders/{resting}", {"quantity": "4"}, key=key)
        assert smaller.status == 200
        assert (await venue.call("DELETE", f"/orders/{waiting}")).status == 204
        assert (await venue.call("DELETE", f"/api/v1/orders/{resting}", key=key)).status == 200
        assert "openoutcry_disk_low 1.0" in (await venue.call("GET", "/metrics")).body.decode()

        become(venue, disk, GIB)
        assert (await venue.call("POST", "/orders", ORDER)).status == 201
        assert "openoutcry_disk_low 0.0" in (await venue.call("GET", "/metrics")).body.decode()
        await socket.leave()


@on_a_loop
async def test_agents_pause_and_go_on(tmp_path, disk):
    async with open_inside(tmp_path / "data", simulation="on") as venue:
        become(venue, disk, 1)
        assert (await venue.call("POST", "/orders", ORDER)).status == 503
        become(venue, disk, GIB)
        placed = (await venue.call("POST", "/orders", ORDER)).json()["id"]
        while (await venue.call("GET", f"/orders/{placed}")).json()["status"] == "PENDING":  # noqa: ASYNC110
            await asyncio.sleep(0)


@on_a_loop
async def test_a_venue_that_keeps_nothing_has_no_disk_to_look_at(disk):
    disk.free = 1
    async with open_inside(":memory:") as venue:
        assert venue.app.state.venue.upkeep is None
        assert (await venue.call("POST", "/orders", ORDER)).status == 201
        assert "openoutcry_disk_low" not in (await venue.call("GET", "/metrics")).body.decode()
