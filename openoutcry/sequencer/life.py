"""How far a sequencer is in its life."""

from enum import Enum


class Life(Enum):
    """How far the sequencer is in its life; it takes commands while RUNNING only."""

    NEW = "new"
    RUNNING = "running"
    STOPPING = "stopping"
    FAILING = "failing"
    """Something broke; what was applied before it is being written."""
    ENDED = "ended"
