"""A long past: reading all of it while orders come in, and reading one order out of it."""

import asyncio
import os
import random
import shutil
import statistics
import time
from pathlib import Path
from typing import Final, NamedTuple

import uvloop

from benchmarks.connection import Connection, request_of, steady
from benchmarks.harness import (
    HOST,
    Effort,
    Server,
    in_turns,
    median_and_spread,
    percentile,
    say,
    scratch,
)
from benchmarks.past import past_of, simple_order_id
from benchmarks.report import Answer
from benchmarks.venue import ORDER, venue

QUESTION: Final = "What does reading a long list cost those who trade, and the memory?"
RATE: Final = 1_000
"""Orders per second meanwhile."""
LOOKUPS: Final = 500
SEED: Final = 1
CHUNK: Final = 1 << 16
READ_S_MAX: Final = 300.0
METHOD: Final = f"""\
A venue whose history holds executed orders. {RATE:,} orders per second come in, each timed from
when it was due to its 201: once undisturbed (`orders alone`), and once while one client reads
`GET /orders`, all of it, again and again as fast as it comes (`beside GET /orders`). Memory is the
server's highest resident memory during the measurement beyond that before it. One order:
`GET /orders/{{id}}` for {LOOKUPS} orders of the whole past, drawn by lot, one after another on
a venue that does nothing else; the baseline of the same run is `GET /health` on the same
connection, in turns with it."""


class Run(NamedTuple):
    """One measurement of order entry."""

    p50_ms: float
    p99_ms: float
    grown_mb: float
    lists: int
    """Read to their end."""
    bytes_per_s: float


def measure(effort: Effort) -> Answer:
    """Measure order entry with and without a reader, in turns, then single orders."""
    with scratch() as directory:
        past = past_of(effort.orders).directory
        runs = in_turns(
            effort.rounds,
            {
                "orders alone": lambda: _fresh(past, directory / "copy", effort, lists=False),
                "beside GET /orders": lambda: _fresh(past, directory / "copy", effort, lists=True),
            },
        )
        with venue(past) as server:
            orders, plain = uvloop.run(_lookups(server, effort.orders))
    rows: list[tuple[str, ...]] = [("figure", *runs, "ratio", "target")]
    for figure, place, form in (
        ("order entry p50, ms", 0, "{:.2f}"),
        ("order entry p99, ms", 1, "{:.2f}"),
        ("memory grown by, MB", 2, "{:.0f}"),
    ):
        alone, beside = ([run[place] for run in side] for side in runs.values())
        ratio = statistics.median(beside) / statistics.median(alone)
        rows.append(
            (
                figure,
                median_and_spread(alone, form),
                median_and_spread(beside, form),
                f"**{ratio:.1f}**",
                "",
            )
        )
    return Answer(
        METHOD, rows, [_lists(runs["beside GET /orders"], effort), _single(orders, plain)]
    )


def _lists(runs: list[Run], effort: Effort) -> str:
    lists = sum(run.lists for run in runs)
    speed = statistics.median(run.bytes_per_s for run in runs) / 1e6
    return (
        f"History held {effort.orders:,} orders and more; {lists} whole lists were read meanwhile, "
        f"at {speed:.1f} MB/s."
    )


def _single(orders: list[float], plain: list[float]) -> str:
    middle, late = (percentile(orders, share) * 1e3 for share in (0.5, 0.99))
    plain_middle = percentile(plain, 0.5) * 1e3
    return (
        f"`GET /orders/{{id}}` out of the past: p50 {middle:.2f} ms, p99 {late:.2f} ms; "
        f"`GET /health` p50 {plain_middle:.2f} ms, ratio **{middle / plain_middle:.1f}**."
    )


def _fresh(past: Path, copy: Path, effort: Effort, *, lists: bool) -> Run:
    """Measure on a copy of the past, so that every run begins with the same."""
    shutil.copytree(past, copy)
    os.sync()  # Or the disk would be busy with the copy while orders wait for it.
    try:
        with venue(copy) as server:
            found = uvloop.run(_run(server, effort.seconds, lists=lists))
    finally:
        shutil.rmtree(copy)
    say(
        f"{'beside GET /orders' if lists else 'orders alone'}: p99 {found.p99_ms:.1f} ms, "
        f"memory +{found.grown_mb:.0f} MB, {found.lists} lists"
    )
    return found


async def _run(server: Server, seconds: int, *, lists: bool) -> Run:
    request = request_of("POST", "/orders", ORDER)
    await steady(server, request, rate=RATE, seconds=1)
    before = highest = server.memory()
    counted = _Read()
    reader = asyncio.create_task(counted.read_on(server.port)) if lists else None
    started = time.perf_counter()
    entry = asyncio.create_task(steady(server, request, rate=RATE, seconds=seconds))
    while not entry.done():
        await asyncio.wait([entry], timeout=0.05)
        highest = max(highest, server.memory())
    took = time.perf_counter() - started
    if reader is not None:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        assert counted.size, "something was read"
    times = [call.seconds for call in await entry]
    return Run(
        percentile(times, 0.50) * 1e3,
        percentile(times, 0.99) * 1e3,
        (highest - before) / 1e6,
        counted.lists,
        counted.size / took,
    )


class _Read:
    """What a client has read of `GET /orders`."""

    def __init__(self) -> None:
        self.lists = 0
        self.size = 0

    async def read_on(self, port: int) -> None:
        """Read list after list."""
        while True:
            async with asyncio.timeout(READ_S_MAX):
                await self._read(port)
            self.lists += 1

    async def _read(self, port: int) -> None:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(f"GET /orders HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        last = b""
        while chunk := await reader.read(CHUNK):
            self.size += len(chunk)
            last = (last + chunk)[-16:]
        writer.close()
        if not last.rstrip(b"\r\n0").endswith(b"]"):
            raise RuntimeError(f"the list does not end: {last!r}")


async def _lookups(server: Server, orders: int) -> tuple[list[float], list[float]]:
    """Time single orders of the past, and calls that ask for nothing, in turns."""
    dice = random.Random(SEED)
    connection = await Connection.open(server.port)
    found: list[float] = []
    plain: list[float] = []
    for _ in range(LOOKUPS):
        order_id = simple_order_id(dice.randrange(orders))
        for path, times in ((f"/orders/{order_id}", found), ("/health", plain)):
            started = time.perf_counter()
            await connection.call(request_of("GET", path))
            times.append(time.perf_counter() - started)
    connection.close()
    return found, plain
