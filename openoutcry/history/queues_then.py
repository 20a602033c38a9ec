"""A book's queues as they were after a sequence: the nearest image, and the steps after it."""

from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, insert, select

from openoutcry.history.tables import QUEUE_IMAGES, QUEUE_STEPS
from openoutcry.marketdata.queue_change import Shown
from openoutcry.model.units import Lots, OrderId, Sequence, Symbol, Ticks

Step = tuple[int, int, int, int]
"""Sequence, order, price (negative for a sell; 0: where it is already), and what is shown."""
Standing = dict[int, tuple[int, int]]
"""What rests, in order of arrival: price (negative for a sell) and what is shown, by order."""
_STEPS: Final = msgspec.json.Decoder(list[Step])
_IMAGE: Final = msgspec.json.Decoder(list[tuple[int, int, int]])
PAGE: Final = 200
"""Rows of steps that are read at a time."""


class Queues(NamedTuple):
    """Both sides, best price first, the next in line first."""

    bids: list[Shown]
    asks: list[Shown]


class Folded(NamedTuple):
    """A book, and how far from its image it is."""

    standing: Standing
    steps: int
    """Taken since the image."""
    last: int
    """The sequence of the last step, or of the image."""


def fold(standing: Standing, steps: list[Step], at: int) -> int:
    """Take steps up to a sequence; return how many."""
    taken = 0
    for sequence, order_id, price, shown in steps:
        if sequence > at:
            break
        taken += 1
        if price:
            standing.pop(order_id, None)  # It joins the tail, wherever it was.
            standing[order_id] = (price, shown)
        elif shown:
            standing[order_id] = (standing[order_id][0], shown)
        else:
            standing.pop(order_id, None)
    return taken


def folded(connection: Connection, symbol: Symbol, at: int, steps_max: int | None = None) -> Folded:
    """Return a book after a sequence, or after not many more steps than `steps_max`."""
    images, columns = QUEUE_IMAGES.c, QUEUE_STEPS.c
    nearest = select(images.sequence, images.body).where(
        images.symbol == symbol, images.sequence <= at
    )
    image = connection.execute(nearest.order_by(images.sequence.desc()).limit(1)).first()
    standing: Standing = {}
    last = 0
    if image is not None:
        last = image.sequence
        standing = {
            order_id: (price, shown) for order_id, price, shown in _IMAGE.decode(image.body)
        }
    taken = 0
    while True:
        rows = select(columns.last, columns.body).where(
            columns.symbol == symbol, columns.first > last, columns.first <= at
        )
        page = connection.execute(rows.order_by(columns.first).limit(PAGE)).all()
        for row in page:
            taken += fold(standing, _STEPS.decode(row.body), at)
            last = row.last
            if steps_max is not None and taken >= steps_max:
                return Folded(standing, taken, last)
        if len(page) < PAGE:
            return Folded(standing, taken, last)


def write_image(connection: Connection, symbol: Symbol, found: Folded) -> None:
    """Keep a book as it was at the end of a batch."""
    body = msgspec.json.encode([(order_id, *one) for order_id, one in found.standing.items()])
    row = {"symbol": symbol, "sequence": found.last, "body": body.decode()}
    connection.execute(insert(QUEUE_IMAGES).values(row))


def queues_then(connection: Connection, symbol: Symbol, at: Sequence) -> Queues:
    """Return every order that rested after a sequence."""
    bids: dict[int, list[Shown]] = {}
    asks: dict[int, list[Shown]] = {}
    for order_id, (price, shown) in folded(connection, symbol, at).standing.items():
        side = bids if price > 0 else asks
        one = Shown(Ticks(abs(price)), Lots(shown), OrderId(order_id))
        side.setdefault(abs(price), []).append(one)
    return Queues(
        [one for price in sorted(bids, reverse=True) for one in bids[price]],
        [one for price in sorted(asks) for one in asks[price]],
    )
