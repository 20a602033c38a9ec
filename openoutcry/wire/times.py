"""Moments as RFC 3339 text in UTC with microseconds, and back."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

_NANOS_END: Final = 2**63
"""Moments are kept as 64-bit numbers of nanoseconds."""


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    # Not strftime(), whose years before 1000 have fewer than four digits.
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def time_text(at: int) -> str:
    """Return nanoseconds since 1970 as text; what is finer than a microsecond is cut off."""
    seconds, rest = divmod(at, 1_000_000_000)
    return f"{_second(seconds)}.{rest // 1000:06d}Z"


def nanos_of(text: str) -> int:
    """Return the nanoseconds of an RFC 3339 time; raises ValueError with what was expected."""
    message = "is an RFC 3339 time with an offset, such as 2026-11-23T09:30:00Z"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(message) from None
    if moment.tzinfo is None:
        raise ValueError(message)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    nanos = ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1000
    if not -_NANOS_END <= nanos < _NANOS_END:
        message = "is a time from 1677-09-22 to 2262-04-11"
        raise ValueError(message)
    return nanos
