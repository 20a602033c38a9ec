"""Durable orders per second over REST, against a raw ASGI echo."""

import statistics
from collections.abc import Callable
from typing import Final

from benchmarks.harness import Effort, Load, Server, in_turns, load, median_and_spread, say, scratch
from benchmarks.report import Answer
from benchmarks.venue import ORDER, events_in_journal, venue

QUESTION: Final = "How many orders per second are taken durably, compared with what uvicorn can do?"
TARGETS: Final = {64: "≥ 0.25 (aim 0.40), p99 ≤ 6 times (aim 3)", 256: "≥ 0.33 (aim 0.50)"}
COLUMNS: Final = ("connections", "side", "requests/s", "p50 ms", "p99 ms", "µs/request", "ratio")
METHOD: Final = """\
`POST /orders` over keep-alive connections with wrk, everything of the venue on (journal, history,
metrics, streams without listeners), the simulated market off and the delay at its default of one
second; so each order is accepted, sequenced, on disk and in history, and a second later goes to
market, where it rests. That second step is within the measured time. The baseline is an ASGI
function that answers with the body it got, under the same uvicorn settings. Every round has a new
process and an empty data directory. After each round the accepted orders are counted in the
journal's file: never fewer than were answered."""


def measure(effort: Effort) -> Answer:
    """Compare the venue with the echo at each number of connections."""
    rows: list[tuple[str, ...]] = [(*COLUMNS, "target")]
    remarks = []
    for connections, target in TARGETS.items():
        counted: list[tuple[int, int]] = []
        loads = in_turns(
            effort.rounds,
            {
                "echo": echo_round(effort, connections),
                "venue": _venue_round(effort, connections, counted),
            },
        )
        rows += compared(str(connections), loads, target)
        answered, journaled = (sum(numbers) for numbers in zip(*counted, strict=True))
        remarks.append(
            f"{connections} connections: {answered:,} orders answered with 201 in the measured "
            f"rounds, {journaled:,} in the journals (warm-up included), none lost."
        )
    return Answer(METHOD, rows, remarks)


def echo_round(effort: Effort, connections: int) -> Callable[[], Load]:
    """Return a round against the echo."""

    def one_round() -> Load:
        with Server("benchmarks.echo:app") as server:
            found = load(
                server, "/orders", [ORDER], connections=connections, seconds=effort.seconds
            )
        return told("echo", found)

    return one_round


def _venue_round(
    effort: Effort, connections: int, counted: list[tuple[int, int]]
) -> Callable[[], Load]:
    def one_round() -> Load:
        with scratch() as directory:
            with venue(directory) as server:
                found = load(
                    server, "/orders", [ORDER], connections=connections, seconds=effort.seconds
                )
            (journaled,) = events_in_journal(directory, "order_pended")
        assert journaled >= found.requests, "what was answered is in the journal"
        counted.append((found.requests, journaled))
        return told("venue", found)

    return one_round


def told(side: str, found: Load) -> Load:
    """Say how a round went, and return it."""
    say(f"{side}: {found.rate:,.0f}/s, p99 {found.p99_ms:.1f} ms, {found.processor_us:.0f} µs each")
    return found


def compared(label: str, loads: dict[str, list[Load]], target: str = "") -> list[tuple[str, ...]]:
    """Return a row for each side; the first is the baseline, the last one's target is told."""
    baseline, *_, last = loads
    rows: list[tuple[str, ...]] = []
    for side, rounds in loads.items():
        ratio = ""
        if side != baseline:
            times = _ratio(loads[baseline], rounds, "rate")
            slower = _ratio(loads[baseline], rounds, "p99_ms")
            dearer = _ratio(loads[baseline], rounds, "processor_us")
            ratio = f"**{times:.2f}** of {baseline}; p99 {slower:.1f}, processor {dearer:.1f} times"
        rows.append(
            (
                label,
                side,
                median_and_spread([one.rate for one in rounds]),
                median_and_spread([one.p50_ms for one in rounds], "{:.1f}"),
                median_and_spread([one.p99_ms for one in rounds], "{:.1f}"),
                median_and_spread([one.processor_us for one in rounds], "{:.0f}"),
                ratio,
                target if side == last else "",
            )
        )
    return rows


def _ratio(baseline: list[Load], rounds: list[Load], figure: str) -> float:
    """Return the ratio of two medians."""
    middle, plain = (
        statistics.median(getattr(one, figure) for one in side) for side in (rounds, baseline)
    )
    return float(middle / plain)
