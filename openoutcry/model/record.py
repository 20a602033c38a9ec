"""A command in its final place, and what it caused: the unit that is journaled and told.

`sequence` numbers events: a record covers `first` to `last`, and one without events uses one
number. The command lets the past be re-executed and verified; the events are the facts.
"""

from typing import Final

from msgspec import Struct

from openoutcry.model.commands import Command
from openoutcry.model.events import Event
from openoutcry.model.order import Door
from openoutcry.model.units import Nanos, Sequence
from openoutcry.model.value import Value

FORMAT: Final = 1
"""Edition of the record's shape; readers of every earlier one are kept."""


class Retry(Struct, frozen=True, kw_only=True, gc=False):
    """What makes a repeated request recognisable: digests of its keys and of its body."""

    keys: tuple[str, ...]
    """16-byte digests in hexadecimal, of account, name space and key."""
    body: str
    """Digest of the request's method, path and parsed body."""


class Entry(Value, frozen=True, kw_only=True):
    """A command, stamped: when, on whose behalf, through which door."""

    at: Nanos
    actor: str
    """The account, key or part of the venue that sent it."""
    door: Door
    command: Command
    request_id: str | None = None
    retry: Retry | None = None


class Record(Struct, frozen=True, kw_only=True, gc=False):
    """One line of the journal."""

    format: int
    first: Sequence
    last: Sequence
    entry: Entry
    events: list[Event]
