"""The projector: writes records into the tables, one transaction per batch.

Rule: rows and progress change in one transaction, so a history is complete up to `reached`, always.

Python's driver gives the interpreter's lock away and takes it back for every row of an
`executemany`, and that beside a busy event loop. So the rows of one table travel as one JSON text,
encoded in C, and one INSERT takes them apart inside the database while the loop has the lock.
Measured with 20,000 orders in batches of 500: a busy loop kept 98 % of its turns, and 48 % beside
`executemany`, which took longer.
"""

from collections.abc import Collection
from typing import Final, Self

import msgspec
from msgspec import Raw, Struct
from sqlalchemy import Engine, bindparam, update

from openoutcry.history.json_rows import BATCH, Path, insert_new, insert_or_replace
from openoutcry.history.movements import Fill, Transfer
from openoutcry.history.projection import (
    Naming,
    OrderRow,
    Request,
    Rows,
    Show,
    nothing_shown,
)
from openoutcry.history.tables import (
    CLIENT_ORDER_IDS,
    FILLS,
    ORDERS,
    PROGRESS,
    REQUESTS,
    TRANSFERS,
)
from openoutcry.model.order import OrderReport
from openoutcry.model.record import Record
from openoutcry.model.units import Sequence

_ORDER: Final[dict[str, Path]] = {
    "order_id": (0, "terms", "order_id"),
    "account_id": (0, "terms", "account_id"),
    "door": (0, "terms", "door"),
    "symbol": (0, "terms", "symbol"),
    "side": (0, "terms", "side"),
    "status": (0, "status"),
    "created_at": (0, "terms", "created_at"),
    "sequence": (0, "sequence"),
    "body": (0,),
    "shown": (1,),
}
_ORDER_CHANGES: Final = ("status", "sequence", "body", "shown")


def _places(struct: type[Struct], *names: str) -> dict[str, Path]:
    """Return where fields of a struct that is encoded as an array stand."""
    return {name: (struct.__struct_fields__.index(name),) for name in names}


_NAMING: Final = _places(Naming, "account_id", "client_order_id", "order_id")
_FILL: Final = _places(Fill, "fill_id", "account_id", "symbol", "liquidity") | {"body": ()}
_REQUEST: Final = _places(Request, "key") | {"body": ()}
_TRANSFER: Final = _places(Transfer, "transfer_id", "account_id") | {"body": ()}


class Projector:
    """Owns the one connection that writes; used by one thread at a time."""

    def __init__(self, database: Engine, show: Show = nothing_shown) -> None:
        self._show = show
        dialect = database.dialect.name
        self._connection = database.connect()
        self._encoder = msgspec.json.Encoder()
        self._orders = insert_or_replace(ORDERS, _ORDER, _ORDER_CHANGES, dialect)
        self._namings = insert_new(CLIENT_ORDER_IDS, _NAMING, dialect)
        self._fills = insert_new(FILLS, _FILL, dialect)
        self._transfers = insert_new(TRANSFERS, _TRANSFER, dialect)
        self._requests = insert_new(REQUESTS, _REQUEST, dialect)
        self._progress = update(PROGRESS).values(reached=bindparam("sequence"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def write(self, records: list[Record]) -> Sequence:
        """Write a batch of records, at least one, and return the sequence reached."""
        rows = Rows()
        for record in records:
            rows.add(record)
        reached = records[-1].last
        tables = (
            (self._orders, [self._row(report) for report in rows.orders.values()]),
            (self._namings, rows.namings),
            (self._fills, rows.fills),
            (self._transfers, rows.transfers),
            (self._requests, rows.requests),
        )
        texts = [(statement, self._text(table)) for statement, table in tables if table]
        with self._connection.begin():
            for statement, text in texts:
                self._connection.execute(statement, {BATCH: text})
            self._connection.execute(self._progress, {"sequence": reached})
        return reached

    def _row(self, report: OrderReport) -> OrderRow:
        shown = self._show(report)
        return OrderRow(report, None if shown is None else Raw(shown))

    def _text(self, rows: Collection[object]) -> str:
        return self._encoder.encode(list(rows)).decode()
