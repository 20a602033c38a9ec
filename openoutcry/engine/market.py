"""The market of one instrument: its book, its last trade, and the limits that they imply."""

from openoutcry.matching.band import Band
from openoutcry.matching.book import Book, RestingOrder
from openoutcry.matching.watch import Watch
from openoutcry.model.instrument import Indicative, Instrument, notional_unit
from openoutcry.model.order import PostOnly, Side
from openoutcry.model.units import BPS_SCALE, OrderId, Ticks, divide_up


class Call:
    """An auction call: what was last published of it."""

    __slots__ = ("published_at", "shown")

    def __init__(self) -> None:
        self.shown = Indicative()
        self.published_at = 0


class Market:
    """What changes about an instrument while it trades. The book is made with its first order."""

    __slots__ = (
        "aside",
        "band",
        "book",
        "call",
        "instrument",
        "is_fenced",
        "last_price",
        "unit",
        "watch",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.unit = notional_unit(instrument.grid)
        self.last_price: Ticks | None = None
        self.watch: Watch | None = None
        """What waits for a price here; None while nothing does."""
        self.aside: dict[OrderId, RestingOrder] | None = None
        """At market but not in the book: they wait for an auction, or for the band to take them."""
        self.band: Band | None = None
        self.is_fenced = instrument.collar is not None
        """Whether a band or a collar limits prices."""
        self.call: Call | None = None
        """Set from the begin of a call until the uncross, also while a halt interrupts it."""

    def change(self, instrument: Instrument) -> None:
        """Take over changed fields. On another grid the last trade's ticks mean nothing."""
        if instrument.grid != self.instrument.grid:
            self.last_price = None
            self.unit = notional_unit(instrument.grid)
        self.instrument = instrument
        self.is_fenced = self.band is not None or instrument.collar is not None

    def __getattr__(self, name: str) -> Book:
        """Make the book where it is asked for first; from then on it is found without this."""
        if name != "book":
            raise AttributeError(name)
        self.book = Book()
        return self.book

    def reference(self) -> Ticks:
        """Return the last trade, else the instrument's reference price."""
        return self.instrument.reference_price if self.last_price is None else self.last_price

    def protected(self, side: Side) -> Ticks | None:
        """Return the worst price of a market order: opposite best and protection, or None."""
        best = self.book.opposite(side).best_price()
        return None if best is None else self._guard(side, best)

    def protected_in_a_call(self, side: Side) -> Ticks:
        """Return the same where quotes mean little: from the best or the reference, the further."""
        best = self.book.opposite(side).best_price()
        further = max if side is Side.BUY else min
        start = self.reference() if best is None else further(best, self.reference())
        return self._guard(side, start)

    def protected_or_last(self, side: Side) -> Ticks:
        """Return the same from the last trade, else the reference price, when nobody quotes."""
        best = self.book.opposite(side).best_price()
        if best is None:
            best = self.last_price
        if best is None:
            best = self.instrument.reference_price
        return self._guard(side, best)

    def slid(self, side: Side, limit: Ticks, post_only: PostOnly) -> Ticks:
        """Return where a post-only order may rest: one tick from the opposite best, if it slides.

        One that cannot slide keeps its limit, and is refused because that would cross.
        """
        opposite = self.book.opposite(side)
        if post_only is not PostOnly.SLIDE or not opposite.reaches(limit):
            return limit
        best = opposite.best_price()
        assert best is not None, "it reaches something"
        beside = best - 1 if side is Side.BUY else best + 1
        return Ticks(beside) if beside > 0 else limit

    def _guard(self, side: Side, price: Ticks) -> Ticks:
        """Move a price away by the protection, rounded to the grid inwards."""
        span = self.instrument.protection
        if side is Side.BUY:
            guarded = Ticks(max(price, price * (BPS_SCALE + span) // BPS_SCALE))
        else:
            guarded = Ticks(max(1, -(-price * (BPS_SCALE - span) // BPS_SCALE)))
        return self.fence(side, guarded) if self.is_fenced else guarded

    def collar(self, side: Side) -> Ticks | None:
        """Return the most aggressive limit that the collar lets an order have."""
        span = self.instrument.collar
        if span is None:
            return None
        price = self.reference()
        if side is Side.BUY:
            return Ticks(price * (BPS_SCALE + span) // BPS_SCALE)
        return Ticks(max(1, divide_up(price * (BPS_SCALE - span), BPS_SCALE)))

    def fence(self, side: Side, limit: Ticks) -> Ticks:
        """Return the limit, or what collar and band leave of it."""
        collar = self.collar(side)
        if collar is not None:
            limit = min(limit, collar) if side is Side.BUY else max(limit, collar)
        if self.band is not None and self.band.excludes(side, limit):
            limit = self.band.clamp(limit)
        return limit
