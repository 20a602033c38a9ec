"""Positions: what fills have made of an account in one symbol, at average cost.

Rule: only fills move a position; a deposit is none. Crossing through zero closes, then opens.
"""

from typing import Final

from openoutcry.model.order import Side

# Members as plain names: reading one off its enumeration costs more than a call, and every order
# comes this way.
_BUY: Final = Side.BUY


class Position:
    """Signed lots, what they cost, and what closing has earned before fees; units of currency."""

    __slots__ = ("cost", "quantity", "realized")

    def __init__(self, quantity: int = 0, cost: int = 0, realized: int = 0) -> None:
        self.quantity = quantity
        self.cost = cost
        """Currency units paid for what is held; negative for a short position."""
        self.realized = realized

    def fill(self, side: Side, quantity: int, notional: int) -> None:
        """Take in one fill: `quantity` lots that were worth `notional` together."""
        signed, paid = (quantity, notional) if side is _BUY else (-quantity, -notional)
        held = self.quantity
        if held == 0 or (held > 0) == (signed > 0):
            self.quantity = held + signed
            self.cost += paid
            return
        closed = min(quantity, abs(held))
        # The part that closes leaves at average cost; what rounding keeps stays in the position.
        cost_closed = self.cost if closed == abs(held) else self.cost * closed // abs(held)
        paid_closed = paid if closed == quantity else paid * closed // quantity
        self.realized += -paid_closed - cost_closed
        self.quantity = held + signed
        self.cost = self.cost - cost_closed + (paid - paid_closed)

    def undo(self, side: Side, quantity: int, notional: int) -> None:
        """Take back a fill that was busted, as if it had not been, where the rest allows that."""
        signed, paid = (quantity, notional) if side is Side.BUY else (-quantity, -notional)
        left, cost = self.quantity - signed, self.cost - paid
        if left == 0:
            self.realized -= cost
            self.quantity = self.cost = 0
        elif (left > 0) == (self.quantity > 0) == (signed > 0) and (cost > 0) == (left > 0):
            self.quantity, self.cost = left, cost
        else:
            # Closed since, in part or whole: then it is as if the opposite had traded now.
            self.fill(Side.SELL if side is Side.BUY else Side.BUY, quantity, notional)
