"""The auditor's own book of one instrument: lists in order of time, and sums in exact fractions."""

from fractions import Fraction
from math import ceil
from typing import Final

from openoutcry.model import events as told
from openoutcry.model.instrument import FeeRates, Instrument, Phase
from openoutcry.model.order import OrderReport, OrderStatus, OrderTerms, Side
from openoutcry.model.units import BPS_SCALE, FEE_SCALE, UNIT, AccountId, Asset, OrderId

CALLS: Final = (Phase.PRE_OPEN, Phase.AUCTION)
LEGAL: Final = {
    ("pending_new", "new"),
    ("pending_new", "canceled"),
    ("pending_new", "rejected"),
    ("held", "new"),
    ("held", "canceled"),
    ("held", "held"),
    ("held", "new"),
    ("held", "canceled"),
    ("held", "held"),
    ("new", "new"),
    ("new", "partially_filled"),
    ("new", "filled"),
    ("new", "canceled"),
    ("new", "expired"),
    ("partially_filled", "partially_filled"),
    ("partially_filled", "filled"),
    ("partially_filled", "canceled"),
    ("partially_filled", "expired"),
}
TOLD_BY: Final = {
    OrderStatus.PENDING_NEW: told.OrderPended,
    OrderStatus.HELD: told.OrderHeld,
    OrderStatus.NEW: told.OrderAccepted,
    OrderStatus.PARTIALLY_FILLED: told.OrderExecuted,
    OrderStatus.FILLED: told.OrderExecuted,
    OrderStatus.CANCELED: told.OrderCanceled,
    OrderStatus.EXPIRED: told.OrderExpired,
}
"""The event that says that an order has come to a status; a bust of what has ended apart."""


def exact_notional(report: OrderReport, price: int, lots: int) -> int:
    """What some lots of an order are worth at a price, in units of currency."""
    grid = report.terms.grid
    exact = Fraction(price * grid.price_increment * lots * grid.quantity_increment, UNIT)
    assert exact.denominator == 1, "a tick times a lot is whole"
    return int(exact)


def exact_fee(notional: int, rate: int) -> int:
    """The fee, rounded against the participant: a charge up, a rebate down in size."""
    fee = Fraction(notional * rate, FEE_SCALE)
    return -(-fee.numerator // fee.denominator)


def better(side: Side, price: int, other: int) -> bool:
    """Say whether a resting order of `side` at `price` comes before one at `other`."""
    return price > other if side is Side.BUY else price < other


def opposite(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY


def within(side: Side, limit: int, price: int) -> bool:
    """Say whether an order of `side` limited to `limit` may trade at `price`."""
    return price <= limit if side is Side.BUY else price >= limit


class AuditedMarket:
    """One instrument: its queues by price, each in order of the last change of priority."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.last_price: int | None = None
        self.queues: dict[Side, dict[int, list[OrderId]]] = {Side.BUY: {}, Side.SELL: {}}
        self.beside: dict[OrderId, None] = {}
        """At market but not in the book: for an auction, or because of the band."""
        self.ends: tuple[int, int] | None = None
        """The band."""
        self.in_call = instrument.phase in CALLS

    def best(self, side: Side) -> int | None:
        prices = self.queues[side]
        if not prices:
            return None
        return max(prices) if side is Side.BUY else min(prices)

    def head(self, side: Side) -> OrderId | None:
        best = self.best(side)
        return None if best is None else self.queues[side][best][0]

    def rest(self, report: OrderReport) -> None:
        assert report.price is not None
        queue = self.queues[report.terms.side].setdefault(report.price, [])
        queue.append(report.terms.order_id)

    def leave(self, report: OrderReport) -> bool:
        """Take an order out; say whether it was there."""
        if report.terms.order_id in self.beside:
            del self.beside[report.terms.order_id]
            return True
        queues = self.queues[report.terms.side]
        queue = queues.get(report.price or 0, [])
        if report.terms.order_id not in queue:
            return False
        queue.remove(report.terms.order_id)
        if not queue:
            del queues[report.price or 0]
        return True

    def reachable(self, side: Side, limit: int) -> list[OrderId]:
        """Every resting order that an incoming one may trade with, in the order it would."""
        queues = self.queues[opposite(side)]
        prices = sorted(queues, reverse=side is Side.SELL)
        return [order_id for p in prices if within(side, limit, p) for order_id in queues[p]]

    def is_crossed(self) -> bool:
        bid, ask = self.best(Side.BUY), self.best(Side.SELL)
        return bid is not None and ask is not None and bid >= ask

    def slid(self, terms: OrderTerms) -> int | None:
        """Where a post-only order that slides works: one tick from the opposite best at most."""
        best = self.best(opposite(terms.side))
        if best is None or terms.price is None or not within(terms.side, terms.price, best):
            return terms.price
        return best - 1 if terms.side is Side.BUY else best + 1

    def reference(self) -> int:
        """The last trade, else what the instrument says."""
        return self.instrument.reference_price if self.last_price is None else self.last_price

    def protected(
        self, side: Side, *, starts_without_quote: bool, for_auction: bool = False
    ) -> int | None:
        """The limit of a market order: opposite best and protection, rounded inwards."""
        start = self.best(opposite(side))
        if for_auction:
            starts = [self.reference(), *([] if start is None else [start])]
            start = max(starts) if side is Side.BUY else min(starts)
        if start is None and starts_without_quote:
            start = self.last_price
            if start is None:
                start = self.instrument.reference_price
        if start is None:
            return None
        away = Fraction(start * self.instrument.protection, BPS_SCALE)
        if side is Side.BUY:
            return self._fenced(side, int((start + away) // 1))
        return self._fenced(side, max(1, int(-((away - start) // 1))))

    def _fenced(self, side: Side, limit: int) -> int:
        """What collar and band leave of a market order's limit."""
        collar = self.collar(side)
        if collar is not None:
            limit = min(limit, int(collar // 1)) if side is Side.BUY else max(limit, ceil(collar))
        if self.ends is not None:
            limit = min(limit, self.ends[1]) if side is Side.BUY else max(limit, self.ends[0])
        return limit

    def collar(self, side: Side) -> Fraction | None:
        """The most aggressive limit, exactly."""
        span = self.instrument.collar
        if span is None:
            return None
        sign = 1 if side is Side.BUY else -1
        return self.reference() * (1 + sign * Fraction(span, BPS_SCALE))

    def is_outside(self, side: Side, limit: int) -> bool:
        """Say whether a limit could print only outside the band."""
        if self.ends is None:
            return False
        return limit > self.ends[1] if side is Side.BUY else limit < self.ends[0]


def held_of(report: OrderReport) -> tuple[AccountId, Asset]:
    """Whose holding of what an order reserves from."""
    grid = report.terms.grid
    buys = report.terms.side is Side.BUY
    return report.terms.account_id, grid.currency if buys else grid.asset


def check_hold(report: OrderReport, rates: FeeRates) -> None:
    """The worst an order can still cost: leaves * limit * (1 + worst fee), rounded up."""
    lots, price = report.leaves_quantity, report.price
    if report.terms.side is Side.SELL:
        exact = lots * report.terms.grid.quantity_increment if price else 0
        assert report.held == exact
        return
    notional = exact_notional(report, price or 0, lots)
    worst = notional * max(rates.maker, rates.taker, 0)
    held = (report.held - notional) * FEE_SCALE
    # A fill of one lot rounds its fee up by less than one unit, so that much more is right.
    assert worst <= held <= worst + lots * FEE_SCALE
