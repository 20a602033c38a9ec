"""What becomes of the process when the venue stops by a fault.

Memory is ahead of the disk then and nobody may be told, so nothing is repaired: sockets close, the
calls that wait get 503, and a process that is the venue's own ends, because start-up is recovery.
A process that was only borrowed, a test's, lives on and sees the fault raised by every call.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Final

import structlog

from openoutcry.model.errors import VenueError
from openoutcry.one_loop import Process

EXIT_CODE: Final = 70
"""EX_SOFTWARE of sysexits.h: an internal error."""
GRACE_SECONDS: Final = 0.4
"""Between the fault and the end of the process: time for the last answers and close frames."""

_log: Final = structlog.get_logger("openoutcry")


class VenueStopped(VenueError):
    """The venue stopped by the fault that is this error's cause."""


class Watch:
    """Waits for the one fault that a running venue can have."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.cause: BaseException | None = None
        """Why the venue stopped; None while it lives."""
        self.on_stop: Callable[[], None] = _nothing
        """Closes the sockets; set once there can be any."""

    def report(self, cause: BaseException) -> None:
        """Take note of the fault, close what is open, and end a process that is the venue's own."""
        if self.cause is not None:
            return
        self.cause = cause
        _log.critical("venue_stopped", fault=repr(cause), exc_info=cause)
        self.on_stop()
        if self.process is Process.OURS:
            asyncio.get_running_loop().call_later(GRACE_SECONDS, _end_process)

    def raise_if_borrowed(self) -> None:
        """Raise the fault where there is a test to see it."""
        if self.cause is not None and self.process is Process.BORROWED:
            raise VenueStopped(f"the venue stopped by a fault: {self.cause!r}") from self.cause


def _nothing() -> None:
    """Close no socket: there is none yet."""


def _end_process() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_CODE)
