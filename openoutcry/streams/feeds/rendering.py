"""REST's bodies of what the streams show, too. They are the gateway's; the wiring hands them in."""

from collections.abc import Callable
from typing import NamedTuple

from openoutcry.history.movements import Fill
from openoutcry.marketdata.tape import Trade
from openoutcry.model.account import Balance
from openoutcry.model.instrument import Grid
from openoutcry.model.order import OrderReport
from openoutcry.model.reasons import Reason
from openoutcry.model.units import Symbol, Ticks
from openoutcry.wire import accounts, market, orders


class Rendering(NamedTuple):
    """One function for each thing that is shown in both places."""

    order: Callable[[OrderReport], orders.Order]
    fill: Callable[[Fill], orders.Fill]
    trade: Callable[[Trade], market.Trade]
    balance: Callable[[Balance], accounts.Balance]
    position: Callable[[Symbol, Grid, Ticks | None, tuple[int, int, int]], accounts.Position]
    """Of symbol, grid, mark, and quantity, cost, realized."""
    words: Callable[[Reason, dict[str, int] | None, Grid | None], str]
    """Of a refusal."""
