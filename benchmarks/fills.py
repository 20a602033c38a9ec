"""Executed orders per second, history caught up, against a raw ASGI echo."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.connection import post_all
from benchmarks.harness import Effort, Load, Server, in_turns, load, scratch
from benchmarks.orders import COLUMNS, compared, echo_round, told
from benchmarks.report import Answer
from benchmarks.venue import (
    ORDER,
    call,
    events_in_journal,
    limit_order,
    open_trader,
    venue,
)

QUESTION: Final = "How many orders per second are taken and executed, with history kept up?"
TARGETS: Final = {64: "≥ 0.15 (aim 0.30)", 256: "≥ 0.20 (aim 0.40)"}
SYMBOL: Final = "AAPL"
ASKS: Final = 2_000
"""Resting sell orders, on a hundred prices; an order sweeps a part of one, rarely of two."""
ASK_SHARES: Final = 1_000
METHOD: Final = f"""\
As `orders`, with a delay of 0: every `POST /orders` is accepted, goes to market, pays a seller who
waits in the book ({ASKS:,} native limit orders of {ASK_SHARES:,} shares, placed before) and is
executed, all in one record, before it is answered. The elapsed time ends when history has caught
up: when `GET /orders?limit=1`, asked right after the load, has been answered. The executions are
counted in the journal's file afterwards."""


def measure(effort: Effort) -> Answer:
    """Compare the venue with the echo at each number of connections."""
    rows: list[tuple[str, ...]] = [(*COLUMNS, "target")]
    remarks = []
    for connections, target in TARGETS.items():
        lags: list[float] = []
        loads = in_turns(
            effort.rounds,
            {
                "echo": echo_round(effort, connections),
                "venue": _venue_round(effort, connections, lags),
            },
        )
        rows += compared(str(connections), loads, target)
        remarks.append(
            f"{connections} connections: history had caught up {max(lags):.2f} s after the last "
            "order at the latest; that time is counted."
        )
    return Answer(METHOD, rows, remarks)


def _venue_round(effort: Effort, connections: int, lags: list[float]) -> Callable[[], Load]:
    def one_round() -> Load:
        with scratch() as directory:
            with venue(directory, execution_delay_ms="0") as server:
                _offer(server)
                found = load(
                    server, "/orders", [ORDER], connections=connections, seconds=effort.seconds
                )
                started = time.perf_counter()
                call(server, "GET", "/orders?limit=1")
                lag = time.perf_counter() - started
            _check_executed(directory, found)
        lags.append(lag)
        return told("venue", found._replace(rate=found.requests / (found.seconds + lag)))

    return one_round


def _offer(server: Server) -> None:
    """Let a seller's orders wait in the book."""
    seller = open_trader(server, "seller", SYMBOL, shares=ASKS * ASK_SHARES, cash=0)
    bodies = [
        json.dumps(limit_order(SYMBOL, "sell", ASK_SHARES, f"{228.40 + place % 100 / 100:.2f}"))
        for place in range(ASKS)
    ]
    post_all(server, "/api/v1/orders", bodies, key=seller.key)


def _check_executed(directory: Path, found: Load) -> None:
    executed, topped_up, rested = events_in_journal(
        directory, "order_executed", "funds_moved", "order_canceled"
    )
    assert executed >= found.requests, "every answered order has been executed"
    assert rested == 0, "nothing was canceled"
    assert topped_up, "the paper account pays with the house's money"
