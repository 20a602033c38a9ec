"""The channel `book`: level 2, the best levels of a book, conflated by the tick."""

from openoutcry.marketdata.depth import Level, changed, depth_checksum
from openoutcry.marketdata.order_queue import Depth
from openoutcry.model.instrument import Grid
from openoutcry.model.units import Symbol
from openoutcry.streams.feeds.said import Said, encode
from openoutcry.wire import stream as wire
from openoutcry.wire.prices import price_text, quantity_text

CHANNEL = "book"


def book_snapshot(said: Said, symbol: Symbol, grid: Grid, levels: int, depth: Depth) -> bytes:
    """Return the best levels of a book."""
    bids, asks = depth
    return encode(
        wire.BookSnapshot(
            **said.heading(),
            channel=CHANNEL,
            symbol=symbol,
            depth=levels,
            bids=_shown(grid, list(bids.items())),
            asks=_shown(grid, list(asks.items())),
            checksum=depth_checksum(grid, depth),
        )
    )


def book_update(
    said: Said, symbol: Symbol, grid: Grid, levels: int, depths: tuple[Depth, Depth]
) -> bytes | None:
    """Return the levels that differ between two moments; None if none does."""
    before, now = depths
    bids, asks = changed(before, now, levels)
    if not bids and not asks:
        return None
    return encode(
        wire.BookUpdate(
            **said.heading(),
            channel=CHANNEL,
            symbol=symbol,
            depth=levels,
            bids=_shown(grid, bids),
            asks=_shown(grid, asks),
            checksum=depth_checksum(grid, now),
        )
    )


def _shown(grid: Grid, levels: list[Level]) -> list[wire.Level]:
    return [(price_text(grid, price), quantity_text(grid, quantity)) for price, quantity in levels]
