"""What a list may be asked for: filters, limit and cursor out of a query string."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, NamedTuple, TypeVar

from openoutcry.gateway.bodies import choice_of, shown, symbol
from openoutcry.gateway.problems import Problem
from openoutcry.history.pages import Series, position_of
from openoutcry.history.queries import OrderFilter
from openoutcry.model.order import LIVE, OrderStatus, Side
from openoutcry.model.units import Symbol
from openoutcry.wire.times import nanos_of

T = TypeVar("T")
LIMIT_DEFAULT: Final = 100
LIMIT_MAX: Final = 500
_LIVE: Final = tuple(status for status in OrderStatus if status in LIVE)
_CLOSED: Final = tuple(status for status in OrderStatus if status not in LIVE)
_STATUSES: Final[dict[str, tuple[OrderStatus, ...] | None]] = {
    "open": _LIVE,
    "closed": _CLOSED,
    "all": None,
}


class OrderList(NamedTuple):
    """A page of orders that was asked for."""

    chosen: OrderFilter
    limit: int
    cursor: str | None


class PlainList(NamedTuple):
    """A page of a list without filters."""

    limit: int
    cursor: str | None


def order_list(query: Mapping[str, str]) -> OrderList:
    """Read the query of `GET /orders`."""
    read = read_query(
        query,
        {
            "status": _status,
            "symbol": symbol,
            "side": choice_of(*Side),
            "after": nanos_of,
            "until": nanos_of,
            "limit": page_limit,
            "cursor": str,
        },
    )
    chosen = OrderFilter(
        statuses=_STATUSES[read.get("status", "open")],
        symbol=read.get("symbol"),
        side=read.get("side"),
        created_from=read.get("after"),
        created_until=read.get("until"),
    )
    return OrderList(chosen, read.get("limit", LIMIT_DEFAULT), read.get("cursor"))


def plain_list(query: Mapping[str, str]) -> PlainList:
    """Read the query of a list that has a limit and a cursor."""
    read = read_query(query, {"limit": page_limit, "cursor": str})
    return PlainList(read.get("limit", LIMIT_DEFAULT), read.get("cursor"))


class CancelFilter(NamedTuple):
    """Which of an account's orders are to be canceled; None does not choose."""

    symbol: Symbol | None
    side: Side | None


def cancel_filter(query: Mapping[str, str]) -> CancelFilter:
    """Read the query of `DELETE /orders`."""
    read = read_query(query, {"symbol": symbol, "side": choice_of(*Side)})
    return CancelFilter(read.get("symbol"), read.get("side"))


def read_query(
    query: Mapping[str, str], readers: Mapping[str, Callable[[str], Any]]
) -> dict[str, Any]:
    """Return the read parameters; 400 names one that is unknown or makes no sense."""
    unknown = [name for name in query if name not in readers]
    if unknown:
        allowed = ", ".join(readers)
        detail = f"unknown parameter: {', '.join(map(shown, unknown))}; this call takes {allowed}"
        raise Problem(400, "unknown_property", detail)
    read: dict[str, Any] = {}
    for name, text in query.items():
        try:
            read[name] = readers[name](text)
        except ValueError as expected:
            detail = f"{name} {expected}; found {shown(text)}"
            raise Problem(400, "invalid_value", detail) from None
    return read


def position_in(series: Series, cursor: str | None) -> int | None:
    """Return where a cursor goes on, None for the first page; 400 for one of another list."""
    if cursor is None:
        return None
    position = position_of(series, cursor)
    if position is None:
        detail = f"cursor is one that a page of {series.value} gave as next"
        raise Problem(400, "invalid_value", detail)
    return position


class PageOf(NamedTuple, Generic[T]):
    """A page of a list that is in memory, in its own order."""

    items: list[T]
    next: str | None


def page_of_all(everything: list[T], name_of: Callable[[T], str], asked: PlainList) -> PageOf[T]:
    """Return the page that begins after the item which the cursor names."""
    start = 0
    if asked.cursor is not None:
        places = {name_of(item): place for place, item in enumerate(everything)}
        if asked.cursor not in places:
            raise Problem(400, "invalid_value", "cursor is one that a page gave as next")
        start = places[asked.cursor] + 1
    items = everything[start : start + asked.limit]
    more = start + asked.limit < len(everything)
    return PageOf(items, name_of(items[-1]) if more else None)


def _status(text: str) -> str:
    if text not in _STATUSES:
        message = f"is one of {', '.join(_STATUSES)}"
        raise ValueError(message)
    return text


def page_limit(text: str) -> int:
    """Read how many items a page may have."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:10]) <= LIMIT_MAX):
        message = f"is a whole number from 1 to {LIMIT_MAX}"
        raise ValueError(message)
    return int(text)
