"""What the sequencer counts about itself, for whoever publishes metrics."""

from dataclasses import dataclass


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
        self.block_records_last = records
        self.block_records_max = max(self.block_records_max, records)
        self.write_seconds += seconds
        self.write_seconds_last = seconds
        self.write_seconds_max = max(self.write_seconds_max, seconds)
