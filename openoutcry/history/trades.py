"""One trade, found by its number: both of its fills, and its orders as they stand now.

No index holds the numbers of trades, because every fill would pay for it. Trades are numbered in
the order in which they happen and fills are kept in that order, so a trade is found by halving:
some thirty look-ups, which only administration asks for.
"""

from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, func, select

from openoutcry.history.movements import LEGS, Fill, Liquidity, grid_of
from openoutcry.history.queries import order
from openoutcry.history.tables import BUSTS, FILLS
from openoutcry.marketdata.tape import Trade
from openoutcry.model.account import Funds
from openoutcry.model.events import OrderExecuted
from openoutcry.model.units import TradeId

_FILL: Final = msgspec.json.Decoder(Fill)


class FoundTrade(NamedTuple):
    """A trade as everybody sees it, and as the engine told it."""

    trade: Trade
    event: OrderExecuted
    """With both orders as they stand now, not as they stood then."""


def find_trade(connection: Connection, trade_id: TradeId) -> FoundTrade | None:
    """Return a trade; None where it, or an order of it, is not kept."""
    row = _row_of(connection, trade_id)
    if row is None or row % LEGS:
        return None  # The taker's fill is the first; where it is gone, an agent's was dropped.
    rows = select(FILLS.c.body).where(FILLS.c.fill_id.in_((row, row + 1)))
    query = rows.order_by(FILLS.c.fill_id)
    fills = [_FILL.decode(body) for body in connection.execute(query).scalars()]
    orders = [order(connection, fill.order_id) for fill in fills]
    match fills, orders:
        case [taken, made], [taker, maker] if taker is not None and maker is not None:
            side = None if taken.liquidity is Liquidity.AUCTION else taken.side
        case _:
            return None
    event = OrderExecuted(
        trade_id=trade_id,
        symbol=taken.symbol,
        side=side,
        price=taken.price,
        quantity=taken.quantity,
        taker=taker,
        maker=maker,
        taker_fee=taken.fee,
        maker_fee=made.fee,
        taker_funds=Funds(taken.asset_balance, taken.currency_balance),
        maker_funds=Funds(made.asset_balance, made.currency_balance),
    )
    undone = select(BUSTS.c.trade_id).where(BUSTS.c.trade_id == trade_id)
    trade = Trade(
        trade_id=trade_id,
        grid=grid_of(taken),
        price=taken.price,
        quantity=taken.quantity,
        side=side,
        busted=connection.execute(undone).scalar() is not None,
        at=taken.at,
        sequence=taken.sequence,
    )
    return FoundTrade(trade, event)


def _row_of(connection: Connection, trade_id: TradeId) -> int | None:
    """Return the first row of a trade."""
    key = FILLS.c.fill_id
    # Two questions: both in one would read the whole table.
    low, high = (connection.execute(select(end(key))).scalar() for end in (func.min, func.max))
    if low is None or high is None:
        return None
    # The rows below `low` are of earlier trades, those above `high` of this one or later ones.
    while low <= high:
        middle = (low + high) // 2
        query = select(FILLS.c.body).where(key >= middle).order_by(key).limit(1)
        fill = _FILL.decode(connection.execute(query).scalar_one())
        if fill.trade_id < trade_id:
            low = fill.fill_id + 1
        elif middle == low:
            return fill.fill_id if fill.trade_id == trade_id else None
        else:
            high = middle
    return None
