"""One change of a book's queues, as level 3 tells it."""

from enum import Enum
from typing import NamedTuple

from openoutcry.model.instrument import Grid
from openoutcry.model.order import Side
from openoutcry.model.units import Lots, OrderId, Symbol, Ticks, TradeId


class Action(Enum):
    """What became of one order in its queue."""

    ADD = "add"
    """It joined the tail of its price."""
    REDUCE = "reduce"
    """It shows less; its place stays."""
    FILL = "fill"
    """It traded; it shows less, or is gone with nothing left to show."""
    REMOVE = "remove"
    """It left."""


class QueueChange(NamedTuple):
    """What one event did to the queues of one book."""

    action: Action
    symbol: Symbol
    grid: Grid
    side: Side
    order_id: OrderId
    price: Ticks
    """Where it rests, or rested."""
    quantity: Lots
    """What it shows from here on; 0: nothing."""
    trade_id: TradeId | None = None


class Shown(NamedTuple):
    """What the book shows of one order."""

    price: Ticks
    quantity: Lots
    order_id: OrderId
