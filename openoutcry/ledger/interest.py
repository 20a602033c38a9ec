"""What an account's orders at market may still trade, by symbol and side, kept as it changes.

Rule: only accounts whose positions matter have one, so that most orders pay nothing for it; how
much an order counts for is told from outside, and the sums here are those of what was told.
"""

from typing import Final

from openoutcry.model.order import Side
from openoutcry.model.units import OrderId, Symbol

NONE: Final = (0, 0)


class Interest:
    """The lots of open buys and sells."""

    __slots__ = ("counted", "lots")

    def __init__(self) -> None:
        self.counted: dict[OrderId, int] = {}
        """What each order counts for; one that counts for nothing is not in it."""
        self.lots: dict[Symbol, tuple[int, int]] = {}
        """Buys and sells of the symbols in which there are any."""

    def of(self, symbol: Symbol) -> tuple[int, int]:
        """Return the lots of open buys and sells in a symbol."""
        return self.lots.get(symbol, NONE)

    def count(self, order_id: OrderId, symbol: Symbol, side: Side, lots: int) -> None:
        """Let an order count for so much from here on."""
        more = lots - self.counted.get(order_id, 0)
        if not more:
            return
        if lots:
            self.counted[order_id] = lots
        else:
            del self.counted[order_id]
        buys, sells = self.of(symbol)
        after = (buys + more, sells) if side is Side.BUY else (buys, sells + more)
        if after == NONE:
            del self.lots[symbol]
        else:
            self.lots[symbol] = after
