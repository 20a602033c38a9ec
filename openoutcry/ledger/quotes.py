"""Mass-quote protection: how much has been taken from an account's quotes a short while ago.

Rule: fills as maker count, of all symbols together; reaching the limit empties the count, so that
nothing here grows beyond what the limit lets through.
"""

from collections import deque

from openoutcry.model.account import QuoteLimit


class QuoteWindow:
    """The fills within the window."""

    __slots__ = ("fills", "limit", "taken")

    def __init__(self, limit: QuoteLimit) -> None:
        self.limit = limit
        self.fills: deque[tuple[int, int]] = deque()
        """When, and how much of what was traded, in units."""
        self.taken = 0

    def take(self, at: int, amount: int) -> bool:
        """Count a fill; say whether the limit is reached."""
        since = at - self.limit.window
        fills = self.fills
        while fills and fills[0][0] <= since:
            self.taken -= fills.popleft()[1]
        if fills and fills[-1][0] == at:
            amount_before = fills.pop()[1]
            fills.append((at, amount_before + amount))
        else:
            fills.append((at, amount))
        self.taken += amount
        if self.taken < self.limit.quantity:
            return False
        fills.clear()
        self.taken = 0
        return True

    def room(self, at: int) -> int:
        """Return how much may still be taken before the limit is reached."""
        since = at - self.limit.window
        return self.limit.quantity - sum(amount for when, amount in self.fills if when > since)
