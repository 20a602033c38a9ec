"""How exactly delayed orders execute when a hundred come at once."""

import asyncio
import statistics
import time
from typing import Final

import msgspec
import uvloop

from benchmarks.connection import Connection, request_of
from benchmarks.harness import Effort, Server, median_and_spread, say, scratch
from benchmarks.listeners import hang_up, open_listeners
from benchmarks.report import Answer
from benchmarks.venue import venue

QUESTION: Final = "How long after its delay does an order execute, with sellers there?"
ORDERS: Final = 100
DELAY_S: Final = 1.0
TARGET: Final = "all within 250 ms"
WAIT_S_MAX: Final = 20.0
METHOD: Final = f"""\
The simulated market on, the delay at its default of {DELAY_S:.0f} s: {ORDERS} concurrent
`POST /orders` of ten shares on a symbol that nobody asked for before, over as many connections. Of
each order, the time from its 201 to its EXECUTED on `/ws`, as one client hears both, minus the
delay. Negative values are possible: the delay begins at acceptance, before the answer has
travelled. The baseline of the same run is a timer of the client's event loop, set for the same
delay when the answer came."""


class _Heard(msgspec.Struct):
    order_id: int
    status: str


class _Placed(msgspec.Struct):
    order_id: int


def measure(effort: Effort) -> Answer:
    """Place a hundred orders, once per round, each on a fresh venue."""
    late: list[list[float]] = []
    timers: list[list[float]] = []
    for _ in range(effort.rounds):
        with scratch() as directory, venue(directory, simulation="on") as server:
            found, plain = uvloop.run(_lateness(server))
        late.append(found)
        timers.append(plain)
        say(f"{max(found):.0f} ms at the latest, timers {max(plain):.0f} ms")
    rows = [("figure, ms after the delay", "venue", "timers", "target")]
    for figure, of in (
        ("maximum", max),
        ("mean", statistics.fmean),
        ("standard deviation", statistics.pstdev),
    ):
        venue_s, timers_s = ([of(one) for one in side] for side in (late, timers))
        target = TARGET if of is max else ""
        rows.append(
            (
                figure,
                median_and_spread(venue_s, "{:.0f}"),
                median_and_spread(timers_s, "{:.0f}"),
                target,
            )
        )
    return Answer(METHOD, rows)


async def _lateness(server: Server) -> tuple[list[float], list[float]]:
    """Return by how many milliseconds each order, and each timer, was later than the delay."""
    executed: dict[int, float] = {}
    all_executed = asyncio.Event()

    def hear(text: bytes) -> None:
        message = msgspec.json.decode(text, type=_Heard)
        if message.status == "EXECUTED":
            executed[message.order_id] = time.perf_counter()
            if len(executed) == ORDERS:
                all_executed.set()

    answered: dict[int, float] = {}
    timers: list[asyncio.Future[float]] = []
    loop = asyncio.get_running_loop()

    async def place(connection: Connection) -> None:
        body = await connection.call(
            request_of("POST", "/orders", '{"stocks": "NEW SYMBOL", "quantity": 10}')
        )
        now = time.perf_counter()
        answered[msgspec.json.decode(body, type=_Placed).order_id] = now
        timer: asyncio.Future[float] = loop.create_future()
        loop.call_later(DELAY_S, lambda: timer.set_result(time.perf_counter() - now))
        timers.append(timer)

    listeners = await open_listeners(server.port, 1, heard=hear)
    connections = [await Connection.open(server.port) for _ in range(ORDERS)]
    async with asyncio.timeout(WAIT_S_MAX):
        await asyncio.gather(*map(place, connections))
        await all_executed.wait()
        await asyncio.gather(*timers)
    for connection in connections:
        connection.close()
    hang_up(listeners)
    late = [(executed[order_id] - at - DELAY_S) * 1e3 for order_id, at in answered.items()]
    return late, [(timer.result() - DELAY_S) * 1e3 for timer in timers]
