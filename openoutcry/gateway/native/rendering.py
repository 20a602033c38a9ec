"""Engine reports as the native API's shapes: pure functions."""

from typing import Final

from msgspec.structs import replace

from openoutcry.history.movements import Fill, grid_of
from openoutcry.history.prevented import Prevented
from openoutcry.model.decimals import text_of
from openoutcry.model.instrument import Grid
from openoutcry.model.order import OrderReport, OrderType, Special, Trigger
from openoutcry.model.units import Nanos
from openoutcry.wire import orders as wire_orders
from openoutcry.wire.prices import average_text, price_text, quantity_text
from openoutcry.wire.times import time_text

_MARKET: Final = OrderType.MARKET


def order(report: OrderReport) -> wire_orders.Order:
    """Return an order as the API shows it."""
    shown = _plain(report)
    terms = report.terms
    if terms.special is not None:
        return replace(shown, **_special(report, terms.special))
    # What protects a market order is no price of its own.
    return shown if terms.type is not _MARKET else replace(shown, price=None)


def _plain(report: OrderReport) -> wire_orders.Order:
    """Return an order without the terms that few orders have, all of them named for speed."""
    terms = report.terms
    grid = terms.grid
    return wire_orders.Order(
        order_id=terms.order_id,
        client_order_id=terms.client_order_id,
        account_id=terms.account_id,
        symbol=terms.symbol,
        side=terms.side.value,
        type=terms.type.value,
        time_in_force=terms.time_in_force.value,
        quantity=quantity_text(grid, terms.quantity),
        price=price_text(grid, report.price) if report.price is not None else None,
        stop_price=None,
        trigger=None,
        trail=None,
        trail_bps=None,
        activation_price=None,
        peg=None,
        peg_offset=None,
        display_quantity=None,
        minimum_quantity=None,
        post_only=terms.post_only.value if terms.post_only is not None else None,
        reduce_only=False,
        stp=None,
        expires_at=None,
        status=report.status.value,
        cum_quantity=quantity_text(grid, report.cum_quantity),
        leaves_quantity=quantity_text(grid, report.leaves_quantity),
        canceled_quantity=quantity_text(grid, report.canceled_quantity),
        prevented_quantity=quantity_text(grid, report.prevented_quantity),
        average_price=average_text(grid, report.cost, report.cum_quantity),
        fees=text_of(report.fees),
        reason=report.reason.value if report.reason is not None else None,
        group_id=None,
        parent_id=None,
        revision=report.revision,
        triggered_at=None,
        sequence=report.sequence,
        created_at=time_text(terms.created_at),
        updated_at=time_text(report.updated_at),
    )


def _special(report: OrderReport, special: Special) -> dict[str, object]:
    """Return what special terms make of an order's fields."""
    terms = report.terms
    grid = terms.grid
    stop_price = report.stop_price or _on_grid(special.stop_price)
    shown: dict[str, object] = {
        "price": _own_price(report),
        "stop_price": _price(grid, stop_price),
        "trail": _price(grid, _on_grid(special.trail)),
        "trail_bps": special.trail_bps,
        "activation_price": _price(grid, _on_grid(special.activation_price)),
        "display_quantity": _quantity(grid, _on_grid(special.display_quantity)),
        "minimum_quantity": _quantity(grid, _on_grid(special.minimum_quantity)),
        "reduce_only": special.reduce_only,
        "stp": special.stp.value if special.stp is not None else None,
        "expires_at": _time(special.expires_at),
        "group_id": special.group_id,
        "parent_id": special.parent_id,
        "triggered_at": _time(report.triggered_at),
    }
    if terms.type in (OrderType.STOP, OrderType.STOP_LIMIT):
        shown["trigger"] = (special.trigger or Trigger.LAST).value
    if special.peg is not None:
        shown["peg"] = special.peg.value
        shown["peg_offset"] = price_text(grid, _on_grid(special.peg_offset) or 0)
    return shown


def _own_price(report: OrderReport) -> str | None:
    """Return the limit of an order, if it has one of its own or took one from the market.

    Of a peg it is the limit that was sent; where there is none, the price that it works at.
    """
    terms, price = report.terms, report.price
    if terms.type in (OrderType.MARKET, OrderType.STOP, OrderType.TRAILING_STOP):
        return None
    if price is None or (terms.type is OrderType.PEGGED and terms.price is not None):
        price = terms.price
    return _price(terms.grid, price)


def _on_grid(count: int | str | None) -> int | None:
    """Return ticks or lots of accepted terms, which are on the grid."""
    assert not isinstance(count, str), "accepted terms are on the grid"
    return count


def _price(grid: Grid, ticks: int | None) -> str | None:
    return None if ticks is None else price_text(grid, ticks)


def _quantity(grid: Grid, lots: int | None) -> str | None:
    return None if lots is None else quantity_text(grid, lots)


def _time(at: Nanos | None) -> str | None:
    return None if at is None else time_text(at)


def fill(filled: Fill) -> wire_orders.Fill:
    """Return a fill as the API shows it."""
    grid = grid_of(filled)
    return wire_orders.Fill(
        trade_id=filled.trade_id,
        order_id=filled.order_id,
        client_order_id=filled.client_order_id,
        symbol=filled.symbol,
        side=filled.side.value,
        price=price_text(grid, filled.price),
        quantity=quantity_text(grid, filled.quantity),
        liquidity=filled.liquidity.value,
        fee=text_of(filled.fee),
        at=time_text(filled.at),
        sequence=filled.sequence,
    )


def prevented_match(one: Prevented) -> wire_orders.PreventedMatch:
    """Return a prevented match as the API shows it."""
    return wire_orders.PreventedMatch(
        order_id=one.order_id,
        resting_order_id=one.resting_order_id,
        symbol=one.symbol,
        price=price_text(one.grid, one.price),
        quantity=quantity_text(one.grid, one.quantity),
        mode=one.mode.value,
        at=time_text(one.at),
        sequence=one.sequence,
    )
