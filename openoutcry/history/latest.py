"""The latest candles and the last trade of a symbol, as of one sequence: how a feed begins."""

from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from openoutcry.history.candle_rows import KEPT
from openoutcry.history.movements import Fill
from openoutcry.history.queries import reached
from openoutcry.history.tables import BUSTS, CANDLES, FILLS, IS_FIRST
from openoutcry.marketdata.candles import DAY, SECOND, Candle, joined
from openoutcry.marketdata.ticker import LastTrade
from openoutcry.model.units import Nanos, Sequence, Symbol

_CANDLE: Final = msgspec.json.Decoder(Candle)
_FILL: Final = msgspec.json.Decoder(Fill)


class Latest(NamedTuple):
    """Candles, oldest first, or a day and its last trade; complete up to a sequence."""

    candles: list[Candle]
    reached: Sequence
    last: LastTrade | None = None


def latest_candles(connection: Connection, symbol: Symbol, interval: Nanos, limit: int) -> Latest:
    """Return the latest candles of an interval."""
    kept = max(length for length in KEPT if interval % length == 0)
    rows = CANDLES.c
    query = select(rows.body).where(rows.symbol == symbol, rows.length == kept // SECOND)
    # One more candle than is wanted: the oldest may lack its beginning.
    needed = (limit + 1) * (interval // kept)
    newest = connection.execute(query.order_by(rows.start.desc()).limit(needed)).scalars()
    parts = [_CANDLE.decode(body) for body in newest]
    return Latest([*joined(reversed(parts), interval)][-limit:], reached(connection))


def latest_day(connection: Connection, symbol: Symbol) -> Latest:
    """Return the newest daily candle and the last trade that counts."""
    found = latest_candles(connection, symbol, DAY, 1)
    rows = FILLS.c
    query = select(rows.body).where(rows.symbol == symbol, IS_FIRST)
    last = None
    with connection.execute(query.order_by(rows.fill_id.desc())) as fills:
        for body in fills.scalars():
            fill = _FILL.decode(body)
            undone = select(BUSTS.c.trade_id).where(BUSTS.c.trade_id == fill.trade_id)
            if connection.execute(undone).scalar() is None:
                price = fill.price * fill.price_increment
                last = LastTrade(price, fill.quantity * fill.quantity_increment)
                break
    return found._replace(last=last)
