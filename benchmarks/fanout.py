"""A thousand sockets: deliveries per second, and what clients that do not read cost the others."""

import statistics
from typing import Final, NamedTuple

import uvloop

from benchmarks.burst import WARM_UP, Burst, timed_burst
from benchmarks.connection import post_all_on, request_of, steady
from benchmarks.crowd import Crowd
from benchmarks.harness import (
    Effort,
    Server,
    in_turns,
    median_and_spread,
    percentile,
    say,
    scratch,
)
from benchmarks.listeners import Reading
from benchmarks.report import Answer
from benchmarks.venue import ORDER, call, venue

QUESTION: Final = "How fast do a thousand clients hear, and do stalled ones disturb the others?"
CLIENTS: Final = 1_000
STALLED: Final = 100
BURST: Final = 200
"""Orders at once, each of them a message to every client."""
BEFOREHAND: Final = 900
"""Messages that fill the buffers of those who stall, short of the limit that closes them."""
RATE: Final = 20
"""Orders per second while the latency of order entry is measured."""
MEASURED_S: Final = 10
TEXT: Final = (
    '{"event":"order","sequence":100000,"id":100000,"order_id":100000,"status":"PENDING",'
    '"stocks":"AAPL","quantity":10,"filled_quantity":0,"average_price":null,'
    '"created_at":"2026-01-01T00:00:00.000000Z","updated_at":"2026-01-01T00:00:00.000000Z"}'
)
"""A message as the venue sends it, for the baseline."""
METHOD: Final = f"""\
{CLIENTS:,} clients on `/ws`, all in one process that does nothing but count frames. Deliveries:
{BURST} orders are posted at once and the time is taken from the first of them until the last
client has heard the last; the baseline is an ASGI function that sends a posted text of the same
size to every socket with uvicorn's own `send`. Stalled clients: {STALLED} of the {CLIENTS:,} read
nothing, and {BEFOREHAND} messages beforehand have filled their buffers; then {RATE} orders per
second are posted for {MEASURED_S} s, each timed from when it was due to its 201, against the same
with {CLIENTS:,} clients that all read. Lag is the time from when the order was due until the last
client that came has its message. The delay is longer than the measurement, so an order makes one
message."""


class Entered(NamedTuple):
    """Order entry at a fixed rate."""

    p50_ms: float
    p99_ms: float
    lag_p99_ms: float
    open_at_end: int


def measure(effort: Effort) -> Answer:
    """Measure both, each side in turns."""
    bursts = in_turns(effort.rounds, {"echo": _echo_burst, "venue": _venue_burst})
    entered = in_turns(
        effort.rounds,
        {
            "all read": lambda: _entry(Reading.ALL),
            "100 stall": lambda: _entry(Reading.NOTHING),
        },
    )
    ratio = _ratio([one.deliveries for one in bursts["venue"]], bursts["echo"], 0)
    slower = _ratio([one.p99_ms for one in entered["100 stall"]], entered["all read"], 1)
    rows: list[tuple[str, ...]] = [("figure", "baseline", "venue", "ratio", "target")]
    rows.append(_row("deliveries/s", bursts, 0, f"**{ratio:.2f}**", "", "{:,.0f}"))
    rows.append(_row("processor, µs/delivery", bursts, 1, "", "", "{:.1f}"))
    form = "{:.2f}"
    rows.append(("", "all read", f"{STALLED} stall", "", ""))
    rows.append(_row("order entry p50, ms", entered, 0, "", "", form))
    rows.append(_row("order entry p99, ms", entered, 1, f"**{slower:.2f}**", "≤ 1.2", form))
    rows.append(_row("lag p99, ms", entered, 2, "", "", form))
    still = min(one.open_at_end for side in entered.values() for one in side)
    return Answer(METHOD, rows, [f"Sockets open at the end of every measurement: {still:,}."])


def _row(
    figure: str,
    sides: "dict[str, list[Burst]] | dict[str, list[Entered]]",
    place: int,
    ratio: str,
    target: str,
    form: str,
) -> tuple[str, ...]:
    plain, venue_s = ([one[place] for one in side] for side in sides.values())
    return (
        figure,
        median_and_spread(plain, form),
        median_and_spread(venue_s, form),
        ratio,
        target,
    )


def _ratio(values: list[float], baseline: "list[Burst] | list[Entered]", place: int) -> float:
    return statistics.median(values) / statistics.median(one[place] for one in baseline)


def _echo_burst() -> Burst:
    with Server("benchmarks.echo:app") as server:
        return _burst(server, "echo", request_of("POST", "/tell", TEXT))


def _venue_burst() -> Burst:
    with scratch() as directory, venue(directory, execution_delay_ms="3600000") as server:
        return _burst(server, "venue", request_of("POST", "/orders", ORDER))


def _burst(server: Server, side: str, request: bytes) -> Burst:
    with Crowd(server.port) as crowd:
        crowd.open(CLIENTS)
        return timed_burst(server, side, request, crowd, requests=BURST, clients=CLIENTS)


def _entry(first: Reading) -> Entered:
    """Measure order entry while the first clients read all, or nothing."""
    request = request_of("POST", "/orders", ORDER)
    with (
        scratch() as directory,
        venue(directory, execution_delay_ms="3600000") as server,
        Crowd(server.port) as crowd,
    ):
        crowd.open(STALLED, first)
        uvloop.run(post_all_on(server, [request] * BEFOREHAND))
        crowd.open(CLIENTS - STALLED)
        uvloop.run(post_all_on(server, [request] * WARM_UP))
        crowd.wait(WARM_UP)
        calls = uvloop.run(steady(server, request, rate=RATE, seconds=MEASURED_S))
        crowd.wait(WARM_UP + len(calls))
        heard = crowd.heard()[-len(calls) :]
        open_sockets = _open_sockets(server)
    lags = [at - call.due for at, call in zip(heard, calls, strict=True)]
    times = [call.seconds for call in calls]
    say(f"{first.value} read: p99 {percentile(times, 0.99) * 1e3:.2f} ms")
    return Entered(
        percentile(times, 0.50) * 1e3,
        percentile(times, 0.99) * 1e3,
        percentile(lags, 0.99) * 1e3,
        open_sockets,
    )


def _open_sockets(server: Server) -> int:
    for line in call(server, "GET", "/metrics").splitlines():
        if line.startswith("openoutcry_websocket_clients "):
            return int(float(line.split()[1]))
    raise RuntimeError("the venue does not say how many sockets are open")
