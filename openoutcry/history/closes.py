"""Closes: what accounts had at the end of each minute, hour and day in which that changed.

Rule: a close is the last that was told within its interval, of cash in the venue's money (the
series `cash`) and of each position paid in it (the series of its symbol), in units of 10**-12. So
what an account was worth at the end of any interval is a few look-ups, however much it traded.
"""

from typing import Final, NamedTuple

from openoutcry.marketdata.candles import INTERVALS, SECOND
from openoutcry.model.account import MONEY, SYSTEM_ACCOUNTS
from openoutcry.model.events import AccountReset, FundsMoved, OrderExecuted, TradeBusted
from openoutcry.model.units import AccountId, Nanos, Symbol

KEPT: Final = tuple(INTERVALS[name] for name in ("1m", "1h", "1d"))
"""The intervals that have rows, the shortest first."""
CASH: Final = ""
"""The series of cash; no symbol is empty."""
MINUTE: Final = KEPT[0]
Key = tuple[AccountId, Symbol]


class Close(NamedTuple):
    """What an account had of a series at the end of an interval."""

    account_id: AccountId
    series: str
    length: int
    """Seconds."""
    start: Nanos
    amount: str


class Closes:
    """The closes of one batch. `fills` is the last trade, or bust, of accounts in this minute."""

    __slots__ = ("_agents", "_cash", "_end", "_rows", "fills")

    def __init__(self, agents: frozenset[AccountId] = frozenset()) -> None:
        self._agents = agents.union(SYSTEM_ACCOUNTS)
        self._end = 0
        self._cash: dict[AccountId, tuple[int, int]] = {}
        self._rows: dict[tuple[AccountId, str, int, int], int] = {}
        self.fills: dict[Key, OrderExecuted | TradeBusted] = {}

    def reach(self, at: Nanos) -> None:
        """Begin another minute where a moment is in one."""
        if at >= self._end:
            self._turn()
            self._end = at - at % MINUTE + MINUTE

    def move(self, event: FundsMoved, sequence: int) -> None:
        """Take in cash that moved outside of trades."""
        if event.asset == MONEY:
            self._cash[event.account_id] = (sequence, event.balance)
            self._cash[event.counter_account_id] = (sequence, event.counter_balance)

    def reset(self, event: AccountReset) -> None:
        """Take in that positions are gone."""
        account_id = event.account.account_id
        for gone in event.closed:
            self.fills.pop((account_id, gone.symbol), None)
            if gone.grid.currency == MONEY:
                self._put(account_id, gone.symbol, 0)

    def rows(self) -> list[Close]:
        """Return the rows that the batch adds or replaces, the earlier first."""
        self._turn()
        return [
            Close(account_id, series, length, Nanos(start), str(amount))
            for (account_id, series, length, start), amount in self._rows.items()
        ]

    def _turn(self) -> None:
        cash = self._cash
        for (account_id, symbol), event in self.fills.items():
            grid = event.taker.terms.grid
            if grid.currency != MONEY:
                continue
            is_taker = event.taker.terms.account_id == account_id
            if isinstance(event, TradeBusted):
                figures = event.taker_position if is_taker else event.maker_position
            else:
                funds = event.taker_funds if is_taker else event.maker_funds
                figures, told = funds.position, (event.taker.sequence, funds.currency)
                if told > cash.get(account_id, (0, 0)):
                    cash[account_id] = told
            if figures is not None:
                self._put(account_id, symbol, figures.quantity * grid.quantity_increment)
        for account_id, (_, amount) in cash.items():
            self._put(account_id, CASH, amount)
        self.fills.clear()
        cash.clear()

    def _put(self, account_id: AccountId, series: str, amount: int) -> None:
        if account_id in self._agents:
            return  # Nobody asks what those are worth.
        within = self._end - MINUTE
        for interval in KEPT:
            start = within - within % interval
            self._rows[account_id, series, interval // SECOND, start] = amount
