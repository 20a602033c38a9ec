"""An eye on the volume of the data directory: before it is full, new orders are refused.

Rule: what makes a venue smaller, cancels above all, is never refused here.

A full disk would stop the venue at a write. So a reserve is kept for cancels, for what the orders
already here still cause, and for snapshots.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from openoutcry.engine.engine import Engine
from openoutcry.model.commands import AmendOrder, Command, EnterOrder, EnterSimpleOrder
from openoutcry.model.errors import DiskLow

RESERVE_BYTES_MAX: Final = 256 * 1024**2
RESERVE_PER_CENT: Final = 5
"""The reserve: so much of the volume, and never more than `RESERVE_BYTES_MAX`."""

_log: Final = structlog.get_logger("openoutcry")


class Volume(NamedTuple):
    """Bytes."""

    free: int
    """For us; what is reserved for root is not."""
    size: int

    @property
    def reserve(self) -> int:
        """What has to stay free for new orders to be taken."""
        return min(RESERVE_BYTES_MAX, self.size * RESERVE_PER_CENT // 100)


def volume_of(directory: Path) -> Volume:
    """Measure the volume that a directory is on."""
    found = os.statvfs(directory)
    return Volume(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)


class DiskWatch:
    """What was measured last; `is_low` decides about new orders."""

    def __init__(self, directory: Path, measure: Callable[[Path], Volume] = volume_of) -> None:
        self._directory = directory
        self._measure = measure
        self.volume = measure(directory)
        self.is_low = False

    def look(self) -> bool:
        """Measure; return `is_low`, and log it when it has changed."""
        volume = self.volume = self._measure(self._directory)
        is_low = volume.free < volume.reserve
        if is_low != self.is_low:
            self.is_low = is_low
            figures = {"free_bytes": volume.free, "reserve_bytes": volume.reserve}
            if is_low:
                _log.error("disk_low", **figures)
            else:
                _log.info("disk_recovered", **figures)
        return is_low


def refuse_growth(engine: Engine, command: Command) -> None:
    """Raise DiskLow if a command would add to what the venue holds."""
    match command:
        case EnterOrder() | EnterSimpleOrder():
            raise DiskLow("the disk is nearly full: no new orders, cancels are taken")
        case AmendOrder(quantity=int(quantity)):
            order = engine.order(command.order_id)
            if order is not None and quantity > order.terms.quantity:
                raise DiskLow("the disk is nearly full: orders may be made smaller, not larger")
        case _:
            pass
