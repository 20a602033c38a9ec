"""How fast bursts of orders reach many clients of the stream, against frames to raw sockets."""

import json
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.burst import Burst, timed_burst
from benchmarks.connection import request_of
from benchmarks.harness import Effort, Server, in_turns, median_and_spread, scratch
from benchmarks.hearers import Hearers
from benchmarks.venue import ORDER, limit_order, open_trader, plain_venue, served_venue

SYMBOL: Final = "AAPL"
CASH: Final = 10**12
PATH: Final = "/api/v1/stream"
MARK: Final = '"channel":"orders","type":"update"'
SIMPLE_MARK: Final = '{"event":"order"'
CLIENTS: Final = 200
BURST: Final = 500
"""Orders at once, each of them a message to every client."""
UVICORN_TARGET: Final = "≥ 0.12"
MESSAGE: Final = (
    '{"channel":"orders","type":"update","epoch":"0123456789abcdef0123456789abcdef",'
    '"sequence":100000,"previous":99999,"at":"2026-01-01T00:00:00.000000Z","symbol":"AAPL",'
    '"action":"add","side":"buy","order_id":100000,"price":"10.00","quantity":"1",'
    '"trade_id":null,"checksum":3310070434}'
)
"""A message as the venue sends it, for the baseline."""
METHOD: Final = f"""\
Fan-out: {CLIENTS} clients follow `orders` of one symbol, all in one process that does nothing but
count; {BURST} orders that rest are posted at once, and the time is taken from the first of them
until the last client has heard the last. The baseline is an asyncio server on uvloop that writes a
frame of the same size, framed once, to as many raw sockets for each post. With `"batch": true`
messages that wait for a client together leave as one frame; otherwise each has its own. `uvicorn`
is `uvicorn main:app` without any option, which writes what it is given by ASGI, frame by frame:
once to clients that offer no compression, and once (`deflate`) to clients that offer it as browsers
do, so that uvicorn compresses every frame for every client and the clients inflate it; so, too,
with `/ws` and `POST /orders`."""


class Heard(NamedTuple):
    """What clients do."""

    path: str
    says: str
    mark: str
    """Of a message that counts."""
    inflates: bool = False


def burst_rows(effort: Effort) -> list[tuple[str, ...]]:
    """Measure all sides in turns; return rows of the stream's table."""
    bursts = in_turns(
        effort.rounds,
        {
            "raw sockets": _raw_burst,
            "stream": _round_of("stream", served_venue),
            "stream, batch": _round_of("stream, batch", served_venue, joins=True),
            "uvicorn": _round_of("uvicorn", plain_venue),
            "uvicorn, deflate": _round_of("uvicorn, deflate", plain_venue, inflates=True),
            "uvicorn, /ws, deflate": _simple_burst,
        },
    )
    plain = Burst(*map(statistics.median, zip(*bursts["raw sockets"], strict=True)))
    rows: list[tuple[str, ...]] = []
    for side, found in bursts.items():
        ratio = statistics.median(one.deliveries for one in found) / plain.deliveries
        dearer = statistics.median(one.processor_us for one in found) / plain.processor_us
        rows.append(
            (
                "messages",
                side,
                median_and_spread([one.deliveries for one in found]),
                "",
                "",
                median_and_spread([one.processor_us for one in found], "{:.1f}"),
                ""
                if side == "raw sockets"
                else f"**{ratio:.2f}** of raw, processor {dearer:.1f} times",
                UVICORN_TARGET if side.startswith("uvicorn") else "",
            )
        )
    return rows


def _raw_burst() -> Burst:
    with Server("", command=("-m", "benchmarks.raw_sockets")) as server:
        return _burst(server, "raw", request_of("POST", "/", MESSAGE), Heard("/", "", MARK))


def _round_of(
    side: str,
    start: Callable[[Path], Server],
    *,
    joins: bool = False,
    inflates: bool = False,
) -> Callable[[], Burst]:
    subscribe = {"channel": "orders", "symbols": [SYMBOL], "batch": joins}
    says = json.dumps({"method": "subscribe", "params": subscribe})
    body = json.dumps(limit_order(SYMBOL, "buy", 1, "10.00"))

    def one_round() -> Burst:
        with scratch() as directory, start(directory) as server:
            trader = open_trader(server, "trader", SYMBOL, shares=1, cash=CASH)
            request = request_of("POST", "/api/v1/orders", body, trader.key)
            return _burst(server, side, request, Heard(PATH, says, MARK, inflates))

    return one_round


def _simple_burst() -> Burst:
    # With so long a delay an order makes one message.
    with scratch() as directory, plain_venue(directory, execution_delay_ms="3600000") as server:
        request = request_of("POST", "/orders", ORDER)
        heard = Heard("/ws", "", SIMPLE_MARK, inflates=True)
        return _burst(server, "uvicorn, /ws, deflate", request, heard)


def _burst(server: Server, side: str, request: bytes, heard: Heard) -> Burst:
    with Hearers(server.port) as hearers:
        hearers.open(CLIENTS, heard.path, heard.says, heard.mark, inflates=heard.inflates)
        return timed_burst(server, side, request, hearers, requests=BURST, clients=CLIENTS)
