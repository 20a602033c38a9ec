"""Moments as RFC 3339 text in UTC with microseconds, and back."""

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


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
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1000
