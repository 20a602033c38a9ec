"""The questions that history answers, each a short indexed look-up on a connection it is given.

Rule: nothing here reads more than one page. Who wants a long list asks again from where it ended.
"""

from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, Select, Table, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from openoutcry.history.movements import (
    LEGS,
    PARTS_MAX,
    Fill,
    Liquidity,
    Posting,
    Transfer,
    grid_of,
    postings_of,
)
from openoutcry.history.prevented import Prevented
from openoutcry.history.projection import Request
from openoutcry.history.tables import (
    BUSTS,
    CLIENT_ORDER_IDS,
    FILLS,
    IS_FIRST,
    MARKS,
    ORDERS,
    PREVENTED,
    PROGRESS,
    REQUESTS,
    TRANSFERS,
)
from openoutcry.marketdata.tape import Trade
from openoutcry.model.order import Door, OrderReport, OrderStatus, Side
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId, ClientOrderId, Nanos, OrderId, Sequence, Symbol

_Query = TypeVar("_Query", bound=Select[Any])
_REPORT: Final = msgspec.json.Decoder(OrderReport)
_REQUEST: Final = msgspec.json.Decoder(Request)
_FILL: Final = msgspec.json.Decoder(Fill)
_TRANSFER: Final = msgspec.json.Decoder(Transfer)
_PREVENTED: Final = msgspec.json.Decoder(Prevented)


class OrderFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders of an account a list shows; None does not choose."""

    door: Door | None = None
    statuses: tuple[OrderStatus, ...] | None = None
    symbol: Symbol | None = None
    side: Side | None = None
    created_from: Nanos | None = None
    """At this moment or later."""
    created_until: Nanos | None = None
    """At this moment or earlier."""


EVERY_ORDER: Final = OrderFilter()


def reached(connection: Connection) -> Sequence:
    """Return the sequence that this transaction's view of history is complete up to."""
    return Sequence(connection.execute(select(PROGRESS.c.reached)).scalar_one())


def order(connection: Connection, order_id: OrderId) -> OrderReport | None:
    """Return an order by its id."""
    return _report(connection, select(ORDERS.c.body).where(ORDERS.c.order_id == order_id))


def order_by_client_id(
    connection: Connection, account_id: AccountId, client_order_id: ClientOrderId
) -> OrderReport | None:
    """Return the order that an account calls, or called, so."""
    names = CLIENT_ORDER_IDS.c
    query = (
        select(ORDERS.c.body)
        .join_from(CLIENT_ORDER_IDS, ORDERS, names.order_id == ORDERS.c.order_id)
        .where(names.account_id == account_id, names.client_order_id == client_order_id)
    )
    return _report(connection, query)


def request(connection: Connection, key: str) -> Record | None:
    """Return the record that the request with a key became."""
    body = connection.execute(select(REQUESTS.c.body).where(REQUESTS.c.key == key)).scalar()
    return None if body is None else _REQUEST.decode(body).record


def request_keys(connection: Connection, after: str, limit: int) -> list[str]:
    """Return keys of requests in order, beyond one."""
    query = select(REQUESTS.c.key).where(REQUESTS.c.key > after)
    return list(connection.execute(query.order_by(REQUESTS.c.key).limit(limit)).scalars())


def orders_after(
    connection: Connection, account_id: AccountId, chosen: OrderFilter, after: int, limit: int
) -> list[OrderReport]:
    """Return orders with a greater id than `after`, ascending."""
    query = _orders(account_id, chosen).where(ORDERS.c.order_id > after)
    return _reports(connection, query.order_by(ORDERS.c.order_id).limit(limit))


class Shown(NamedTuple):
    """A part of a list, put together by the database."""

    items: str
    """What is shown of each, joined by commas."""
    length: int
    made: int
    """How many of them have been made beforehand; `items` holds no others."""
    last: int
    """The id of the last; 0 when there is none."""


def shown_after(
    connection: Connection, account_id: AccountId, chosen: OrderFilter, after: int, limit: int
) -> Shown:
    """Return what a list shows of orders with a greater id than `after`, ascending, as one text."""
    columns = ORDERS.c
    rows = _chosen(select(columns.order_id, columns.shown), account_id, chosen)
    rows = rows.where(columns.order_id > after).order_by(columns.order_id).limit(limit)
    page = rows.subquery()
    if connection.dialect.name == "sqlite":
        # In the order of the subquery; SQLite before 3.44 has no other way to say it.
        joined = func.group_concat(page.c.shown, ",")
    else:
        joined = func.string_agg(page.c.shown, aggregate_order_by(literal(","), page.c.order_id))
    made = func.count(page.c.shown)
    query = select(joined, func.count(), made, func.max(page.c.order_id))
    items, length, count, last = connection.execute(query).one()
    return Shown(items or "", length, count, last or 0)


def orders_before(
    connection: Connection,
    account_id: AccountId,
    chosen: OrderFilter,
    before: int | None,
    limit: int,
) -> list[OrderReport]:
    """Return orders with a smaller id than `before`, the newest first."""
    query = _orders(account_id, chosen)
    if before is not None:
        query = query.where(ORDERS.c.order_id < before)
    return _reports(connection, query.order_by(ORDERS.c.order_id.desc()).limit(limit))


def fills_before(
    connection: Connection, account_id: AccountId, before: int | None, limit: int
) -> list[Fill]:
    """Return fills of an account below a fill id, the newest first."""
    query = _movements_before(FILLS, account_id, before, limit)
    return [_FILL.decode(body) for body in connection.execute(query).scalars()]


def postings_before(
    connection: Connection, account_id: AccountId, before: int | None, limit: int
) -> list[Posting]:
    """Return postings of an account below a position, the newest first."""
    row_before = None if before is None else -(-before // PARTS_MAX)
    fills = _movements_before(FILLS, account_id, row_before, limit)
    transfers = _movements_before(TRANSFERS, account_id, row_before, limit)
    movements: list[Fill | Transfer] = [
        *map(_FILL.decode, connection.execute(fills).scalars()),
        *map(_TRANSFER.decode, connection.execute(transfers).scalars()),
    ]
    postings = [posting for movement in movements for posting in postings_of(movement)]
    if before is not None:
        postings = [posting for posting in postings if posting.position < before]
    postings.sort(key=lambda posting: -posting.position)
    return postings[:limit]


def mark(connection: Connection, channel: str, key: str, before: int | None) -> Sequence:
    """Return the last sequence that a channel spoke with, in stretches before one; 0: never."""
    columns = MARKS.c
    query = select(columns.sequence).where(columns.channel == channel, columns.key == key)
    if before is not None:
        query = query.where(columns.stretch < before)
    found = connection.execute(query.order_by(columns.stretch.desc()).limit(1)).scalar()
    return Sequence(found or 0)


def trades_before(
    connection: Connection, symbol: Symbol, before: int | None, limit: int
) -> list[Trade]:
    """Return trades of a symbol below a sequence, the newest first."""
    query = select(FILLS.c.body).where(FILLS.c.symbol == symbol, IS_FIRST)
    if before is not None:
        query = query.where(FILLS.c.fill_id < before * LEGS)
    query = query.order_by(FILLS.c.fill_id.desc()).limit(limit)
    fills = [_FILL.decode(body) for body in connection.execute(query).scalars()]
    ids = [fill.trade_id for fill in fills]
    undone = select(BUSTS.c.trade_id).where(BUSTS.c.trade_id.in_(ids))
    busted = set(connection.execute(undone).scalars())
    return [_trade(fill, is_busted=fill.trade_id in busted) for fill in fills]


def prevented_before(
    connection: Connection, account_id: AccountId, before: int | None, limit: int
) -> list[Prevented]:
    """Return prevented matches of an account below a sequence, the newest first."""
    query = _movements_before(PREVENTED, account_id, before, limit)
    return [_PREVENTED.decode(body) for body in connection.execute(query).scalars()]


def _orders(account_id: AccountId, chosen: OrderFilter) -> Select[str]:
    return _chosen(select(ORDERS.c.body), account_id, chosen)


def _chosen(query: _Query, account_id: AccountId, chosen: OrderFilter) -> _Query:
    columns = ORDERS.c
    query = query.where(columns.account_id == account_id)
    if chosen.door is not None:
        query = query.where(columns.door == chosen.door.value)
    if chosen.statuses is not None:
        query = query.where(columns.status.in_([status.value for status in chosen.statuses]))
    if chosen.symbol is not None:
        query = query.where(columns.symbol == chosen.symbol)
    if chosen.side is not None:
        query = query.where(columns.side == chosen.side.value)
    if chosen.created_from is not None:
        query = query.where(columns.created_at >= chosen.created_from)
    if chosen.created_until is not None:
        query = query.where(columns.created_at <= chosen.created_until)
    return query


def _report(connection: Connection, query: Select[str]) -> OrderReport | None:
    body = connection.execute(query).scalar_one_or_none()
    return None if body is None else _REPORT.decode(body)


def _reports(connection: Connection, query: Select[str]) -> list[OrderReport]:
    return [_REPORT.decode(body) for body in connection.execute(query).scalars()]


def _movements_before(
    table: Table, account_id: AccountId, before: int | None, limit: int
) -> Select[str]:
    key = table.primary_key.columns[0]
    query = select(table.c.body).where(table.c.account_id == account_id)
    if before is not None:
        query = query.where(key < before)
    return query.order_by(key.desc()).limit(limit)


def _trade(fill: Fill, *, is_busted: bool) -> Trade:
    return Trade(
        trade_id=fill.trade_id,
        grid=grid_of(fill),
        price=fill.price,
        quantity=fill.quantity,
        side=None if fill.liquidity is Liquidity.AUCTION else fill.side,
        busted=is_busted,
        at=fill.at,
        sequence=fill.sequence,
    )
