"""The market maker of one symbol: a few levels of bids and asks around what it thinks fair.

Rule 1: its bids are below its asks at every moment, because it cancels before it enters and never
sees its orders older than its own last commands; its own taker would expire, not trade.
Rule 2: only told orders, the instrument and its dice decide, so equal pasts quote equally.

Theory of operation
-------------------
Prices come from a lattice, one price per cell of `spacing` ticks, uneven but always the same. Fair
value falls into a cell; bids take the prices from there downward, asks those above. A small walk of
fair value then moves the quotes by one cell, which is one cancel and one order on each side.

    cell        c-2    c-1     c   |  c+1   c+2   c+3
    quote       bid    bid    bid  |  ask   ask   ask
                         fair value ^

Fair value walks at random, is drawn back to the reference price the farther it strays, and yields
to whoever uses up a level. It never leaves `STRAY_BPS_MAX` around the reference price.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, zip_longest
from random import Random
from typing import Final

from openoutcry.model.commands import CancelOrder, EnterOrder
from openoutcry.model.instrument import Instrument
from openoutcry.model.order import OrderReport, OrderType, Side
from openoutcry.model.units import BPS_SCALE, AccountId, OrderId, Symbol, Ticks
from openoutcry.simulation.sizing import admissible, level_of, spacing_of, tidied

MAKER: Final = AccountId("maker")
LEVELS: Final = 5
"""Price levels on each side."""
STRAY_BPS_MAX: Final = 1_000
"""How far fair value may be from the reference price."""
_TURNS_PER_STEP: Final = 8
"""Turns between two steps of the walk, on average."""
_REVERSION: Final = 400
"""The walk steps back in so many steps of ten as it is spacings away, of this many."""
_PRESSURE_MAX: Final = 2
"""Levels by which fair value yields in one turn."""


class MarketMaker:
    """What the maker thinks one symbol is worth."""

    def __init__(self, symbol: Symbol, dice: Random) -> None:
        self._symbol = symbol
        self._dice = dice
        self._fair: int | None = None

    def turn(
        self,
        instrument: Instrument,
        live: Mapping[OrderId, OrderReport],
        last_price: Ticks | None,
        pressure: int,
    ) -> list[CancelOrder | EnterOrder]:
        """Return what to submit, in this order, so that `live` becomes what is wanted."""
        fair = self._fair
        if fair is None:
            fair = _opening(instrument, live, last_price)
        self._fair = self._walked(instrument, fair, pressure)
        cell = self._fair // spacing_of(instrument)
        cancels: list[CancelOrder | EnterOrder] = []
        missing = []
        for side, cells in (
            (Side.BUY, range(cell, max(0, cell - LEVELS), -1)),
            (Side.SELL, range(cell + 1, cell + 1 + LEVELS)),
        ):
            wanted = dict.fromkeys(_lattice(instrument, cells))
            for order in live.values():
                if order.terms.side is not side:
                    continue
                if order.price in wanted:
                    del wanted[order.price]
                else:
                    cancels.append(CancelOrder(account_id=MAKER, order_id=order.terms.order_id))
            missing.append([(side, price) for price in wanted])
        # The best prices of both sides first, in case that the pace does not allow all.
        entered = [
            self._quote(instrument, side, price)
            for side, price in filter(None, chain.from_iterable(zip_longest(*missing)))
        ]
        return cancels + entered

    def _walked(self, instrument: Instrument, fair: int, pressure: int) -> int:
        spacing, reference = spacing_of(instrument), instrument.reference_price
        fair += spacing * max(-_PRESSURE_MAX, min(_PRESSURE_MAX, pressure))
        if self._dice.randrange(_TURNS_PER_STEP) == 0:
            step = self._dice.randint(-spacing, spacing)
            gap = reference - fair
            if self._dice.randrange(_REVERSION * spacing) < abs(gap):
                step = abs(step) if gap > 0 else -abs(step)
            fair += step
        stray = reference * STRAY_BPS_MAX // BPS_SCALE
        return max(1, reference - stray, min(reference + stray, fair))

    def _quote(self, instrument: Instrument, side: Side, price: Ticks) -> EnterOrder:
        lots = tidied(level_of(instrument, price) * self._dice.randint(50, 150) // 100)
        return EnterOrder(
            account_id=MAKER,
            symbol=self._symbol,
            side=side,
            type=OrderType.LIMIT,
            quantity=admissible(instrument, price, lots),
            price=price,
        )


def _opening(
    instrument: Instrument, live: Mapping[OrderId, OrderReport], last_price: Ticks | None
) -> int:
    """Return where to start: amid quotes left from before, else the last trade, else reference."""
    quoted = [order.price for order in live.values() if order.price is not None]
    if quoted:
        return (min(quoted) + max(quoted)) // 2
    return last_price or instrument.reference_price


def _lattice(instrument: Instrument, cells: range) -> Iterator[Ticks]:
    """Yield the price of each cell, somewhere within it, leaving out what is no price."""
    spacing = spacing_of(instrument)
    for cell in cells:
        price = cell * spacing + (cell * 2_654_435_761 >> 7) % spacing
        if price > 0:
            yield Ticks(price)
