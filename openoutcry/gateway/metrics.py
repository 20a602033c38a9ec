"""What the venue counts, in Prometheus's text format at /metrics.

Rule: counting costs the hot path an addition; families are made when somebody scrapes.
"""

import time
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from openoutcry.gateway.venue import Venue
from openoutcry.model.events import OrderAccepted, OrderExecuted, OrderPended, OrderRejected
from openoutcry.model.order import Door
from openoutcry.model.record import Record
from openoutcry.sequencer.figures import SECONDS, Spread
from openoutcry.streams.outbox import Excess
from openoutcry.upkeep.upkeep import Upkeep
from openoutcry.version import VERSION

ROUTES_MAX: Final = 500
"""Pairs of route and status class that are counted apart; routes are a table, so never reached."""
CODES_MAX: Final = 100
"""Codes of problems that are counted apart; they are a table too."""
MEASURED_EVERY: Final = 8
"""Of so many calls one is timed: all of them would cost half a per cent."""
ANSWER_SECONDS: Final = (*SECONDS, 2.5, 10.0)
_GONE: Final = 499
"""Callers that left before their answer, as nginx counts them."""


class Metrics:
    """Counts of calls and of told records. A listener."""

    def __init__(self) -> None:
        self.calls: dict[tuple[str, int], int] = {}
        """By route and first digit of the status."""
        self.orders = 0
        """Accepted."""
        self.rejects = 0
        self.fills = 0
        self.problems: dict[str, int] = {}
        """Calls turned away at the entrance, or by a door that let it say so, by code."""
        self.seconds = {"read": Spread(ANSWER_SECONDS), "write": Spread(ANSWER_SECONDS)}
        """From a call's arrival to its answer, of one in `MEASURED_EVERY`."""
        self._until_measured = 0

    def is_measured(self) -> bool:
        """Say whether the call that begins now is one of those that are timed."""
        self._until_measured -= 1
        if self._until_measured >= 0:
            return False
        self._until_measured = MEASURED_EVERY - 1
        return True

    def measure(self, method: str, seconds: float) -> None:
        """Note how long an answer took."""
        self.seconds["read" if method in ("GET", "HEAD") else "write"].add(seconds)

    def refuse(self, code: str) -> None:
        """Count a problem."""
        counted = self.problems.get(code)
        if counted is not None or len(self.problems) < CODES_MAX:
            self.problems[code] = (counted or 0) + 1

    def count(self, route: str, status: int) -> None:
        """Count an answered call."""
        key = (route, (status or _GONE) // 100)
        counted = self.calls.get(key)
        if counted is not None or len(self.calls) < ROUTES_MAX:
            self.calls[key] = (counted or 0) + 1

    def tell(self, records: list[Record]) -> None:
        """Count what happened."""
        for record in records:
            for event in record.events:
                if isinstance(event, OrderExecuted):
                    self.fills += 1
                elif isinstance(event, OrderPended):
                    self.orders += 1
                elif isinstance(event, OrderAccepted):
                    # A simple order was counted when it was accepted to wait.
                    self.orders += event.order.terms.door is not Door.SIMPLE
                elif isinstance(event, OrderRejected):
                    self.rejects += 1


class _Families(Collector):
    """Reads a venue when it is scraped."""

    def __init__(self, venue: Venue, metrics: Metrics) -> None:
        self._venue = venue
        self._metrics = metrics

    def describe(self) -> list[Metric]:
        """Describe nothing in advance: reading costs nothing."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        labels = {"version": VERSION, "epoch": self._venue.sequencer.epoch}
        info = GaugeMetricFamily("openoutcry_info", "Release and epoch.", labels=tuple(labels))
        info.add_metric(tuple(labels.values()), 1)
        yield info
        yield from self._counters()
        yield from self._gauges()
        yield from self._stages()
        yield self._dropped()
        if self._venue.upkeep is not None:
            yield from self._upkeep(self._venue.upkeep)

    def _dropped(self) -> Metric:
        dropped = CounterMetricFamily(
            "openoutcry_stream_dropped",
            "Clients of the stream that were too slow, by which bound was exceeded.",
            labels=("reason",),
        )
        for excess in Excess:
            dropped.add_metric((excess.value,), self._venue.connections.dropped[excess])
        return dropped

    def _counters(self) -> Iterator[Metric]:
        metrics, figures = self._metrics, self._venue.sequencer.figures
        calls = CounterMetricFamily(
            "openoutcry_http_requests",
            "HTTP calls answered, by route and status class.",
            labels=("route", "status"),
        )
        for (route, digit), count in metrics.calls.items():
            calls.add_metric((route, f"{digit}xx"), count)
        yield calls
        problems = CounterMetricFamily(
            "openoutcry_problems", "Calls turned away, by code.", labels=("code",)
        )
        for code, count in metrics.problems.items():
            problems.add_metric((code,), count)
        yield problems
        for name, words, value in (
            ("orders", "Orders accepted.", metrics.orders),
            ("rejects", "Orders refused by a rule of the market.", metrics.rejects),
            ("fills", "Matches of two orders.", metrics.fills),
            ("records", "Records made durable.", figures.records),
            ("events", "Events made durable.", figures.events),
            ("journal_bytes", "Bytes of records made durable.", figures.bytes),
            ("replays", "Repeated requests answered with their first outcome.", figures.replays),
            ("overloads", "Commands refused because too many waited.", figures.overloads),
        ):
            yield CounterMetricFamily(f"openoutcry_{name}", words, value=value)

    def _gauges(self) -> Iterator[Metric]:
        venue = self._venue
        sequencer = venue.sequencer
        for name, words, value in (
            ("sequence", "The newest sequence that has been told.", sequencer.durable),
            ("inbox_depth", "Commands that wait to be applied.", sequencer.inbox_depth()),
            ("unwritten_records", "Applied and not durable yet.", sequencer.unwritten()),
            ("open_orders", "Orders that are live.", sequencer.engine.order_count()),
            (
                "history_lag_events",
                "Events told but not yet in history.",
                sequencer.durable - venue.history.reached,
            ),
            ("websocket_clients", "Open sockets of /ws.", len(venue.audience)),
            ("stream_clients", "Open connections of the stream.", len(venue.connections)),
            (
                "stream_lag_seconds",
                "How long the oldest message has waited for its client.",
                venue.connections.age(time.monotonic()),
            ),
            (
                "clock_behind_seconds",
                "How far the wall clock is behind the venue's time.",
                sequencer.clock.wall_behind() / 1e9,
            ),
        ):
            yield GaugeMetricFamily(f"openoutcry_{name}", words, value=value)

    def _stages(self) -> Iterator[Metric]:
        answers = HistogramMetricFamily(
            "openoutcry_http_seconds", "From a call to its answer, sampled.", labels=("kind",)
        )
        for kind, measured in self._metrics.seconds.items():
            answers.add_metric((kind,), _buckets_of(measured), sum_value=measured.sum)
        yield answers
        figures = self._venue.sequencer.figures
        for name, words, spread in (
            ("batch_records", "Records that became durable together.", figures.block_records),
            ("apply_seconds", "Time to stamp and apply what waited.", figures.apply_seconds),
            ("fsync_seconds", "Time to make a batch durable.", figures.journal_seconds),
            ("tell_seconds", "Time to tell everybody of a batch.", figures.tell_seconds),
        ):
            yield HistogramMetricFamily(
                f"openoutcry_{name}", words, buckets=_buckets_of(spread), sum_value=spread.sum
            )

    def _upkeep(self, upkeep: Upkeep) -> Iterator[Metric]:
        disk, snapshots, retention = upkeep.disk, upkeep.snapshots, upkeep.retention
        for name, words, count in (
            ("snapshots", "Snapshots taken beside trading.", snapshots.taken),
            ("snapshot_failures", "Attempts that gave no snapshot.", snapshots.failures),
            (
                "verification_faults",
                "Attempts that found the journal to be other than its commands make it.",
                snapshots.faults,
            ),
            ("journal_dropped_blocks", "Blocks dropped by retention.", retention.dropped_blocks),
            ("upkeep_failures", "Looks of upkeep that ended in a fault.", upkeep.failures),
        ):
            yield CounterMetricFamily(f"openoutcry_{name}", words, value=count)
        for name, words, value in (
            ("snapshot_age_seconds", "Since the newest snapshot, or start.", snapshots.age()),
            ("snapshot_sequence", "Of the newest snapshot.", snapshots.sequence),
            ("snapshot_seconds", "That the last snapshot took.", snapshots.seconds),
            ("snapshot_memory_bytes", "Of the last snapshot's process.", snapshots.memory_bytes),
            ("journal_live_bytes", "Of the journal's file, when looked at.", retention.live_bytes),
            ("disk_free_bytes", "Free on the data directory's volume.", disk.volume.free),
            ("disk_reserve_bytes", "Below it no new orders.", disk.volume.reserve),
            ("disk_low", "1 while new orders are refused for it.", int(disk.is_low)),
        ):
            yield GaugeMetricFamily(f"openoutcry_{name}", words, value=value)


def _buckets_of(spread: Spread) -> list[tuple[str, float]]:
    """Return the counts as Prometheus has them: each with all those below it."""
    below = accumulate(spread.counts)
    return list(zip([*map(floatToGoString, spread.bounds), "+Inf"], below, strict=True))


def metrics_routes(venue: Venue, metrics: Metrics) -> list[BaseRoute]:
    """Return `/metrics`, with a registry of this venue's own."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Families(venue, metrics))

    async def scrape(_: Request) -> Response:
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return [Route("/metrics", scrape)]
