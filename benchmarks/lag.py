"""How late a thousand clients hear of a book that changes all the time, and whether it grows."""

import json
import statistics
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import uvloop

from benchmarks.bursts import CASH, PATH, SYMBOL
from benchmarks.followers import Followed, Followers
from benchmarks.harness import Effort, in_turns, median_and_spread, percentile, say, scratch
from benchmarks.proofread import proofread
from benchmarks.venue import open_trader, served_venue
from benchmarks.writer import Writer, Written

SUBSCRIBERS: Final = 1_000
UPDATES: Final = 20
"""Messages per second to each of them."""
DEPTH: Final = 10
WRITES: Final = {"book": 47, "orders": UPDATES}
"""Changes per second. A book is changed more often than it is told, and in no step with that."""
WARM_UP_S: Final = 2.0
LENGTH: Final = 6
"""How many times longer than another round: a lag that grows needs time."""
SHARES: Final = 10**9
TARGET: Final = "no growth"
METHOD: Final = f"""\
Lag: {SUBSCRIBERS:,} clients, all in one process, follow `book` (told every 50 ms) or `orders` (told
at once) of one symbol for {LENGTH} times as long as another round. One account places and cancels
orders, {WRITES["orders"]} a second for `orders`, and for `book` {WRITES["book"]}, so that every
tick has something to tell and an order is due at any moment between two. The lag is the time from
when an order was due until a client has the first message with it, for every order and every
client, order entry and the clients' own work included (`lag`); and how much later than the first
client the last one has a message (`last client`). The ratios are those of the last third of the
time to the first, of medians and of 99th percentiles; `µs each` is all that the server did, per
message and client. All that a client heard of the channel goes into a checksum, which must be the
same for all of them, and the messages of one are proofread by the Python client's books: `previous`
and CRC32 of each."""


class Late(NamedTuple):
    """Some lags of one round."""

    p50_ms: float
    p99_ms: float
    growth: float
    """The median of the last third, divided by that of the first."""
    growth_p99: float


class Lag(NamedTuple):
    """One round."""

    lag: Late
    spread: Late
    """From the first client to the last."""
    messages: int
    rate: float
    """Messages per second to each client."""
    processor_us: float
    """Of the server, per message and client."""
    cores: "_Used"
    """What each used, in cores."""
    memory: tuple[int, int]
    """Of the server, before and after."""


def lag_rows(effort: Effort) -> tuple[list[tuple[str, ...]], list[str]]:
    """Measure both channels in turns; return rows of the stream's table, and remarks."""
    seconds = float(effort.seconds * LENGTH)
    rounds = in_turns(effort.rounds, {channel: _round_of(channel, seconds) for channel in WRITES})
    rows, remarks = [], []
    for channel, found in rounds.items():
        rows.append(
            _row(
                f"lag, {SUBSCRIBERS:,} clients",
                channel,
                [one.lag for one in found],
                median_and_spread([one.rate for one in found], "{:.1f}"),
                median_and_spread([one.processor_us for one in found], "{:.1f}"),
            )
        )
        rows.append(
            _row(f"last client of {SUBSCRIBERS:,}", channel, [one.spread for one in found], "", "")
        )
        remarks.append(_remark(channel, found, seconds))
    return rows, remarks


def _row(
    figure: str, channel: str, found: Sequence[Late], rate: str, processor: str
) -> tuple[str, ...]:
    return (
        figure,
        channel,
        rate,
        median_and_spread([one.p50_ms for one in found], "{:.1f}"),
        median_and_spread([one.p99_ms for one in found], "{:.1f}"),
        processor,
        f"last third {_times([one.growth for one in found])} the first, "
        f"p99 {_times([one.growth_p99 for one in found])}",
        TARGET,
    )


def _times(ratios: Sequence[float]) -> str:
    return f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f}…{max(ratios):.2f}) times"


def _remark(channel: str, found: Sequence[Lag], seconds: float) -> str:
    def cores(name: str) -> str:
        return median_and_spread([100 * getattr(one.cores, name) for one in found], "{:.0f}")

    before, after = (
        median_and_spread([one.memory[place] / 1e6 for one in found], "{:.0f}") for place in (0, 1)
    )
    return (
        f"`{channel}`, {seconds:.0f} s: {SUBSCRIBERS:,} clients heard all of "
        f"{min(one.messages for one in found):,} messages and more, in order, and none was closed. "
        f"Percent of one core: server {cores('server')}, clients {cores('clients')}, writer "
        f"{cores('writer')}. Resident memory of the server: {before} MB before, {after} MB after."
    )


def _round_of(channel: str, seconds: float) -> Callable[[], Lag]:
    def one_round() -> Lag:
        found = _round(channel, seconds)
        say(
            f"lag, {channel}: p99 {found.lag.p99_ms:.1f} ms, last third {found.lag.growth:.2f} "
            f"times the first"
        )
        return found

    return one_round


class _Used(NamedTuple):
    """Processor time, in seconds."""

    server: float
    clients: float
    writer: float


def _round(channel: str, seconds: float) -> Lag:
    subscribe = {"channel": channel, "symbols": [SYMBOL]}
    says = json.dumps({"method": "subscribe", "params": subscribe})
    rate = WRITES[channel]
    with (
        scratch() as directory,
        served_venue(directory) as server,
        Followers(server.port) as followers,
    ):

        def used() -> _Used:
            return _Used(server.processor_s(), followers.processor_s(), time.process_time())

        trader = open_trader(server, "trader", SYMBOL, shares=SHARES, cash=CASH)
        writer = Writer(server, trader.key, SYMBOL)
        followers.open(SUBSCRIBERS, PATH, says, f'{{"channel":"{channel}",')
        written = uvloop.run(writer.write(rate, WARM_UP_S))
        followers.wait(max(one.sequence for one in written))
        memory, before, started = server.memory(), used(), time.perf_counter()
        written = uvloop.run(writer.write(rate, seconds))
        followers.wait(max(one.sequence for one in written))
        took, after, memory_after = time.perf_counter() - started, used(), server.memory()
        followed = followers.followed()
    sequences = proofread(followed, SYMBOL, DEPTH)
    first = bisect_left(sequences, min(one.sequence for one in written))
    told = len(sequences) - first
    spent = _Used(*(late - early for late, early in zip(after, before, strict=True)))
    return Lag(
        _late(_lags(written, sequences, followed)),
        _late([[max(times) - min(times)] for times in _by_message(first, followed)]),
        told,
        told / took,
        spent.server / (told * SUBSCRIBERS) * 1e6,
        _Used(*(seconds / took for seconds in spent)),
        (memory, memory_after),
    )


def _lags(
    written: Sequence[Written], sequences: Sequence[int], followed: Followed
) -> list[list[float]]:
    """Return, of each order, how late each client heard of it."""
    lags = []
    for order in written:
        place = bisect_left(sequences, order.sequence)
        lags.append([times[place] - order.due for times in followed.times])
    return lags


def _by_message(first: int, followed: Followed) -> list[tuple[float, ...]]:
    """Return, of each message from one on, when each client heard it."""
    return list(zip(*(times[first:] for times in followed.times), strict=True))


def _late(lags: Sequence[Sequence[float]]) -> Late:
    third = len(lags) // 3
    everything, early, late = (
        [lag for some in part for lag in some] for part in (lags, lags[:third], lags[-third:])
    )
    return Late(
        percentile(everything, 0.50) * 1e3,
        percentile(everything, 0.99) * 1e3,
        percentile(late, 0.50) / percentile(early, 0.50),
        percentile(late, 0.99) / percentile(early, 0.99),
    )
