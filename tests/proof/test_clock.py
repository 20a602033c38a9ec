"""The wall clock steps while orders wait, through every layer: each still executes in its time."""

import asyncio
import time
from contextlib import contextmanager
from itertools import pairwise

import pytest

from openoutcry import opening
from openoutcry.sequencer.clock import VenueClock
from tests.proof.inside import open_inside

DELAY_MS = 120
HOUR = 3600 * 10**9
YEAR = 365 * 24 * HOUR
LATE_S_MAX = 2.0
"""On a machine that does other things, too; a lost hour would be missed by far."""


class Wall:
    """A wall clock that somebody sets; the monotonic one is the machine's."""

    def __init__(self):
        self.offset = 0

    def __call__(self):
        return time.time_ns() + self.offset


@contextmanager
def wall_of(monkeypatch):
    wall = Wall()
    with monkeypatch.context() as patched:
        patched.setattr(opening, "VenueClock", lambda last: VenueClock(last, wall=wall))
        yield wall


async def executed(socket):
    while (message := await socket.hear())["status"] != "EXECUTED":
        pass
    return message


async def sell(venue):
    _, key = await venue.open_account("seller", assets=["AAPL"])
    order = {"symbol": "AAPL", "side": "sell", "type": "limit"}
    offer = order | {"quantity": "1000", "price": "228.40"}
    assert (await venue.call("POST", "/api/v1/orders", offer, key=key)).status == 201


@pytest.mark.slow
@pytest.mark.parametrize("step", [-HOUR, YEAR, -YEAR], ids=["hour back", "year on", "year back"])
def test_an_order_that_waits_executes_after_its_delay_whatever_the_wall_clock_does(
    tmp_path, monkeypatch, step
):
    async def story(wall):
        async with open_inside(tmp_path, execution_delay_ms=DELAY_MS) as venue:
            await sell(venue)
            socket = venue.socket("/ws")
            await socket.open()
            began = time.monotonic()
            order = {"stocks": "AAPL", "quantity": 3}
            first = (await venue.call("POST", "/orders", order)).json()
            wall.offset += step
            second = (await venue.call("POST", "/orders", order)).json()
            done = [(await executed(socket))["id"] for _ in range(2)]
            took = time.monotonic() - began
            assert done == [first["id"], second["id"]]
            assert took < DELAY_MS / 1000 + LATE_S_MAX
            assert took >= DELAY_MS / 1000, "nothing executes before its time"
            records = venue.sequencer.read(0, 10_000)
            assert all(one.entry.at < other.entry.at for one, other in pairwise(records))
            await socket.leave()

    with wall_of(monkeypatch) as wall:
        asyncio.run(story(wall))


@pytest.mark.slow
def test_orders_that_wait_over_a_restart_with_the_clock_set_back_execute_after_it(
    tmp_path, monkeypatch
):
    async def before():
        async with open_inside(tmp_path, execution_delay_ms=DELAY_MS) as venue:
            await sell(venue)
            placed = await venue.call("POST", "/orders", {"stocks": "AAPL", "quantity": 3})
            return placed.json()["id"], placed.sequence

    async def after(order_id, sequence):
        async with open_inside(tmp_path, execution_delay_ms=DELAY_MS) as venue:
            socket = venue.socket(f"/ws?from_sequence={sequence}")
            await socket.open()
            assert (await executed(socket))["id"] == order_id
            await socket.leave()

    with wall_of(monkeypatch) as wall:
        promised = asyncio.run(before())
        wall.offset -= HOUR
        asyncio.run(after(*promised))
