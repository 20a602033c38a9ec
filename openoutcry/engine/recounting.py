"""Orders whose ticks and lots were counted by a grid that has changed on the way."""

from typing import Final

from msgspec.structs import replace

from openoutcry.model.commands import EnterOrder
from openoutcry.model.decimals import text_of
from openoutcry.model.instrument import Grid
from openoutcry.model.order import Special
from openoutcry.model.units import Amount, Lots, Ticks

_PRICES: Final = ("stop_price", "trail", "activation_price", "peg_offset")
_QUANTITIES: Final = ("display_quantity", "minimum_quantity")


def recounted(command: EnterOrder, sent: Grid, now: Grid) -> EnterOrder:
    """Return an order whose ticks and lots were counted by an earlier grid, counted by this one."""
    quantity, price, special = command.quantity, command.price, command.special
    if isinstance(quantity, int):
        size = _counted(quantity, sent.quantity_increment, now.quantity_increment)
        quantity = size if isinstance(size, str) else Lots(size)
    if isinstance(price, int):
        ticks = _counted(price, sent.price_increment, now.price_increment)
        price = ticks if isinstance(ticks, str) else Ticks(ticks)
    if special is not None:
        special = _recounted_special(special, sent, now)
    return replace(command, quantity=quantity, price=price, special=special, grid=now)


def _recounted_special(special: Special, sent: Grid, now: Grid) -> Special:
    counted: dict[str, int | str] = {}
    for names, old, new in (
        (_PRICES, sent.price_increment, now.price_increment),
        (_QUANTITIES, sent.quantity_increment, now.quantity_increment),
    ):
        for name in names:
            value = getattr(special, name)
            if isinstance(value, int):
                counted[name] = _counted(value, old, new)
    return replace(special, **counted)


def _counted(count: int, old: Amount, new: Amount) -> int | str:
    """Return a count by another increment; what is off that one as text."""
    number, off_grid = divmod(count * old, new)
    return text_of(count * old) if off_grid else number
