"""The market of one instrument: its book, its last trade, and the limits that they imply."""

from openoutcry.matching.book import Book
from openoutcry.model.instrument import Instrument, notional_unit
from openoutcry.model.order import Side
from openoutcry.model.units import BPS_SCALE, Ticks


class Market:
    """What changes about an instrument while it trades. The book is made with its first order."""

    __slots__ = ("_book", "instrument", "last_price", "unit")

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.unit = notional_unit(instrument.grid)
        self.last_price: Ticks | None = None
        self._book: Book | None = None

    def change(self, instrument: Instrument) -> None:
        """Take over changed fields. On another grid the last trade's ticks mean nothing."""
        if instrument.grid != self.instrument.grid:
            self.last_price = None
            self.unit = notional_unit(instrument.grid)
        self.instrument = instrument

    @property
    def book(self) -> Book:
        """The book, empty at first."""
        if self._book is None:
            self._book = Book()
        return self._book

    def protected(self, side: Side) -> Ticks | None:
        """Return the worst price of a market order: opposite best and protection, or None."""
        best = self.book.opposite(side).best_price()
        return None if best is None else self._guard(side, best)

    def protected_or_last(self, side: Side) -> Ticks:
        """Return the same from the last trade, else the reference price, when nobody quotes."""
        best = self.book.opposite(side).best_price()
        if best is None:
            best = self.last_price
        if best is None:
            best = self.instrument.reference_price
        return self._guard(side, best)

    def _guard(self, side: Side, price: Ticks) -> Ticks:
        """Move a price away by the protection, rounded to the grid inwards."""
        span = self.instrument.protection
        if side is Side.BUY:
            return Ticks(max(price, price * (BPS_SCALE + span) // BPS_SCALE))
        return Ticks(max(1, -(-price * (BPS_SCALE - span) // BPS_SCALE)))
