"""What clients of the native API may send about orders, as commands.

Rule 1: what cannot be expressed in ticks and lots (an unknown symbol, a price off the grid) is no
fault of the body: it goes to the engine as the text that was sent, and the engine refuses it.
Rule 2: what a type needs is missing here, 400; what does not go with it is for the engine to
refuse, 422, because that is a rule of the market and goes into the journal.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from openoutcry.engine.engine import Engine
from openoutcry.gateway.bodies import (
    Field,
    choice_of,
    decimal,
    positive_decimal,
    read_object,
    symbol,
    visible,
)
from openoutcry.gateway.problems import Problem
from openoutcry.model.commands import AmendOrder, EnterOrder
from openoutcry.model.decimals import units_of
from openoutcry.model.instrument import Grid
from openoutcry.model.order import (
    OrderType,
    Peg,
    PostOnly,
    SelfTradePrevention,
    Side,
    Special,
    SpecialChange,
    TimeInForce,
    Trigger,
)
from openoutcry.model.units import AccountId, Lots, OrderId, Symbol, Ticks
from openoutcry.wire.times import nanos_of

TRAIL_BPS_MAX: Final = 10_000
"""Widest trail: all of the price."""


def _trail_bps(bps: int) -> int:
    if not 1 <= bps <= TRAIL_BPS_MAX:
        message = f"is a whole number of basis points from 1 to {TRAIL_BPS_MAX}"
        raise ValueError(message)
    return bps


_PLAIN: Final = {
    "symbol": Field("string", symbol, required=True),
    "side": Field("string", choice_of(*Side), required=True),
    "type": Field("string", choice_of(*OrderType), required=True),
    "quantity": Field("string", positive_decimal, required=True),
    "price": Field("string", positive_decimal),
    "time_in_force": Field("string", choice_of(*TimeInForce)),
    "client_order_id": Field("string", visible),
    "post_only": Field("string", choice_of(*PostOnly)),
}
"""What most orders have; an order with nothing else is read by this table, which is quicker."""
PLACE: Final = _PLAIN | {
    "expires_at": Field("string", nanos_of),
    "reduce_only": Field("boolean", bool),
    "display_quantity": Field("string", positive_decimal),
    "minimum_quantity": Field("string", positive_decimal),
    "stop_price": Field("string", positive_decimal),
    "trigger": Field("string", choice_of(*Trigger)),
    "trail": Field("string", positive_decimal),
    "trail_bps": Field("integer", _trail_bps),
    "activation_price": Field("string", positive_decimal),
    "peg": Field("string", choice_of(*Peg)),
    "peg_offset": Field("string", decimal),
    "stp": Field("string", choice_of(*SelfTradePrevention)),
}
_REQUIRED: Final = [name for name, field in PLACE.items() if field.required]
_OPTIONAL: Final = [name for name in PLACE if name not in _REQUIRED]
_PLACE_SUBJECT: Final = f"an order has {', '.join(_REQUIRED)}, and may have {', '.join(_OPTIONAL)}"
AMEND: Final = {
    name: PLACE[name]._replace(required=False)
    for name in (
        "quantity", "price", "client_order_id", "expires_at", "display_quantity", "stop_price",
        "trail", "trail_bps", "peg_offset",
    )
}  # fmt: skip
_AMEND_SUBJECT: Final = f"an amend changes {', '.join(AMEND)}"

_PLAIN_NAMES: Final = frozenset(_PLAIN)
_PLAIN_AMOUNTS: Final = ("quantity", "price")
_SPECIAL_PRICES: Final = ("stop_price", "trail", "activation_price", "peg_offset")
_SPECIAL_QUANTITIES: Final = ("display_quantity", "minimum_quantity")
_SPECIAL_AMOUNTS: Final = (*_SPECIAL_PRICES, *_SPECIAL_QUANTITIES)
_CHANGES: Final = frozenset(SpecialChange.__struct_fields__)

# Members as plain names: reading one off its enumeration costs more than a call.
_LIMIT: Final = OrderType.LIMIT
_GTD: Final = TimeInForce.GTD
_NEEDED: Final = {
    OrderType.LIMIT: ("price",),
    OrderType.MARKET: (),
    OrderType.MARKET_TO_LIMIT: (),
    OrderType.STOP: ("stop_price",),
    OrderType.STOP_LIMIT: ("stop_price", "price"),
    OrderType.TRAILING_STOP: (),
    OrderType.PEGGED: ("peg",),
}
"""What a type cannot do without; a trailing stop has one of two."""


def enter_order(content: Mapping[str, object], account_id: AccountId, engine: Engine) -> EnterOrder:
    """Return the command that a body of `POST /orders` asks for."""
    is_plain = _PLAIN_NAMES.issuperset(content)
    sent = read_object(content, _PLAIN if is_plain else PLACE, _PLACE_SUBJECT)
    order_type: OrderType = sent["type"]
    time_in_force: TimeInForce | None = sent.get("time_in_force")
    if order_type is not _LIMIT or "price" not in sent or time_in_force is _GTD:
        _demand_what_it_needs(order_type, sent)
    if time_in_force is None:
        time_in_force = TimeInForce.IOC if order_type is OrderType.MARKET else TimeInForce.GTC
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
        time_in_force=time_in_force,
        client_order_id=sent.get("client_order_id"),
        post_only=sent.get("post_only"),
        special=None if is_plain else _special(sent, content, grid),
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
    changed = {name: value for name, value in sent.items() if name in _CHANGES}
    return AmendOrder(
        account_id=account_id,
        order_id=order_id,
        quantity=quantity,
        price=_ticks(
            sent.get("price"), content.get("price"), grid.price_increment if grid else None
        ),
        client_order_id=sent.get("client_order_id"),
        special=SpecialChange(**(changed | _counted(changed, content, grid))) if changed else None,
    )


def asked_of(command: EnterOrder | AmendOrder, content: Mapping[str, object]) -> object:
    """Return what a retry is recognised by: the command, with its amounts as they were sent.

    In ticks and lots they depend on a grid that may change, and on an order that may have ended.
    """
    amounts = _units(content, _PLAIN_AMOUNTS)
    if command.special is not None:
        command = _without_amounts(command)
        amounts |= _units(content, _SPECIAL_AMOUNTS)
    if isinstance(command, EnterOrder):
        return replace(command, quantity="", price=None, grid=None), amounts
    return replace(command, quantity="", price=None), amounts


def _demand_what_it_needs(order_type: OrderType, sent: Mapping[str, Any]) -> None:
    """Raise 400 for an order without what its type, or being good until a time, asks for."""
    a_type = f"a {order_type.value} order"
    for name in _NEEDED[order_type]:
        if name not in sent:
            detail = f"missing property: {name}; {a_type} has one"
            raise Problem(400, "missing_property", detail)
    if order_type is OrderType.TRAILING_STOP and "trail" not in sent and "trail_bps" not in sent:
        detail = f"missing property: trail or trail_bps; {a_type} has one of them"
        raise Problem(400, "missing_property", detail)
    if sent.get("time_in_force") is _GTD and "expires_at" not in sent:
        detail = "missing property: expires_at; an order that is gtd has one"
        raise Problem(400, "missing_property", detail)


def _special(
    sent: Mapping[str, Any], content: Mapping[str, object], grid: Grid | None
) -> Special | None:
    """Return the terms that few orders have; None where only nulls were sent for them."""
    named = {name: value for name, value in sent.items() if name not in _PLAIN_NAMES}
    if not named or named == {"reduce_only": False}:
        return None
    return Special(**(named | _counted(named, content, grid)))


def _counted(
    named: Mapping[str, Any], content: Mapping[str, object], grid: Grid | None
) -> dict[str, int | str | None]:
    """Return those of the special terms that are amounts, in ticks and lots."""
    tick, lot = (grid.price_increment, grid.quantity_increment) if grid else (None, None)
    prices = {
        name: _ticks(named[name], content[name], tick) for name in _SPECIAL_PRICES if name in named
    }
    quantities = {
        name: _lots(named[name], content[name], lot)
        for name in _SPECIAL_QUANTITIES
        if name in named
    }
    return {**prices, **quantities}


def _units(content: Mapping[str, object], names: tuple[str, ...]) -> dict[str, str]:
    return {
        name: str(units_of(str(content[name]))) for name in names if content.get(name) is not None
    }


def _without_amounts(command: EnterOrder | AmendOrder) -> EnterOrder | AmendOrder:
    special = command.special
    assert special is not None, "only special terms are stripped"
    none = {name: None for name in _SPECIAL_AMOUNTS if name in special.__struct_fields__}
    return replace(command, special=replace(special, **none))


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
