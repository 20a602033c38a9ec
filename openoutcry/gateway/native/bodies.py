"""What clients of the native API may send about orders, as commands.

Rule: what cannot be expressed in ticks and lots (an unknown symbol, a price off the grid) is no
fault of the body: it goes to the engine as the text that was sent, and the engine refuses it.
"""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from openoutcry.engine.engine import Engine
from openoutcry.gateway.bodies import (
    Field,
    choice_of,
    positive_decimal,
    read_object,
    symbol,
    visible,
)
from openoutcry.gateway.problems import Problem
from openoutcry.model.commands import AmendOrder, EnterOrder
from openoutcry.model.decimals import units_of
from openoutcry.model.order import OrderType, PostOnly, Side, TimeInForce
from openoutcry.model.units import AccountId, Lots, OrderId, Symbol, Ticks

# What this door offers; the engine knows more kinds of orders than it can be asked for here.
_TYPES: Final = (OrderType.LIMIT, OrderType.MARKET, OrderType.MARKET_TO_LIMIT)
_TIMES_IN_FORCE: Final = (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)
PLACE: Final = {
    "symbol": Field("string", symbol, required=True),
    "side": Field("string", choice_of(*Side), required=True),
    "type": Field("string", choice_of(*_TYPES), required=True),
    "quantity": Field("string", positive_decimal, required=True),
    "price": Field("string", positive_decimal),
    "time_in_force": Field("string", choice_of(*_TIMES_IN_FORCE)),
    "client_order_id": Field("string", visible),
    "post_only": Field("string", choice_of(PostOnly.REJECT)),
}
_PLACE_SUBJECT: Final = (
    "an order has symbol, side, type and quantity, and may have price, time_in_force, "
    "client_order_id and post_only"
)
AMEND: Final = {
    "quantity": Field("string", positive_decimal),
    "price": Field("string", positive_decimal),
    "client_order_id": Field("string", visible),
}
_AMEND_SUBJECT: Final = "an amend has quantity, price or client_order_id"


def enter_order(content: Mapping[str, object], account_id: AccountId, engine: Engine) -> EnterOrder:
    """Return the command that a body of `POST /orders` asks for."""
    sent = read_object(content, PLACE, _PLACE_SUBJECT)
    order_type: OrderType = sent["type"]
    if order_type is OrderType.LIMIT and "price" not in sent:
        raise Problem(400, "missing_property", "missing property: price; a limit order has one")
    default = TimeInForce.IOC if order_type is OrderType.MARKET else TimeInForce.GTC
    instrument = engine.instrument(sent["symbol"])
    grid = instrument.grid if instrument is not None else None
    return EnterOrder(
        account_id=account_id,
        symbol=Symbol(sent["symbol"]),
        side=sent["side"],
        type=order_type,
        quantity=_lots(
            sent["quantity"], content["quantity"], grid.quantity_increment if grid else None
        ),
        price=_ticks(
            sent.get("price"), content.get("price"), grid.price_increment if grid else None
        ),
        time_in_force=sent.get("time_in_force", default),
        client_order_id=sent.get("client_order_id"),
        post_only=sent.get("post_only"),
        grid=grid,
    )


def amend_order(
    content: Mapping[str, object], account_id: AccountId, order_id: OrderId, engine: Engine
) -> AmendOrder:
    """Return the command that a body of `PATCH /orders/{id}` asks for."""
    sent = read_object(content, AMEND, _AMEND_SUBJECT)
    report = engine.order(order_id)
    grid = report.terms.grid if report is not None else None
    quantity = None
    if "quantity" in sent:
        increment = grid.quantity_increment if grid else None
        quantity = _lots(sent["quantity"], content["quantity"], increment)
    return AmendOrder(
        account_id=account_id,
        order_id=order_id,
        quantity=quantity,
        price=_ticks(
            sent.get("price"), content.get("price"), grid.price_increment if grid else None
        ),
        client_order_id=sent.get("client_order_id"),
    )


def asked_of(command: EnterOrder | AmendOrder, content: Mapping[str, object]) -> object:
    """Return what a retry is recognised by: the command, with its amounts as they were sent.

    In ticks and lots they depend on a grid that may change, and on an order that may have ended.
    """
    amounts = {
        name: str(units_of(str(content[name])))
        for name in ("quantity", "price")
        if content.get(name) is not None
    }
    if isinstance(command, EnterOrder):
        command = replace(command, grid=None)
    return replace(command, quantity="", price=None), amounts


def _lots(units: int, text: object, increment: int | None) -> Lots | str:
    if increment is None or units % increment:
        return str(text)
    return Lots(units // increment)


def _ticks(units: int | None, text: object, increment: int | None) -> Ticks | str | None:
    if units is None:
        return None
    if increment is None or units % increment:
        return str(text)
    return Ticks(units // increment)
