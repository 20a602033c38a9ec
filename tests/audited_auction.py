"""The auditor's own auction: every candidate tried, the queues sorted anew, in plain fractions.

It hears the trades of an uncross one by one, and says for each what it must have been.
"""

from fractions import Fraction
from typing import NamedTuple

from openoutcry.model.order import OrderReport, OrderType, Side, TimeInForce

Line = list[OrderReport]


def waits_for_auctions(report: OrderReport) -> bool:
    """Say whether an order has no place in the book."""
    terms = report.terms
    of_auctions = terms.time_in_force in (TimeInForce.OPG, TimeInForce.CLS)
    return of_auctions or terms.type is OrderType.MARKET


class Uncross(NamedTuple):
    """One that goes on: where, at what, and who came when before it began."""

    symbol: str
    price: int
    stamps: dict[int, int]
    lasting: TimeInForce | None


class Tried(NamedTuple):
    price: int
    volume: int
    surplus: int


def price_of(buys: Line, sells: Line, reference: int, ends: tuple[int, int] | None) -> int | None:
    """Return where an auction of these orders uncrosses, by the four steps word for word."""
    if not buys or not sells:
        return None
    lowest = min(report.price for report in sells)
    highest = max(report.price for report in buys)
    limits = [r.price for r in (*buys, *sells) if r.terms.type is not OrderType.MARKET]
    candidates = {p for p in limits if lowest <= p <= highest} | {reference}
    if ends is not None:
        candidates = {price for price in candidates if ends[0] <= price <= ends[1]}
    tried = []
    for price in sorted(candidates):
        bought = sum(r.leaves_quantity for r in buys if r.price >= price)
        sold = sum(r.leaves_quantity for r in sells if r.price <= price)
        tried.append(Tried(price, min(bought, sold), bought - sold))
    most = max((one.volume for one in tried), default=0)
    if not most:
        return None
    tried = [one for one in tried if one.volume == most]
    least = min(abs(one.surplus) for one in tried)
    tried = [one for one in tried if abs(one.surplus) == least]
    if all(one.surplus > 0 for one in tried):
        return tried[-1].price
    if all(one.surplus < 0 for one in tried):
        return tried[0].price
    return min(max(reference, tried[0].price), tried[-1].price)


def in_line(line: Line, price: int, stamps: dict[int, int]) -> Line:
    """Sort one side as it trades at a price: market orders, then by limit, then by stamp."""

    def rank(report: OrderReport) -> tuple[int, Fraction, int]:
        sign = -1 if report.terms.side is Side.BUY else 1
        is_market = report.terms.type is OrderType.MARKET
        limit = Fraction(0) if is_market else Fraction(sign * report.price)
        return (not is_market, limit, stamps[report.terms.order_id])

    able = [
        report
        for report in line
        if (report.price >= price if report.terms.side is Side.BUY else report.price <= price)
    ]
    return sorted(able, key=rank)
