"""An order as it was sent, from the command that was refused."""

from openoutcry.model.commands import Command, EnterGroup, EnterOrder, EnterSimpleOrder
from openoutcry.model.instrument import Grid
from openoutcry.model.order import OrderType, Side, Special, TimeInForce
from openoutcry.wire.prices import price_text, quantity_text
from openoutcry.wire.stream import SentOrder
from openoutcry.wire.times import time_text

NOTHING_SPECIAL = Special()


def sent_order(command: Command, leg: int | None) -> SentOrder:
    """Return the order, or the one of a group, that a command would have entered."""
    if isinstance(command, EnterSimpleOrder):
        return _simple(command)
    sent = _one_of(command, leg)
    assert sent is not None, "only these enter orders"
    return _native(sent)


def grid_as_sent(command: Command, leg: int | None) -> Grid | None:
    """Return the grid that an order was counted by; None where nothing says so."""
    sent = _one_of(command, leg)
    return None if sent is None else sent.grid


def _one_of(command: Command, leg: int | None) -> EnterOrder | None:
    if isinstance(command, EnterGroup) and command.orders:
        return command.orders[leg or 0]
    return command if isinstance(command, EnterOrder) else None


def _native(sent: EnterOrder) -> SentOrder:
    special, grid = sent.special or NOTHING_SPECIAL, sent.grid
    return SentOrder(
        symbol=sent.symbol,
        side=sent.side.value,
        type=sent.type.value,
        quantity=_quantity(grid, sent.quantity) or "",
        price=_price(grid, sent.price),
        time_in_force=sent.time_in_force.value,
        client_order_id=sent.client_order_id,
        post_only=None if sent.post_only is None else sent.post_only.value,
        reduce_only=special.reduce_only,
        display_quantity=_quantity(grid, special.display_quantity),
        minimum_quantity=_quantity(grid, special.minimum_quantity),
        stop_price=_price(grid, special.stop_price),
        trigger=None if special.trigger is None else special.trigger.value,
        trail=_price(grid, special.trail),
        trail_bps=special.trail_bps,
        activation_price=_price(grid, special.activation_price),
        peg=None if special.peg is None else special.peg.value,
        peg_offset=_price(grid, special.peg_offset),
        stp=None if special.stp is None else special.stp.value,
        expires_at=None if special.expires_at is None else time_text(special.expires_at),
    )


def _simple(sent: EnterSimpleOrder) -> SentOrder:
    order = EnterOrder(
        account_id=sent.account_id,
        symbol=sent.symbol,
        side=Side.BUY,
        type=OrderType.MARKET_TO_LIMIT,
        quantity=str(sent.quantity),
        time_in_force=TimeInForce.GTC,
    )
    return _native(order)


def _price(grid: Grid | None, ticks: int | str | None) -> str | None:
    if ticks is None or isinstance(ticks, str):
        return ticks  # Off the grid, or there was none: then it travels as it was sent.
    return str(ticks) if grid is None else price_text(grid, ticks)


def _quantity(grid: Grid | None, lots: int | str | None) -> str | None:
    if lots is None or isinstance(lots, str):
        return lots
    # Only the venue's own participants count in lots without saying on which grid.
    return str(lots) if grid is None else quantity_text(grid, lots)
