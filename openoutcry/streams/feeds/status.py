"""The channel `status`: what may happen in an instrument now, and what an auction would come to."""

from typing import NamedTuple

from openoutcry.engine.engine import Engine
from openoutcry.model import events as told
from openoutcry.model.instrument import Grid, Indicative, Phase
from openoutcry.model.order import Side
from openoutcry.model.units import Lots, Nanos, Symbol, Ticks
from openoutcry.streams.feeds.said import Said, encode
from openoutcry.streams.feeds.teller import Heard, Kept
from openoutcry.wire.prices import price_text, quantity_text
from openoutcry.wire.stream import StatusMessage
from openoutcry.wire.times import time_text

CHANNEL = "status"
SPOKEN = (
    told.PhaseChanged,
    told.IndicativeChanged,
    told.BandSet,
    told.InstrumentListed,
    told.InstrumentDelisted,
)
"""The events that are told here."""
NO_BAND = (None, None)
IN_A_CALL = (Phase.PRE_OPEN, Phase.AUCTION)


class Now(NamedTuple):
    """An instrument's status."""

    grid: Grid
    phase: Phase
    listed: bool
    reason: str
    indicative: Indicative
    ends_at: Nanos | None
    band: tuple[Ticks | None, Ticks | None]


class StatusTeller(Kept):
    """The status of one symbol."""

    def __init__(self, symbol: Symbol) -> None:
        self._symbol = symbol
        self._now: Now | None = None

    def speaks(self, heard: Heard) -> bool:
        """Say whether an event changes the status."""
        return isinstance(heard.event, SPOKEN)

    def update(self, said: Said, heard: Heard, *, is_heard: bool) -> bytes | None:  # noqa: ARG002
        """Tell the status after an event."""
        assert self._now is not None, "it has been loaded"
        self._now = after(self._now, heard.event)
        return self.snapshot(said, None, None) if self.speaks(heard) else None

    def picture(self, engine: Engine) -> Now:
        """Return the status as it is now."""
        symbol = self._symbol
        listed, figures = engine.instrument(symbol), engine.auction(symbol)
        instrument = listed or engine.delisted(symbol)
        assert instrument is not None, "what is followed is, or was, listed"
        return Now(
            instrument.grid,
            instrument.phase,
            listed is not None,
            "",
            Indicative() if figures is None else figures.indicative,
            None if figures is None else figures.ends_at,
            engine.band(symbol) or (None, None),
        )

    def load(self, picture: Now, past: None) -> None:  # noqa: ARG002
        """Take over the status."""
        self._now = picture

    def snapshot(self, said: Said, picture: None, past: None) -> bytes:  # noqa: ARG002
        """Return the status."""
        assert self._now is not None, "it has been loaded"
        now, grid = self._now, self._now.grid
        indicative, (lower, upper) = now.indicative, now.band
        side = Side.BUY if indicative.imbalance > 0 else Side.SELL
        return encode(
            StatusMessage(
                **said.heading(),
                channel=CHANNEL,
                symbol=self._symbol,
                phase=now.phase.value,
                listed=now.listed,
                reason=now.reason or None,
                indicative_price=_price(grid, indicative.price),
                paired_quantity=quantity_text(grid, indicative.paired),
                imbalance=quantity_text(grid, Lots(abs(indicative.imbalance))),
                imbalance_side=side.value if indicative.imbalance else None,
                ends_at=None if now.ends_at is None else time_text(now.ends_at),
                band_lower=_price(grid, lower),
                band_upper=_price(grid, upper),
            )
        )


def after(now: Now, event: object) -> Now:
    """Return the status after an event."""
    match event:
        case told.PhaseChanged():
            # What was published of a call means nothing after it, nor before one begins.
            indicative = now.indicative if event.phase in IN_A_CALL else Indicative()
            now = now._replace(
                phase=event.phase,
                reason=event.reason,
                ends_at=event.ends_at,
                indicative=indicative,
            )
        case told.IndicativeChanged():
            now = now._replace(indicative=event.indicative)
        case told.BandSet():
            now = now._replace(band=(event.lower, event.upper))
        case told.InstrumentListed(instrument=found):
            now = Now(found.grid, found.phase, True, "", Indicative(), None, NO_BAND)  # noqa: FBT003
        case told.InstrumentDelisted():
            now = now._replace(listed=False, indicative=Indicative(), ends_at=None)
        case told.InstrumentChanged():
            now = now._replace(grid=event.instrument.grid)
    return now


def _price(grid: Grid, ticks: Ticks | None) -> str | None:
    return None if ticks is None else price_text(grid, ticks)
