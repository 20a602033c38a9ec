"""Time travel: a book, an order, balances and positions as they were after a sequence.

Rule: what is answered is what was told at that time, read from history and the journal. What did
not exist yet is not there; a sequence that the venue has not reached is a fault of the request.
"""

import time
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from openoutcry.gateway.bodies import shown
from openoutcry.gateway.native import account_rendering, rendering
from openoutcry.gateway.native.calls import Answer, Call, answer
from openoutcry.gateway.native.looking_back import look_back
from openoutcry.gateway.native.orders import own_order
from openoutcry.gateway.native.paging import read_query
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.venue import Venue
from openoutcry.history.moment import Forgotten, Moment, PositionThen
from openoutcry.history.queues_then import Queues
from openoutcry.marketdata.queue_change import Shown
from openoutcry.model.account import Balance, Permission
from openoutcry.model.instrument import Grid
from openoutcry.model.units import Lots, OrderId, Sequence, Symbol, Ticks
from openoutcry.wire import accounts as wire_accounts
from openoutcry.wire import market as wire
from openoutcry.wire.prices import price_text, quantity_text

NAME: Final = "as_of"
DIGITS_MAX: Final = 18
_QUEUE: Final = 3
T = TypeVar("T")


def moment_in(venue: Venue, query: Mapping[str, str]) -> Sequence | None:
    """Return the sequence that a query asks about, None for now; it has no other parameter."""
    text: str | None = read_query(query, {NAME: str}).get(NAME)
    return None if text is None else sequence_of(venue, text)


def sequence_of(venue: Venue, text: str) -> Sequence:
    """Read a sequence of the past; 400 for one that is ahead of the venue, or none."""
    durable = venue.sequencer.durable
    is_number = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    if not is_number or int(text) > durable:
        detail = f"{NAME} is a sequence from 0 to {durable}, where the venue is"
        raise Problem(400, "invalid_value", f"{detail}; found {shown(text)}")
    return Sequence(int(text))


async def order(venue: Venue, call: Call, order_id: OrderId, at: Sequence) -> Answer:
    """Answer with an order of the account as it was."""
    call.caller.demand(Permission.READ)
    await own_order(venue, call, order_id)
    found = await ask(venue, at, lambda moment: moment.order(order_id))
    if found is None:
        raise Problem(404, "unknown_order", f"the order did not exist at sequence {at}")
    return answer(200, rendering.order(found), at)


async def balances(venue: Venue, call: Call, at: Sequence) -> Answer:
    """Answer with what the account had of every asset."""
    call.caller.demand(Permission.READ)

    def find(moment: Moment) -> list[Balance] | None:
        return moment.balances(call.account_id) if moment.is_open(call.account_id) else None

    found = await ask(venue, at, find)
    if found is None:
        raise _no_account(at)
    return answer(200, [account_rendering.balance(one) for one in found], at)


async def positions(venue: Venue, call: Call, at: Sequence) -> Answer:
    """Answer with every position of the account, marked at the last trade before."""
    return answer(200, await _positions(venue, call, at), at)


async def position(venue: Venue, call: Call, symbol: str, at: Sequence) -> Answer:
    """Answer with the position in one symbol."""
    for held in await _positions(venue, call, at):
        if held.symbol == symbol:
            return answer(200, held, at)
    raise Problem(404, "not_found", f"the account had not traded this symbol at sequence {at}")


async def _positions(venue: Venue, call: Call, at: Sequence) -> list[wire_accounts.Position]:
    call.caller.demand(Permission.READ)

    def find(moment: Moment) -> list[PositionThen] | None:
        return moment.positions(call.account_id) if moment.is_open(call.account_id) else None

    found = await ask(venue, at, find)
    if found is None:
        raise _no_account(at)
    return [
        account_rendering.position(
            one.symbol,
            one.grid,
            one.mark,
            (one.figures.quantity, one.figures.cost, one.figures.realized),
        )
        for one in found
    ]


async def book(
    venue: Venue, symbol: Symbol, at: Sequence, level: int, levels: int
) -> wire.Book | wire.Queue:
    """Return a book as it was: the best levels, or with level 3 the orders at them."""
    venue.attention.touch(symbol, time.monotonic())

    def find(moment: Moment) -> tuple[Grid, Queues] | None:
        listed = moment.instrument(symbol)
        return None if listed is None else (listed.grid, moment.queues(symbol))

    found = await ask(venue, at, find)
    if found is None:
        detail = f"no such instrument was listed here at sequence {at}"
        raise Problem(404, "unknown_instrument", detail)
    grid, (bids, asks) = found
    if level == _QUEUE:
        return wire.Queue(symbol, at, _queue(grid, bids, levels), _queue(grid, asks, levels))
    levels = 1 if level == 1 else levels
    return wire.Book(symbol, at, _depth(grid, bids, levels), _depth(grid, asks, levels))


def _best(orders: list[Shown], levels: int) -> dict[Ticks, list[Shown]]:
    """Return the orders at the best prices; they come in that order."""
    found: dict[Ticks, list[Shown]] = {}
    for one in orders:
        if one.price not in found and len(found) == levels:
            break
        found.setdefault(one.price, []).append(one)
    return found


def _depth(grid: Grid, orders: list[Shown], levels: int) -> list[tuple[str, str]]:
    return [
        (price_text(grid, price), quantity_text(grid, Lots(sum(one.quantity for one in queue))))
        for price, queue in _best(orders, levels).items()
    ]


def _queue(grid: Grid, orders: list[Shown], levels: int) -> list[tuple[str, str, int]]:
    return [
        (price_text(grid, one.price), quantity_text(grid, one.quantity), int(one.order_id))
        for queue in _best(orders, levels).values()
        for one in queue
    ]


async def ask(venue: Venue, at: Sequence, find: Callable[[Moment], T]) -> T:
    """Ask a moment of the past; 404 where the journal does not go back so far."""
    try:
        return await look_back(venue, at, find)
    except Forgotten as gone:
        raise Problem(404, "not_found", f"too long ago: {gone}") from None


def _no_account(at: Sequence) -> Problem:
    return Problem(404, "unknown_account", f"the account did not exist at sequence {at}")
