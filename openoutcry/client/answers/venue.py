"""The venue itself, and its record of what happened."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct


class Status(Struct, frozen=True, kw_only=True):
    """How the venue stands."""

    name: str
    version: str
    epoch: str
    sequence: int
    hash: str
    rules: int
    uptime_s: int
    auth: str
    simulation: str
    clock_behind_s: float
    ready: bool
    execution_delay_ms: int = 0
    digest: str | None = None


class Clock(Struct, frozen=True, kw_only=True):
    """The venue's time."""

    now: datetime
    now_ns: int
    mode: str


class Happened(Struct, frozen=True, kw_only=True):
    """A command, its events and postings; what is not the caller's is None or left out."""

    sequence: int
    first: int
    last: int
    at: datetime
    at_ns: int
    command: Mapping[str, object] | None
    actor: str | None
    door: str | None
    request_id: str | None
    events: list[Mapping[str, object]]
    postings: list[Mapping[str, object]]
    hash: str
    previous_hash: str
