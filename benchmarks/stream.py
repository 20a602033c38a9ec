"""The stream: orders over one WebSocket against REST, and messages to many against raw sockets."""

import json
import statistics
import time
from collections.abc import Callable
from typing import Final, NamedTuple

import uvloop

from benchmarks.connection import post_all_on, request_of, steady
from benchmarks.harness import (
    Effort,
    Load,
    Server,
    in_turns,
    load,
    median_and_spread,
    percentile,
    say,
    scratch,
)
from benchmarks.hearers import Hearers
from benchmarks.orders import compared, told
from benchmarks.pipelined import WINDOW, pipelined
from benchmarks.report import Answer
from benchmarks.venue import limit_order, open_trader, served_venue

QUESTION: Final = "What does the stream give over REST, and how fast do many clients hear by it?"
CONNECTIONS: Final = 64
SYMBOL: Final = "AAPL"
CASH: Final = 10**12
CLIENTS: Final = 200
BURST: Final = 500
"""Orders at once, each of them a message to every client."""
WARM_UP: Final = 5
MANY: Final = 1_000
STALLED: Final = 100
"""Of the many, reading nothing."""
BEFOREHAND: Final = 1_000
"""Messages that fill the buffers of those who stall."""
RATE: Final = 20
"""Orders per second while the latency of order entry is measured."""
MEASURED_S: Final = 8
"""Longer than a stalled client is borne."""
SLOWER_MAX: Final = "≤ 1.2"
TARGET: Final = "≥ 1.3"
PATH: Final = "/api/v1/stream"
MARK: Final = '"channel":"orders","type":"update"'
MESSAGE: Final = (
    '{"channel":"orders","type":"update","symbol":"AAPL","epoch":"0123456789abcdef0123456789abcdef",'
    '"sequence":100000,"previous":99999,"at":"2026-01-01T00:00:00.000000Z","action":"add",'
    '"side":"buy","order_id":100000,"price":"10.00","quantity":"1","checksum":3310070434}'
)
"""A message as the venue sends it, for the baseline."""
METHOD: Final = f"""\
The venue as `openoutcry serve` runs it. Order entry: limit orders of one account that rest, over
REST on {CONNECTIONS} keep-alive connections with wrk, and over one WebSocket with {WINDOW} requests
under way; each is durable before it is answered. Fan-out: {CLIENTS} clients follow `orders` of one
symbol, all in one process that does nothing but count; {BURST} orders that rest are posted at once,
and the time is taken from the first of them until the last client has heard the last. The baseline
is an asyncio server on uvloop that writes a frame of the same size, framed once, to as many raw
sockets for each post. With `"batch": true` messages that wait for a client together leave as one
frame. Stalled clients: {MANY:,} follow the same, of which {STALLED} read nothing, and
{BEFOREHAND:,} messages beforehand have filled their buffers; then {RATE} orders per second are
posted for {MEASURED_S} s, each timed from when it was due to its 201, against the same with
{MANY:,} that all read."""


class Burst(NamedTuple):
    """How one burst was delivered."""

    deliveries: float
    """Messages times clients, per second."""
    processor_us: float
    """Of the server, per delivery."""


def measure(effort: Effort) -> Answer:
    """Measure both, each side in turns."""
    loads = in_turns(effort.rounds, {"rest": _rest_round(effort), "stream": _stream_round(effort)})
    rows: list[tuple[str, ...]] = [
        ("", "side", "per second", "p50 ms", "p99 ms", "µs each", "ratio", "target"),
        *compared("orders", loads, TARGET),
    ]
    bursts = in_turns(
        effort.rounds,
        {
            "raw sockets": _raw_burst,
            "stream": lambda: _venue_burst(joins=False),
            "stream, batch": lambda: _venue_burst(joins=True),
        },
    )
    plain = statistics.median(one.deliveries for one in bursts["raw sockets"])
    for side, found in bursts.items():
        ratio = statistics.median(one.deliveries for one in found) / plain
        rows.append(
            (
                "messages",
                side,
                median_and_spread([one.deliveries for one in found]),
                "",
                "",
                median_and_spread([one.processor_us for one in found], "{:.1f}"),
                "" if side == "raw sockets" else f"**{ratio:.2f}** of raw",
                "",
            )
        )
    entered = in_turns(
        effort.rounds, {"all read": lambda: _entry(0), "100 stall": lambda: _entry(STALLED)}
    )
    plain = statistics.median(one.p99_ms for one in entered["all read"])
    for entry, figures in entered.items():
        ratio = statistics.median(one.p99_ms for one in figures) / plain
        rows.append(
            (
                "entry beside many",
                entry,
                f"{RATE}",
                median_and_spread([one.p50_ms for one in figures], "{:.1f}"),
                median_and_spread([one.p99_ms for one in figures], "{:.1f}"),
                "",
                "" if entry == "all read" else f"p99 **{ratio:.2f}** times",
                "" if entry == "all read" else SLOWER_MAX,
            )
        )
    return Answer(METHOD, rows)


def _rest_round(effort: Effort) -> Callable[[], Load]:
    def one_round() -> Load:
        with scratch() as directory, served_venue(directory) as server:
            trader = open_trader(server, "trader", SYMBOL, shares=1, cash=CASH)
            found = load(
                server,
                "/api/v1/orders",
                [json.dumps(limit_order(SYMBOL, "buy", 1, "10.00"))],
                connections=CONNECTIONS,
                seconds=effort.seconds,
                keys=[trader.key],
            )
        return told("rest", found)

    return one_round


def _stream_round(effort: Effort) -> Callable[[], Load]:
    def one_round() -> Load:
        with scratch() as directory, served_venue(directory) as server:
            trader = open_trader(server, "trader", SYMBOL, shares=1, cash=CASH)
            order = limit_order(SYMBOL, "buy", 1, "10.00")
            request = {"method": "order.place", "params": order, "request_id": 100_000}
            found = pipelined(server, PATH, trader.key, json.dumps(request), seconds=effort.seconds)
        return told("stream", found)

    return one_round


def _raw_burst() -> Burst:
    with Server("", command=("-m", "benchmarks.raw_sockets")) as server:
        return _burst(server, "raw", request_of("POST", "/", MESSAGE), "")


def _venue_burst(*, joins: bool) -> Burst:
    subscribe = {"channel": "orders", "symbols": [SYMBOL], "batch": joins}
    says = json.dumps({"method": "subscribe", "params": subscribe})
    with scratch() as directory, served_venue(directory) as server:
        trader = open_trader(server, "trader", SYMBOL, shares=1, cash=CASH)
        body = json.dumps(limit_order(SYMBOL, "buy", 1, "10.00"))
        request = request_of("POST", "/api/v1/orders", body, trader.key)
        return _burst(server, "stream, batch" if joins else "stream", request, says)


class Entry(NamedTuple):
    """Order entry at a fixed rate."""

    p50_ms: float
    p99_ms: float


def _entry(stalled: int) -> Entry:
    """Measure order entry while some of many clients read nothing."""
    subscribe = {"channel": "orders", "symbols": [SYMBOL]}
    says = json.dumps({"method": "subscribe", "params": subscribe})
    body = json.dumps(limit_order(SYMBOL, "buy", 1, "10.00"))
    with (
        scratch() as directory,
        served_venue(directory) as server,
        Hearers(server.port) as hearers,
    ):
        trader = open_trader(server, "trader", SYMBOL, shares=1, cash=CASH)
        request = request_of("POST", "/api/v1/orders", body, trader.key)
        if stalled:
            hearers.open(stalled, PATH, says, MARK, stalls=True)
        uvloop.run(post_all_on(server, [request] * BEFOREHAND))
        hearers.open(MANY - stalled, PATH, says, MARK)
        uvloop.run(post_all_on(server, [request] * WARM_UP))
        hearers.wait(WARM_UP)
        calls = uvloop.run(steady(server, request, rate=RATE, seconds=MEASURED_S))
        hearers.wait(WARM_UP + len(calls))
    times = [call.seconds for call in calls]
    found = Entry(percentile(times, 0.50) * 1e3, percentile(times, 0.99) * 1e3)
    say(f"{stalled} of {MANY:,} stall: p99 {found.p99_ms:.2f} ms")
    return found


def _burst(server: Server, side: str, request: bytes, says: str) -> Burst:
    with Hearers(server.port) as hearers:
        hearers.open(CLIENTS, PATH, says, MARK)
        uvloop.run(post_all_on(server, [request] * WARM_UP))
        hearers.wait(WARM_UP)
        used, started = server.processor_s(), time.perf_counter()
        uvloop.run(post_all_on(server, [request] * BURST))
        seconds = hearers.wait(WARM_UP + BURST) - started
        used = server.processor_s() - used
    count = BURST * CLIENTS
    found = Burst(count / seconds, used / count * 1e6)
    say(f"{side}: {found.deliveries:,.0f} deliveries/s, {found.processor_us:.1f} µs each")
    return found
