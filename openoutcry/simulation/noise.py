"""The noise trader of one symbol: takes and offers at random, so that the tape and the book live.

Rule 1: it never has more than `RESTING_MAX` orders in one book; the oldest makes room.
Rule 2: it is careless, not mad: it takes nothing far beyond the reference price.
"""

from collections.abc import Mapping
from random import Random
from typing import Final

from openoutcry.model.commands import CancelOrder, EnterOrder
from openoutcry.model.instrument import Instrument
from openoutcry.model.order import OrderReport, OrderType, Side, TimeInForce
from openoutcry.model.units import BPS_SCALE, AccountId, Lots, OrderId, Symbol, Ticks
from openoutcry.simulation.sizing import admissible, level_of, spacing_of, tidied

NOISE: Final = AccountId("noise")
RESTING_MAX: Final = 8
ARRIVALS_PER_SECOND: Final = 7
"""Of all symbols together; a little more than half of them take."""
_TAKES_IN_TEN: Final = 6
_REACH: Final = 8
"""Spacings from the opposite best within which it offers."""
_BEYOND_BPS_MAX: Final = 1_500
"""How much worse than the reference price it takes."""


class NoiseTrader:
    """A participant without opinion."""

    def __init__(self, symbol: Symbol, dice: Random) -> None:
        self._symbol = symbol
        self._dice = dice

    def turn(
        self,
        instrument: Instrument,
        live: Mapping[OrderId, OrderReport],
        best_bid: Ticks | None,
        best_ask: Ticks | None,
    ) -> list[CancelOrder | EnterOrder]:
        """Return what to submit when an arrival has come about."""
        side = Side.BUY if self._dice.randrange(2) else Side.SELL
        opposite = best_ask if side is Side.BUY else best_bid
        if opposite is None:
            return []
        if self._dice.randrange(10) < _TAKES_IN_TEN:
            return self._take(instrument, live, side, opposite)
        return self._rest(instrument, live, side, opposite)

    def _take(
        self,
        instrument: Instrument,
        live: Mapping[OrderId, OrderReport],
        side: Side,
        opposite: Ticks,
    ) -> list[CancelOrder | EnterOrder]:
        sign = 1 if side is Side.BUY else -1
        reference = instrument.reference_price
        if (opposite - reference) * sign * BPS_SCALE > reference * _BEYOND_BPS_MAX:
            return []
        for order in live.values():
            # Its own order is next in line: trading with oneself is no trade, so it goes.
            if order.price == opposite and order.terms.side is not side:
                return [self._cancel(order)]
        return [
            EnterOrder(
                account_id=NOISE,
                symbol=self._symbol,
                side=side,
                type=OrderType.MARKET,
                quantity=self._size(instrument, opposite),
                time_in_force=TimeInForce.IOC,
            )
        ]

    def _rest(
        self,
        instrument: Instrument,
        live: Mapping[OrderId, OrderReport],
        side: Side,
        opposite: Ticks,
    ) -> list[CancelOrder | EnterOrder]:
        away = 1 + self._dice.randrange(_REACH * spacing_of(instrument))
        price = Ticks(opposite - away if side is Side.BUY else opposite + away)
        if price <= 0:
            return []
        surplus = list(live.values())[: max(0, len(live) + 1 - RESTING_MAX)]
        entered = EnterOrder(
            account_id=NOISE,
            symbol=self._symbol,
            side=side,
            type=OrderType.LIMIT,
            quantity=self._size(instrument, price),
            price=price,
        )
        return [*map(self._cancel, surplus), entered]

    def _size(self, instrument: Instrument, price: Ticks) -> Lots:
        """Draw a fraction of a level: mostly little, now and then two thirds."""
        part = 1 + self._dice.randrange(6) * self._dice.randrange(6)
        return admissible(instrument, price, tidied(level_of(instrument, price) * part // 40))

    def _cancel(self, order: OrderReport) -> CancelOrder:
        return CancelOrder(account_id=NOISE, order_id=order.terms.order_id)
