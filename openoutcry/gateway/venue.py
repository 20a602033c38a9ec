"""What every door works with: the running venue and the few settings that doors need."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from openoutcry.calendars.known import Calendars
from openoutcry.gateway.guard import Auth
from openoutcry.gateway.limits import Limits
from openoutcry.history.history import History
from openoutcry.history.recent import RecentOrders
from openoutcry.marketdata.tape import Tape
from openoutcry.model.commands import Listing
from openoutcry.model.units import Nanos, Symbol
from openoutcry.sequencer.sequencer import Sequencer
from openoutcry.streams.audience import Audience
from openoutcry.streams.connections import Connections
from openoutcry.streams.feeds.feeds import Feeds
from openoutcry.upkeep.upkeep import Upkeep

ATTENTION_MAX: Final = 1_000
"""Symbols remembered as looked at; beyond it the longest untouched is forgotten."""


class Attention:
    """Which symbols somebody looked at, and when: the simulated market serves only those."""

    def __init__(self) -> None:
        self._seen: dict[Symbol, float] = {}
        self.waken: Callable[[], None] | None = None
        """Called at every touch; the simulated market sets it while it sleeps."""

    def touch(self, symbol: Symbol, now: float) -> None:
        """Note that somebody looked at `symbol`; `now` is monotonic seconds."""
        self._seen.pop(symbol, None)
        self._seen[symbol] = now
        if len(self._seen) > ATTENTION_MAX:
            del self._seen[next(iter(self._seen))]
        if self.waken is not None:
            self.waken()

    def since(self, moment: float) -> list[Symbol]:
        """Return the symbols touched after `moment`, the most recent first; forget the others."""
        recent = [symbol for symbol, at in reversed(self._seen.items()) if at > moment]
        self._seen = {symbol: self._seen[symbol] for symbol in reversed(recent)}
        return recent


@dataclass(slots=True, kw_only=True)
class Venue:
    """The parts of one venue, wired by `app`; a door reads them and submits commands."""

    sequencer: Sequencer
    history: History
    recent: RecentOrders
    audience: Audience
    feeds: Feeds
    """What the native stream tells."""
    tape: Tape
    execution_delay: Nanos
    listing: Listing
    simulated: bool
    limits: Limits
    auth: Auth
    opened_at: float
    """Monotonic seconds."""
    calendars: Calendars = field(default_factory=partial(Calendars, {}))
    attention: Attention = field(default_factory=Attention)
    connections: Connections = field(default_factory=Connections)
    """Of the native stream."""
    upkeep: Upkeep | None = None
    """None where nothing is kept."""
