"""What every message says first, and how it becomes bytes."""

from typing import Final, NamedTuple, TypedDict

import msgspec

from openoutcry.model.units import Nanos
from openoutcry.wire.times import time_text

SNAPSHOT: Final = "snapshot"
UPDATE: Final = "update"
encode: Final = msgspec.json.Encoder().encode


class Heading(TypedDict):
    """What begins a message, but for its channel and symbol."""

    type: str
    epoch: str
    sequence: int
    previous: int | None
    at: str


class Said(NamedTuple):
    """Where in the history a message stands."""

    epoch: str
    sequence: int
    previous: int | None
    """None: it is a snapshot."""
    at: Nanos
    """Of the record."""

    def heading(self) -> Heading:
        """Return what begins a message."""
        return {
            "type": SNAPSHOT if self.previous is None else UPDATE,
            "epoch": self.epoch,
            "sequence": self.sequence,
            "previous": self.previous,
            "at": time_text(self.at),
        }
