"""What the sequencer counts about itself, for whoever publishes metrics.

Rule: nothing is measured for each record, only for each batch.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

SECONDS: Final = (0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0)
RECORDS: Final = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0)
"""Upper bounds; beyond the last is one more place."""


class Spread:
    """How values are spread: counted by the first bound that is not below them, and summed."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


@dataclass(slots=True)
class Figures:
    """Plain numbers since start; read on the loop, changed by the sequencer only."""

    records: int = 0
    """Made durable, with those of timers."""
    events: int = 0
    bytes: int = 0
    """Of bodies."""
    blocks: int = 0
    block_records_last: int = 0
    block_records_max: int = 0
    write_seconds: float = 0.0
    """In all appends together, each with its fsync."""
    write_seconds_last: float = 0.0
    write_seconds_max: float = 0.0
    apply_seconds: Spread = field(default_factory=lambda: Spread(SECONDS))
    """Of one step: stamping and applying what waited."""
    journal_seconds: Spread = field(default_factory=lambda: Spread(SECONDS))
    """Of one block, its fsync included."""
    tell_seconds: Spread = field(default_factory=lambda: Spread(SECONDS))
    """Of telling one block to everybody."""
    block_records: Spread = field(default_factory=lambda: Spread(RECORDS))
    replays: int = 0
    """Repeated requests that were answered with their first outcome."""
    overloads: int = 0
    """Commands refused because the inbox was full."""
    advances: int = 0
    """`AdvanceTime` commands submitted for timers."""

    def count_block(self, records: int, events: int, size: int, seconds: float) -> None:
        """Count a block that has become durable."""
        self.records += records
        self.events += events
        self.bytes += size
        self.blocks += 1
        self.journal_seconds.add(seconds)
        self.block_records.add(records)
        self.block_records_last = records
        self.block_records_max = max(self.block_records_max, records)
        self.write_seconds += seconds
        self.write_seconds_last = seconds
        self.write_seconds_max = max(self.write_seconds_max, seconds)
