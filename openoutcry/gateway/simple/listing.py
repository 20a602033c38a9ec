"""The list of a caller's simple orders: exact while it is short, streamed in pages when it is long.

A list of up to `EXACT_MAX` orders is read in one transaction of history, so it is the state at
its `X-Sequence`. A longer one goes out in pages, each read after the one before was taken by the
client: a million orders cost the memory of a page, nothing pins the database, and `X-Sequence` is
a lower bound.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from openoutcry.gateway.guard import Caller
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.replies import JSON
from openoutcry.gateway.simple.order import STATUSES, SimpleStatus, encode, simple_order
from openoutcry.gateway.simple.parse import order_id_of, shown
from openoutcry.gateway.simple.reply import Reply, sequence_header
from openoutcry.gateway.venue import Venue
from openoutcry.history.history import History
from openoutcry.model.account import Permission
from openoutcry.model.order import Door, OrderStatus
from openoutcry.model.units import AccountId, OrderId

EXACT_MAX: Final = 10_000
"""Longest list that is the state at one sequence."""
PAGE: Final = 1_000
"""Orders in a page of a longer one."""
PAUSE_S: Final = 0.008
"""Between two pages, for those who trade."""
LIMIT_MAX: Final = 1_000
_LIMIT: Final = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_PARAMETERS: Final = ("status", "limit", "after")
_NO_ORDER: Final = OrderId(0)


class Selection(NamedTuple):
    """Which orders are wanted."""

    statuses: tuple[OrderStatus, ...] | None = None
    limit: int | None = None
    after: OrderId = _NO_ORDER


class Part(NamedTuple):
    """Some orders in a row, encoded, and where to go on."""

    items: bytes
    length: int
    last: OrderId


def selection_of(query: bytes) -> Selection:
    """Return what a query string selects, or raise the first of its faults."""
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise Problem(400, "invalid_value", "the query is not valid UTF-8") from None
    names = [name for name, _ in pairs]
    for name in names:
        if name not in _PARAMETERS:
            expected = f"a list takes {', '.join(_PARAMETERS)}"
            raise Problem(400, "unknown_property", f"unknown parameter: {shown(name)}; {expected}")
        if names.count(name) > 1:
            raise Problem(400, "repeated_property", f"repeated parameter: {name}")
    return selection(dict(pairs))


def selection(members: dict[str, str]) -> Selection:
    """Return what known parameters select, or raise a problem for a bad value."""
    chosen = Selection()
    if (status := members.get("status")) is not None:
        if status not in SimpleStatus.__members__:
            expected = ", ".join(SimpleStatus.__members__)
            raise Problem(400, "invalid_value", f"status must be one of {expected}")
        chosen = chosen._replace(statuses=STATUSES[SimpleStatus[status]])
    if (limit := members.get("limit")) is not None:
        if not _LIMIT.fullmatch(limit) or int(limit) > LIMIT_MAX:
            raise Problem(400, "invalid_value", f"limit must be an integer from 1 to {LIMIT_MAX}")
        chosen = chosen._replace(limit=int(limit))
    if (after := members.get("after")) is not None:
        order_id = order_id_of(after)
        if order_id is None:
            raise Problem(400, "invalid_value", "after must be an order_id, a positive integer")
        chosen = chosen._replace(after=order_id)
    return chosen


async def listed(venue: Venue, caller: Caller, chosen: Selection) -> Reply:
    """Answer the caller's simple orders, oldest first, as of now or later."""
    caller.demand(Permission.READ)
    moment = venue.sequencer.engine.sequence
    await venue.sequencer.settled(moment)
    await venue.history.caught_up(moment)
    limit = EXACT_MAX + 1 if chosen.limit is None else chosen.limit
    part, reached = await asyncio.to_thread(
        _read_exact, venue.history, caller.account_id, chosen, limit
    )
    headers = [JSON, sequence_header(reached)]
    if part.length <= EXACT_MAX:
        return Reply(200, headers, b"[" + part.items + b"]")
    pages = _pages(venue.history, caller.account_id, chosen._replace(after=part.last))
    return Reply(200, headers, b"[" + part.items, pages)


async def _pages(
    history: History, account_id: AccountId, chosen: Selection
) -> AsyncIterator[bytes]:
    """Yield the rest of a long list, and the bracket that ends it."""
    while True:
        await asyncio.sleep(PAUSE_S)
        part = await asyncio.to_thread(_read, history, account_id, chosen)
        if part.length:
            yield b"," + part.items
        if part.length < PAGE:
            yield b"]"
            return
        chosen = chosen._replace(after=part.last)


def _read_exact(
    history: History, account_id: AccountId, chosen: Selection, limit: int
) -> tuple[Part, int]:
    found, reached = history.shown(
        account_id, Door.SIMPLE, statuses=chosen.statuses, after=chosen.after, limit=limit
    )
    if found.made == found.length:
        last = OrderId(found.last or chosen.after)
        return Part(found.items.encode(), found.length, last), reached
    # Some of them still change, so what they show now is made now.
    reports, reached = history.orders_with_sequence(
        account_id, Door.SIMPLE, statuses=chosen.statuses, after=chosen.after, limit=limit
    )
    items = encode([simple_order(report) for report in reports])[1:-1]
    last = reports[-1].terms.order_id if reports else chosen.after
    return Part(items, len(reports), last), reached


def _read(history: History, account_id: AccountId, chosen: Selection) -> Part:
    part, _ = _read_exact(history, account_id, chosen, PAGE)
    return part
