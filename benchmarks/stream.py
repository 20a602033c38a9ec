"""The stream: orders over one WebSocket against REST, and messages to many against raw sockets."""

import json
import statistics
from collections.abc import Callable
from typing import Final, NamedTuple

import uvloop

from benchmarks import bursts, lag
from benchmarks.burst import WARM_UP
from benchmarks.bursts import CASH, MARK, PATH, SYMBOL
from benchmarks.connection import post_all_on, request_of, steady
from benchmarks.harness import (
    Effort,
    Load,
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
METHOD: Final = f"""\
The venue as `openoutcry serve` runs it. Order entry: limit orders of one account that rest, over
REST on {CONNECTIONS} keep-alive connections with wrk, and over one WebSocket with {WINDOW} requests
under way; each is durable before it is answered.

{bursts.METHOD}

Stalled clients: {MANY:,} follow the same, of which {STALLED} read nothing, and {BEFOREHAND:,}
messages beforehand have filled their buffers; then {RATE} orders per second are posted for
{MEASURED_S} s, each timed from when it was due to its 201, against the same with {MANY:,} that all
read.

{lag.METHOD}"""


def measure(effort: Effort) -> Answer:
    """Measure all of it, what is compared in turns."""
    loads = in_turns(effort.rounds, {"rest": _rest_round(effort), "stream": _stream_round(effort)})
    rows: list[tuple[str, ...]] = [
        ("", "side", "per second", "p50 ms", "p99 ms", "µs each", "ratio", "target"),
        *compared("orders", loads, TARGET),
    ]
    rows += bursts.burst_rows(effort)
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
    late, remarks = lag.lag_rows(effort)
    return Answer(METHOD, [*rows, *late], remarks)


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
