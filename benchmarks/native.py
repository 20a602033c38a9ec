"""Native limit orders that cross, against the simple API's orders."""

import json
from collections.abc import Callable
from typing import Final

from benchmarks.harness import Effort, Load, Server, in_turns, load, scratch
from benchmarks.orders import COLUMNS, compared, told
from benchmarks.report import Answer
from benchmarks.venue import (
    ADMIN_KEY,
    ORDER,
    call,
    events_in_journal,
    limit_order,
    open_trader,
    venue,
)

QUESTION: Final = "What does the native API cost, with money and fees, beside the simple one?"
TARGET: Final = "≥ 0.6"
CONNECTIONS: Final = 64
SYMBOL: Final = "XYZ"
PRICE: Final = "50.00"
MEANS: Final = 1_000_000_000
METHOD: Final = f"""\
Over {CONNECTIONS} keep-alive connections, `POST /api/v1/orders`: limit orders of two accounts with
keys of their own, buying and selling ten shares at one price in turn, so every second one executes
against one that rests; both sides pay fees, and the answer comes after matching. Beside it
`POST /orders` as in `orders`."""


def measure(effort: Effort) -> Answer:
    """Compare the two doors."""
    fills: list[tuple[int, int]] = []
    loads = in_turns(
        effort.rounds, {"simple": _simple_round(effort), "native": _native_round(effort, fills)}
    )
    rows = compared(str(CONNECTIONS), loads, TARGET)
    accepted, executed = (sum(numbers) for numbers in zip(*fills, strict=True))
    remark = f"Of {accepted:,} native orders in the journals came {executed:,} executions."
    return Answer(METHOD, [(*COLUMNS, "target"), *rows], [remark])


def _simple_round(effort: Effort) -> Callable[[], Load]:
    def one_round() -> Load:
        with scratch() as directory, venue(directory) as server:
            found = load(
                server, "/orders", [ORDER], connections=CONNECTIONS, seconds=effort.seconds
            )
        return told("simple", found)

    return one_round


def _native_round(effort: Effort, fills: list[tuple[int, int]]) -> Callable[[], Load]:
    def one_round() -> Load:
        with scratch() as directory:
            with venue(directory) as server:
                keys = _open_market(server)
                bodies = [json.dumps(limit_order(SYMBOL, side, 10, PRICE)) for side in keys]
                found = load(
                    server,
                    "/api/v1/orders",
                    bodies,
                    connections=CONNECTIONS,
                    seconds=effort.seconds,
                    keys=list(keys.values()),
                )
            accepted, executed = events_in_journal(directory, "order_accepted", "order_executed")
        assert accepted >= found.requests, "what was answered is in the journal"
        fills.append((accepted, executed))
        return told("native", found)

    return one_round


def _open_market(server: Server) -> dict[str, str]:
    """List an instrument with fees; return the key of the account for each side."""
    listed = {
        "symbol": SYMBOL,
        "price_increment": "0.01",
        "quantity_increment": "1",
        "reference_price": PRICE,
        "maker_fee_bps": "1",
        "taker_fee_bps": "2.5",
    }
    call(server, "POST", "/api/v1/admin/instruments", listed, ADMIN_KEY)
    return {
        side: open_trader(server, side, SYMBOL, shares=MEANS, cash=MEANS * 1_000).key
        for side in ("buy", "sell")
    }
