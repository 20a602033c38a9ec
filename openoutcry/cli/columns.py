"""What an export's rows are made of: the columns of each thing, and how its cells are typed.

Rule: names and values are the native API's, so a row reads like the object of the same name.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Final, NamedTuple

import msgspec

from openoutcry.gateway.native import account_rendering, rendering
from openoutcry.history.extract import Choice, Extract, Progress, Traded
from openoutcry.history.movements import Liquidity, grid_of
from openoutcry.marketdata.candles import INTERVALS, Candle, Print, after, start_of
from openoutcry.model.instrument import Grid
from openoutcry.model.units import Nanos, Symbol
from openoutcry.wire import accounts, orders
from openoutcry.wire.prices import price_text, quantity_text
from openoutcry.wire.times import time_text

Row = Sequence[object]
"""One cell per column: text, a number, a truth, or None."""
DECIMALS: Final = frozenset(
    {
        "quantity", "price", "stop_price", "trail", "activation_price", "peg_offset",
        "display_quantity", "minimum_quantity", "cum_quantity", "leaves_quantity",
        "canceled_quantity", "prevented_quantity", "average_price", "fees", "fee",
        "amount", "balance", "open", "high", "low", "close", "volume",
    }
)  # fmt: skip
TIMES: Final = frozenset({"at", "start", "created_at", "updated_at", "expires_at", "triggered_at"})


class Kind(Enum):
    """How a cell is stored where cells have types."""

    TEXT = "text"
    INTEGER = "integer"
    TRUTH = "truth"
    DECIMAL = "decimal"
    TIME = "time"


class Column(NamedTuple):
    """A column's name and what is in it."""

    name: str
    kind: Kind


class Interval(Enum):
    """How long a candle burns."""

    SECOND = "1s"
    MINUTE = "1m"
    FIVE_MINUTES = "5m"
    QUARTER = "15m"
    HOUR = "1h"
    DAY = "1d"

    @property
    def nanos(self) -> Nanos:
        """Its length; every interval begins at a multiple of it since 1970."""
        return INTERVALS[self.value]


class What(Enum):
    """What can be exported."""

    ORDERS = "orders"
    FILLS = "fills"
    TRADES = "trades"
    POSTINGS = "postings"
    CANDLES = "candles"


class Wanted(NamedTuple):
    """What is exported, and of whom."""

    what: What
    chosen: Choice
    interval: Interval


def columns_of(what: What) -> tuple[Column, ...]:
    """Return the columns of one thing, in order."""
    return _COLUMNS[what]


def rows_of(extract: Extract, wanted: Wanted, progress: Progress) -> Iterator[Row]:
    """Yield the rows, in the order of their columns."""
    if wanted.what is What.CANDLES:
        return _candles(extract.trades(wanted.chosen, progress), wanted.interval)
    return _ROWS[wanted.what](extract, wanted.chosen, progress)


def _columns(*parts: type[msgspec.Struct] | Column) -> tuple[Column, ...]:
    found: list[Column] = []
    for part in parts:
        if isinstance(part, Column):
            found.append(part)
        else:
            found += [_column(field.name, field.type) for field in msgspec.structs.fields(part)]
    return tuple(found)


def _column(name: str, annotation: object) -> Column:
    if name in DECIMALS:
        return Column(name, Kind.DECIMAL)
    if name in TIMES:
        return Column(name, Kind.TIME)
    words = str(annotation)
    if annotation is int or words == "int | None":
        return Column(name, Kind.INTEGER)
    return Column(name, Kind.TRUTH if annotation is bool or words == "bool | None" else Kind.TEXT)


_ACCOUNT: Final = Column("account_id", Kind.TEXT)
_SYMBOL: Final = Column("symbol", Kind.TEXT)
_TRADE: Final = (
    Column("trade_id", Kind.INTEGER),
    _SYMBOL,
    Column("price", Kind.DECIMAL),
    Column("quantity", Kind.DECIMAL),
    Column("side", Kind.TEXT),
    Column("busted", Kind.TRUTH),
    Column("at", Kind.TIME),
    Column("sequence", Kind.INTEGER),
)
_CANDLE: Final = (
    _SYMBOL,
    Column("start", Kind.TIME),
    *(Column(name, Kind.DECIMAL) for name in ("open", "high", "low", "close", "volume")),
    Column("trades", Kind.INTEGER),
)
_COLUMNS: Final = {
    What.ORDERS: _columns(orders.Order),
    What.FILLS: _columns(_ACCOUNT, orders.Fill),
    What.TRADES: _TRADE,
    What.POSTINGS: _columns(_ACCOUNT, accounts.Posting),
    What.CANDLES: _CANDLE,
}


def _orders(extract: Extract, chosen: Choice, progress: Progress) -> Iterator[Row]:
    for report in extract.orders(chosen, progress):
        yield msgspec.structs.astuple(rendering.order(report))


def _fills(extract: Extract, chosen: Choice, progress: Progress) -> Iterator[Row]:
    for fill in extract.fills(chosen, progress):
        yield (fill.account_id, *msgspec.structs.astuple(rendering.fill(fill)))


def _postings(extract: Extract, chosen: Choice, progress: Progress) -> Iterator[Row]:
    for posting in extract.postings(chosen, progress):
        yield (posting.account_id, *msgspec.structs.astuple(account_rendering.posting(posting)))


def _trades(extract: Extract, chosen: Choice, progress: Progress) -> Iterator[Row]:
    for fill, is_busted in extract.trades(chosen, progress):
        grid = grid_of(fill)
        yield (
            fill.trade_id,
            fill.symbol,
            price_text(grid, fill.price),
            quantity_text(grid, fill.quantity),
            None if fill.liquidity is Liquidity.AUCTION else fill.side.value,
            is_busted,
            time_text(fill.at),
            fill.sequence,
        )


_ROWS: Final[dict[What, Callable[[Extract, Choice, Progress], Iterator[Row]]]] = {
    What.ORDERS: _orders,
    What.FILLS: _fills,
    What.TRADES: _trades,
    What.POSTINGS: _postings,
}


def _candles(trades: Iterator[Traded], interval: Interval) -> Iterator[Row]:
    """Fold what was not undone into candles, by time and then symbol; trades' times never fall."""
    burning: dict[tuple[Symbol, Grid], Candle] = {}
    start = Nanos(0)
    for fill, is_busted in trades:
        if is_busted:
            continue
        begun = start_of(fill.at, interval.nanos)
        if begun != start:
            yield from _burnt(burning)
            burning, start = {}, begun
        place = fill.symbol, grid_of(fill)
        traded = Print(fill.at, fill.price, fill.quantity)
        burning[place] = after(burning.get(place), traded, interval.nanos)
    yield from _burnt(burning)


def _burnt(burning: dict[tuple[Symbol, Grid], Candle]) -> Iterator[Row]:
    for (symbol, grid), candle in sorted(burning.items(), key=lambda item: item[0][0]):
        prices = (candle.open, candle.high, candle.low, candle.close)
        yield (
            symbol,
            time_text(candle.start),
            *(price_text(grid, price) for price in prices),
            quantity_text(grid, candle.volume),
            candle.trades,
        )
