"""The channel `orders`: level 3, every order that the book shows, in queue order."""

from openoutcry.engine.engine import Engine
from openoutcry.marketdata.order_queue import OrderQueue
from openoutcry.marketdata.queue_change import QueueChange, Shown
from openoutcry.marketdata.queue_changes import change_of
from openoutcry.model.events import InstrumentChanged
from openoutcry.model.instrument import Grid
from openoutcry.model.units import Symbol
from openoutcry.streams.feeds.said import Said, encode
from openoutcry.streams.feeds.teller import SILENT, Heard, Kept
from openoutcry.wire.prices import price_text, quantity_text
from openoutcry.wire.stream import Queued, QueueSnapshot, QueueUpdate

CHANNEL = "orders"


class OrdersTeller(Kept):
    """The queues of one book. `book` and `ticker` are made of them, too."""

    def __init__(self, symbol: Symbol, grid: Grid) -> None:
        self.symbol = symbol
        self.grid = grid
        """What an empty book is counted by."""
        self.queue: OrderQueue | None = None

    def speaks(self, heard: Heard) -> bool:
        """Say whether an event changes the queues."""
        return change_of(heard.event, heard.following) is not None

    def update(self, said: Said, heard: Heard, *, is_heard: bool) -> bytes | None:
        """Tell one change."""
        queue, event = self.queue, heard.event
        assert queue is not None, "it has been loaded"
        if isinstance(event, InstrumentChanged):
            queue.grid = event.instrument.grid  # Another one only where nothing rests.
            return None
        change = change_of(event, heard.following)
        if change is None:
            return None
        queue.apply(change)
        return queue_update(said, change, queue.checksum()) if is_heard else SILENT

    def picture(self, engine: Engine) -> OrderQueue:
        """Return the queues as they are now."""
        instrument = engine.instrument(self.symbol)
        grid = self.grid if instrument is None else instrument.grid
        return OrderQueue(grid, *engine.queue(self.symbol))

    def load(self, picture: OrderQueue, past: None) -> None:  # noqa: ARG002
        """Take over the queues."""
        self.queue = picture

    def snapshot(self, said: Said, picture: None, past: None) -> bytes:  # noqa: ARG002
        """Return every order."""
        assert self.queue is not None, "it has been loaded"
        return queue_snapshot(said, self.symbol, self.queue)


def queue_update(said: Said, change: QueueChange, checksum: int) -> bytes:
    """Return what a change of the queue is told with; the checksum is of the book after it."""
    grid = change.grid
    return encode(
        QueueUpdate(
            **said.heading(),
            channel=CHANNEL,
            symbol=change.symbol,
            action=change.action.value,
            side=change.side.value,
            order_id=change.order_id,
            price=price_text(grid, change.price),
            quantity=quantity_text(grid, change.quantity),
            trade_id=change.trade_id,
            checksum=checksum,
        )
    )


def queue_snapshot(said: Said, symbol: Symbol, queue: OrderQueue) -> bytes:
    """Return every order of a book."""
    bids, asks = queue.queues()
    return encode(
        QueueSnapshot(
            **said.heading(),
            channel=CHANNEL,
            symbol=symbol,
            bids=_shown(queue.grid, bids),
            asks=_shown(queue.grid, asks),
            checksum=queue.checksum(),
        )
    )


def _shown(grid: Grid, orders: list[Shown]) -> list[Queued]:
    return [
        (price_text(grid, price), quantity_text(grid, quantity), order_id)
        for price, quantity, order_id in orders
    ]
