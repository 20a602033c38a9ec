"""One moment of the past: how an order, an account and a book stood after a sequence.

Rule 1: nothing is executed again. Spans say where it was told last, the journal has the event, and
what the event says is the answer.
Rule 2: work is bounded: a seek for each thing that is asked for, and one batch of the journal at
most for each, because a batch is what a span is precise to.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, Table, select

from openoutcry.history.movements import LEGS, Fill, grid_of
from openoutcry.history.queues_then import Queues, queues_then
from openoutcry.history.tables import (
    FILL_SPANS,
    FILLS,
    HOLDING_SPANS,
    IS_FIRST,
    ORDER_SPANS,
    ORDERS,
    TURNS,
    VERSIONS,
)
from openoutcry.history.trace import Version
from openoutcry.model import events as told
from openoutcry.model.account import Balance, Funds
from openoutcry.model.instrument import Grid, Instrument
from openoutcry.model.order import OrderReport, Side
from openoutcry.model.record import Record
from openoutcry.model.totals import PositionFigures
from openoutcry.model.units import AccountId, Amount, Asset, OrderId, Sequence, Symbol, Ticks

PAGE_RECORDS: Final = 1_000
"""Records of the journal that are read at a time, and the most that an order's beginning is looked
for in: no batch of history is larger."""
_VERSION: Final = msgspec.json.Decoder(Version)
_FILL: Final = msgspec.json.Decoder(Fill)

Read = Callable[[int, int], list[Record]]
"""Returns up to so many records that end after a sequence, in order; blocks."""
T = TypeVar("T")


class Forgotten(Exception):
    """The journal does not go back so far any more; the message says to where."""


class Told(NamedTuple):
    """Where something may have been told last."""

    exactly: int | None
    """At this sequence, if nothing is found after `since`."""
    since: int | None
    """Events from here on may tell of it."""


class OrderSpan(NamedTuple):
    """Where events tell of an order."""

    first: int
    last: int
    is_exact: bool
    """Whether the last one does, for certain."""


class Holding(NamedTuple):
    """What an event told of an asset of an account."""

    sequence: int
    total: int
    held: int


class PositionThen(NamedTuple):
    """A position, and what it was worth a lot."""

    symbol: Symbol
    grid: Grid
    figures: PositionFigures
    mark: Ticks | None


class Moment:
    """What can be asked of one sequence; all of it blocks."""

    def __init__(self, connection: Connection, read: Read, at: Sequence) -> None:
        self._connection = connection
        self._read = read
        self.at = at

    def instrument(self, symbol: Symbol) -> Instrument | None:
        """Return an instrument; None if it was not listed."""
        version = next(self._versions(symbol), None)
        return None if version is None else version.instrument

    def queues(self, symbol: Symbol) -> Queues:
        """Return every order that rested."""
        return queues_then(self._connection, symbol, self.at)

    def order(self, order_id: OrderId) -> OrderReport | None:
        """Return an order; None if it did not exist yet."""
        for span in self._order_spans(order_id):
            where = Told(None, span.first)
            if span.is_exact and span.last <= self.at:
                where = Told(span.last, None)
            found = self._last(where, partial(_order_in, order_id))
            if found is not None:
                return found[1]
        return None

    def is_open(self, account_id: AccountId) -> bool:
        """Say whether an account existed."""
        return self._turn(account_id, newest=False) is not None

    def balances(self, account_id: AccountId) -> list[Balance]:
        """Return what an account had of every asset that was ever told of, by name."""
        found: dict[Asset, Holding] = {}
        for symbol in self._parts(FILL_SPANS, account_id):
            traded = self._last(
                self._told(FILL_SPANS, account_id, symbol),
                partial(_funds_in, account_id, symbol),
            )
            if traded is not None:
                sequence, (grid, funds) = traded
                _keep(found, grid.asset, Holding(sequence, funds.asset, funds.asset_held))
                _keep(found, grid.currency, Holding(sequence, funds.currency, funds.currency_held))
        for asset in self._parts(HOLDING_SPANS, account_id):
            moved = self._last(
                self._told(HOLDING_SPANS, account_id, asset),
                partial(_holding_in, account_id, Asset(asset)),
            )
            if moved is not None:
                sequence, (total, held) = moved
                _keep(found, Asset(asset), Holding(sequence, total, held))
        return [
            Balance(asset=asset, total=Amount(one.total), held=Amount(one.held))
            for asset, one in sorted(found.items())
        ]

    def positions(self, account_id: AccountId) -> list[PositionThen]:
        """Return the positions of an account since it began, or began anew, by symbol."""
        since = self._turn(account_id, newest=True) or 0
        found: list[PositionThen] = []
        for name in self._parts(FILL_SPANS, account_id):
            symbol = Symbol(name)
            traded = self._last(
                self._told(FILL_SPANS, account_id, symbol),
                partial(_position_in, account_id, symbol),
            )
            if traded is not None and traded[0] > since:
                grid, figures = traded[1]
                found.append(PositionThen(symbol, grid, figures, self.mark(symbol, grid)))
        return found

    def mark(self, symbol: Symbol, grid: Grid) -> Ticks | None:
        """Return the last trade's price; None where none was on the grid since the listing."""
        since = None
        for version in self._versions(symbol):
            if version.instrument is None or version.instrument.grid != grid:
                break
            since = version.sequence
        if since is None:
            return None
        query = select(FILLS.c.body).where(
            FILLS.c.symbol == symbol,
            IS_FIRST,
            FILLS.c.fill_id > since * LEGS,
            FILLS.c.fill_id < (self.at + 1) * LEGS,
        )
        last = query.order_by(FILLS.c.fill_id.desc()).limit(1)
        body = self._connection.execute(last).scalar_one_or_none()
        if body is None:
            return None
        fill = _FILL.decode(body)
        return fill.price if grid_of(fill) == grid else None

    def events_of(self, order_id: OrderId, limit: int) -> list[tuple[Record, int]]:
        """Return the last events of an order, the newest first: each record, and the place in it.

        What the journal does not have any more is left out.
        """
        found: list[tuple[Record, int]] = []
        for span in self._order_spans(order_id):
            here: list[tuple[Record, int]] = []
            try:
                for record in self._records(span.first, min(span.last, self.at)):
                    here += [
                        (record, place)
                        for place, event in enumerate(record.events)
                        if record.first + place <= self.at
                        and _order_in(order_id, event) is not None
                    ]
            except Forgotten:
                break
            found += reversed(here)
            if len(found) >= limit:
                break
        return found[:limit]

    # Where things were told.

    def _order_spans(self, order_id: OrderId) -> Iterator[OrderSpan]:
        """Yield where events tell of an order, up to here, the latest first."""
        columns, spans = ORDERS.c, ORDER_SPANS.c
        query = select(columns.first, columns.sequence).where(columns.order_id == order_id)
        row = self._connection.execute(query).first()
        if row is None or row.first > self.at:
            return
        began, following = row.first, None
        later = select(spans.first, spans.last).where(spans.order_id == order_id)
        for span in self._connection.execute(later.order_by(spans.first.desc())).all():
            if span.first <= self.at:
                yield OrderSpan(max(began, span.first), span.last, is_exact=True)
            following = span.first
        if following is None:
            yield OrderSpan(began, row.sequence, is_exact=True)
        elif following > began:
            # It ended in the batch in which it began, and something came of it afterwards.
            yield OrderSpan(began, following - 1, is_exact=False)

    def _told(self, table: Table, account_id: AccountId, part: str) -> Told | None:
        columns = table.c
        name = columns[table.primary_key.columns.keys()[1]]
        query = select(columns.first, columns.last).where(
            columns.account_id == account_id, name == part, columns.first <= self.at
        )
        rows = self._connection.execute(query.order_by(columns.first.desc()).limit(2)).all()
        if not rows:
            return None
        if rows[0].last <= self.at:
            return Told(rows[0].last, None)
        return Told(rows[1].last if len(rows) > 1 else None, rows[0].first)

    def _parts(self, table: Table, account_id: AccountId) -> Iterator[str]:
        """Yield the assets or symbols of an account, by name: one seek for each."""
        columns = table.c
        name = columns[table.primary_key.columns.keys()[1]]
        part = ""
        while True:
            query = select(name).where(columns.account_id == account_id, name > part)
            found = self._connection.execute(query.order_by(name).limit(1)).scalar_one_or_none()
            if found is None:
                return
            yield (part := found)

    def _turn(self, account_id: AccountId, *, newest: bool) -> int | None:
        columns = TURNS.c
        order = columns.sequence.desc() if newest else columns.sequence
        query = select(columns.sequence).where(
            columns.account_id == account_id, columns.sequence <= self.at
        )
        return self._connection.execute(query.order_by(order).limit(1)).scalar_one_or_none()

    def _versions(self, symbol: Symbol) -> Iterator[Version]:
        """Yield an instrument's versions up to here, the newest first."""
        columns = VERSIONS.c
        query = select(columns.body).where(columns.symbol == symbol, columns.sequence <= self.at)
        rows = self._connection.execute(query.order_by(columns.sequence.desc()))
        with rows:
            for body in rows.scalars():
                yield _VERSION.decode(body)

    # What was told.

    def _last(
        self, where: Told | None, find: Callable[[told.Event], T | None]
    ) -> tuple[int, T] | None:
        """Return the last event up to here in which something is found, and what."""
        if where is None:
            return None
        found: tuple[int, T] | None = None
        if where.since is not None:
            for record in self._records(where.since, self.at):
                found = _last_in(record, self.at, find) or found
        if found is None and where.exactly is not None:
            (record,) = self._records(where.exactly, where.exactly)
            found = _last_in(record, self.at, find)
        return found

    def _records(self, first: int, last: int) -> Iterator[Record]:
        """Yield records between two sequences, no more than a batch may have.

        Raise Forgotten where the first of them is gone.
        """
        size = 1 if first == last else PAGE_RECORDS
        page = self._read(first - 1, size)
        if not page or page[0].first > first:
            begins = page[0].first if page else "a later one"
            raise Forgotten(f"the journal begins at sequence {begins}")
        for record in page:
            if record.first > last:
                return
            yield record


def _last_in(
    record: Record, at: int, find: Callable[[told.Event], T | None]
) -> tuple[int, T] | None:
    for place in range(min(len(record.events), at - record.first + 1) - 1, -1, -1):
        found = find(record.events[place])
        if found is not None:
            return record.first + place, found
    return None


def _keep(found: dict[Asset, Holding], asset: Asset, holding: Holding) -> None:
    known = found.get(asset)
    if known is None or known.sequence < holding.sequence:
        found[asset] = holding


def _order_in(order_id: OrderId, event: told.Event) -> OrderReport | None:
    if isinstance(event, told.OrderExecuted | told.TradeBusted):
        for report in (event.taker, event.maker):
            if report.terms.order_id == order_id:
                return report
        return None
    found: OrderReport | None = getattr(event, "order", None)
    return found if found is not None and found.terms.order_id == order_id else None


def _funds_in(account_id: AccountId, symbol: str, event: told.Event) -> tuple[Grid, Funds] | None:
    if isinstance(event, told.OrderExecuted) and event.symbol == symbol:
        for report, funds in ((event.maker, event.maker_funds), (event.taker, event.taker_funds)):
            if report.terms.account_id == account_id:
                return report.terms.grid, funds
    return None


def _position_in(
    account_id: AccountId, symbol: Symbol, event: told.Event
) -> tuple[Grid, PositionFigures] | None:
    sides: tuple[tuple[OrderReport, PositionFigures | None], ...] = ()
    if isinstance(event, told.OrderExecuted) and event.symbol == symbol:
        sides = (
            (event.maker, event.maker_funds.position),
            (event.taker, event.taker_funds.position),
        )
    elif isinstance(event, told.TradeBusted) and event.symbol == symbol:
        sides = ((event.maker, event.maker_position), (event.taker, event.taker_position))
    for report, figures in sides:
        if report.terms.account_id == account_id and figures is not None:
            return report.terms.grid, figures
    return None


def _holding_in(account_id: AccountId, asset: Asset, event: told.Event) -> tuple[int, int] | None:
    if isinstance(event, told.FundsMoved):
        if event.asset != asset:
            return None
        if event.account_id == account_id:
            return event.balance, event.held
        if event.counter_account_id == account_id:
            return event.counter_balance, event.counter_held
        return None
    report: OrderReport | None = getattr(event, "order", None)
    if report is None or report.holding is None or report.terms.account_id != account_id:
        return None
    grid = report.terms.grid
    held = grid.currency if report.terms.side is Side.BUY else grid.asset
    return (report.holding.total, report.holding.held) if held == asset else None
