"""What can go wrong between a program and the venue.

VenueFault
    Problem         the venue said no; `code` is for programs
    Unanswered      nobody knows whether it happened: ask again with its `key`
    NotConnected    a stream is closed, or could not be opened
    Overrun         the program did not take its messages
    Unintelligible  what came is not this API
"""

from collections.abc import Mapping
from decimal import Decimal


class VenueFault(Exception):
    """Whatever a client of the venue raises."""


class Problem(VenueFault):
    """A refusal. Nothing has happened, except where `sequence` says that the refusal was noted."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        allowed: Mapping[str, Decimal] | None = None,
        retry_after: float | None = None,
        sequence: int | None = None,
    ) -> None:
        super().__init__(f"{detail} ({status} {code})")
        self.status = status
        self.code = code
        self.detail = detail
        self.allowed = allowed or {}
        """What would have been accepted, by name, where there is such a thing."""
        self.retry_after = retry_after
        """After so many seconds it may be asked again."""
        self.sequence = sequence


class Unanswered(VenueFault):
    """No whole answer came in time.

    `key` is the Idempotency-Key or client_order_id that the call carried: with the same one, it may
    be made again for ever and happens once at most. It is None of a call that only reads.
    """

    def __init__(self, reason: str, key: str | None = None) -> None:
        super().__init__(f"{reason} (key {key})" if key else reason)
        self.key = key


class NotConnected(VenueFault):
    """The stream is closed, or could not be opened again in time."""


class Overrun(VenueFault):
    """More messages waited for the program than are kept; those that waited are lost.

    Books that a stream keeps are not: they are right all the same. Whoever needs every message
    subscribes again with `since`.
    """

    def __init__(self, lost: int) -> None:
        super().__init__(f"{lost} messages were not taken in time and are lost")
        self.lost = lost


class Unintelligible(VenueFault):
    """Something answered that is not this API, or another edition of it."""
