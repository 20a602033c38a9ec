"""Pages of the lists that run from the newest to the oldest, and the cursors between them."""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import Enum
from typing import Final, Generic, NamedTuple, TypeVar

from openoutcry.model.units import Sequence

T = TypeVar("T")
CURSOR_MAX: Final = 64
"""Longest cursor that is looked at."""
_PLAIN: Final = re.compile(r"([a-z]+) ([0-9]{1,18})", re.ASCII)


class Series(Enum):
    """What a cursor runs through; a cursor of one series means nothing in another."""

    ORDERS = "orders"
    FILLS = "fills"
    POSTINGS = "postings"
    TRADES = "trades"
    PREVENTED = "prevented"
    EVENTS = "events"
    CANDLES = "candles"
    EQUITY = "equity"


class Page(NamedTuple, Generic[T]):
    """Some items of a list, newest first."""

    items: list[T]
    next: str | None
    """The cursor of the page after it; None on the last."""
    reached: Sequence
    """The sequence at which the page is exact."""


def cursor_of(series: Series, position: int) -> str:
    """Return the opaque text that a participant hands back to go on below `position`."""
    return urlsafe_b64encode(f"{series.value} {position}".encode()).decode().rstrip("=")


def position_of(series: Series, cursor: str) -> int | None:
    """Return the position that a cursor goes on below, or None if it is no cursor of the series."""
    if len(cursor) > CURSOR_MAX or not cursor.isascii():
        return None
    try:
        plain = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    found = _PLAIN.fullmatch(plain)
    if found is None or found[1] != series.value:
        return None
    position = int(found[2])
    return position if cursor_of(series, position) == cursor else None


def page_of(series: Series, found: list[tuple[int, T]], limit: int, reached: Sequence) -> Page[T]:
    """Return a page of at most `limit` items out of (position, item), of which one may be more."""
    items = [item for _, item in found[:limit]]
    more = len(found) > limit
    return Page(items, cursor_of(series, found[limit - 1][0]) if more else None, reached)
