"""What an account stands for, reckoned anew from positions, live orders and last prices."""

from collections import defaultdict
from fractions import Fraction

from openoutcry.model.events import MarginCalled
from openoutcry.model.order import OrderReport, OrderStatus, OrderType, Side
from openoutcry.model.units import UNIT
from tests.audited_specials import are_pair
from tests.audited_truth import Truth

AT_MARKET = (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)


def worst_of(truth: Truth, account_id: str, without: int | None = None) -> dict[str, int]:
    """The largest size each position of an account could take on, an order and its other leg left
    out."""
    sides: dict[str, dict[Side, int]] = defaultdict(lambda: dict.fromkeys(Side, 0))
    for unit in open_units(truth, account_id):
        terms = unit[0].terms
        if without not in [report.terms.order_id for report in unit]:
            sides[terms.symbol][terms.side] += max(report.leaves_quantity for report in unit)
    held = {symbol: n for (owner, symbol), n in truth.positions.items() if owner == account_id}
    return {
        symbol: max(
            abs(held.get(symbol, 0) + sides[symbol][Side.BUY]),
            abs(held.get(symbol, 0) - sides[symbol][Side.SELL]),
        )
        for symbol in {*held, *sides}
    }


def open_units(truth: Truth, account_id: str) -> list[list[OrderReport]]:
    """The orders that could trade; the two legs of a pair, of which one counts, together."""
    units: list[list[OrderReport]] = []
    for report in truth.orders.values():
        if report.terms.account_id != account_id or report.status not in AT_MARKET:
            continue
        paired = [unit for unit in units if are_pair(unit[0], report)]
        if paired:
            paired[0].append(report)
        else:
            units.append([report])
    return units


def worth(truth: Truth, symbol: str, lots: int) -> int:
    """What lots are worth at the present mark; an instrument that is gone is worth nothing."""
    market = truth.markets.get(symbol)
    if market is None:
        return 0
    grid = market.instrument.grid
    exact = Fraction(
        market.reference() * grid.price_increment * lots * grid.quantity_increment, UNIT
    )
    assert exact.denominator == 1
    return int(exact)


def exposure_of(truth: Truth, account_id: str, without: int | None = None) -> int:
    return sum(worth(truth, s, n) for s, n in worst_of(truth, account_id, without).items())


def equity_of(truth: Truth, account_id: str) -> int:
    """Cash, and assets at the marks, each rounded down to a whole unit."""
    total = truth.totals[account_id, "USD"]
    for market in truth.markets.values():
        grid = market.instrument.grid
        amount = truth.totals[account_id, grid.asset]
        exact = Fraction(market.reference() * grid.price_increment * amount, UNIT)
        total += exact.numerator // exact.denominator
    return total


def check_called(truth: Truth, event: MarginCalled) -> None:
    """A call is made when equity does not cover a quarter of longs and 30 per cent of shorts."""
    needed = 0
    for (owner, symbol), lots in truth.positions.items():
        if owner == event.account_id:
            share = Fraction(25 if lots > 0 else 30, 100)
            needed += -((-abs(worth(truth, symbol, lots)) * share) // 1)
    assert event.maintenance == needed
    assert event.equity == equity_of(truth, event.account_id) < needed


def check_limits(truth: Truth, report: OrderReport) -> None:
    """9: what an order may make of a position, by caps and by margin."""
    terms = report.terms
    if report.price is None and terms.type is OrderType.MARKET:
        return  # Nobody quotes, so it ends at once.
    account = truth.accounts[terms.account_id]
    cap = account.position_limits.get(terms.symbol)
    if cap is not None:
        held = truth.positions[terms.account_id, terms.symbol]
        same = [
            max(report.leaves_quantity for report in unit)
            for unit in open_units(truth, terms.account_id)
            if unit[0].terms.symbol == terms.symbol and unit[0].terms.side is terms.side
        ]
        worst = sum(same) + (held if terms.side is Side.BUY else -held)
        assert worst * terms.grid.quantity_increment <= cap, "9: caps hold on the result"
    if account.margin > 1:
        before = exposure_of(truth, terms.account_id, without=terms.order_id)
        after = exposure_of(truth, terms.account_id)
        most = account.margin * equity_of(truth, terms.account_id)
        assert after <= max(before, most), "9: equity carries the exposure"


def check_price(truth: Truth, report: OrderReport) -> None:
    """A limit that came in lies within band and collar."""
    market, side = truth.markets[report.terms.symbol], report.terms.side
    price = report.price
    if price is None or report.terms.type is not OrderType.LIMIT:
        return
    assert not market.is_outside(side, price)
    collar = market.collar(side)
    if collar is not None:
        assert price <= collar if side is Side.BUY else price >= collar
