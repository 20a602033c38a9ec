"""Pages of candles, oldest first, out of the rows that history keeps."""

from typing import Final

import msgspec
from sqlalchemy import Connection, select

from openoutcry.history.candle_rows import KEPT
from openoutcry.history.tables import CANDLES
from openoutcry.marketdata.candles import SECOND, Candle, joined
from openoutcry.model.units import Nanos, Symbol

_CANDLE: Final = msgspec.json.Decoder(Candle)


def kept_for(interval: Nanos) -> Nanos:
    """Return the longest interval with rows that candles of an interval are made of."""
    return max(length for length in KEPT if interval % length == 0)


def candles_from(
    connection: Connection, symbol: Symbol, interval: Nanos, first: int, last: int, limit: int
) -> list[Candle]:
    """Return candles that begin between two moments, both included; no more than `limit`."""
    part = kept_for(interval)
    first += -first % interval  # What began before does not begin here.
    columns = CANDLES.c
    query = select(columns.body).where(
        columns.symbol == symbol,
        columns.length == part // SECOND,
        columns.start >= first,
        columns.start < last - last % interval + interval,
    )
    rows = query.order_by(columns.start).limit(limit * (interval // part))
    parts = [_CANDLE.decode(body) for body in connection.execute(rows).scalars()]
    return [*joined(parts, interval)][:limit]
