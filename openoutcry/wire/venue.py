"""The venue itself as the native API describes it."""

from msgspec import Struct


class Status(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the venue stands."""

    name: str
    version: str
    epoch: str
    sequence: int
    hash: str
    """Of the newest durable record; it stands for the whole past."""
    rules: int
    uptime_s: int
    auth: str
    simulation: str
    execution_delay_ms: int
    clock_behind_s: float
    ready: bool
    digest: str | None = None
    """Of the whole state; with administrators only."""


class Clock(Struct, frozen=True, kw_only=True):
    """The venue's time."""

    now: str
    now_ns: int
    mode: str
