"""The projector: writes records into the tables, one transaction per batch.

Rule: rows and progress change in one transaction, so a history is complete up to `reached`, always.

Python's driver gives the interpreter's lock away and takes it back for every row of an
`executemany`, and that beside a busy event loop. So the rows of one table travel as one JSON text,
encoded in C, and one INSERT takes them apart inside the database while the loop has the lock.
Measured with 20,000 orders in batches of 500: a busy loop kept 98 % of its turns, and 48 % beside
`executemany`, which took longer.
"""

from collections.abc import Collection, Iterable
from typing import Final, Self

import msgspec
from msgspec import Raw, Struct
from sqlalchemy import Engine, bindparam, update

from openoutcry.history.candle_rows import CandleRows
from openoutcry.history.closes import Close
from openoutcry.history.json_rows import BATCH, Path, insert_new, insert_or_replace
from openoutcry.history.marks import Mark, Marks
from openoutcry.history.movements import Fill, Transfer
from openoutcry.history.prevented import Prevented
from openoutcry.history.projection import (
    Bust,
    Naming,
    OrderRow,
    Request,
    Rows,
    Show,
    nothing_shown,
)
from openoutcry.history.tables import (
    BUSTS,
    CANDLES,
    CLIENT_ORDER_IDS,
    CLOSES,
    FILL_SPANS,
    FILLS,
    HOLDING_SPANS,
    MARKS,
    ORDER_SPANS,
    ORDERS,
    PREVENTED,
    PROGRESS,
    QUEUE_STEPS,
    REQUESTS,
    TRANSFERS,
    TURNS,
    VERSIONS,
)
from openoutcry.history.trace import QueueSteps, Trace, Turn, Version
from openoutcry.model.order import OrderReport, OrderStatus, was_filled
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId, Sequence

_ORDER: Final[dict[str, Path]] = {
    "order_id": (0, "terms", "order_id"),
    "account_id": (0, "terms", "account_id"),
    "door": (0, "terms", "door"),
    "symbol": (0, "terms", "symbol"),
    "side": (0, "terms", "side"),
    "status": (3,),
    "created_at": (0, "terms", "created_at"),
    "sequence": (0, "sequence"),
    "body": (0,),
    "shown": (1,),
    "first": (2,),
}
_ORDER_CHANGES: Final = ("status", "sequence", "body", "shown")


def _places(struct: type[Struct], *names: str) -> dict[str, Path]:
    """Return where fields of a struct that is encoded as an array stand."""
    return {name: (struct.__struct_fields__.index(name),) for name in names}


_NAMING: Final = _places(Naming, "account_id", "client_order_id", "order_id")
_MARK: Final = _places(Mark, "channel", "key", "stretch", "sequence")
_FILL: Final = _places(Fill, "fill_id", "account_id", "symbol", "liquidity") | {"body": ()}
_BUST: Final = _places(Bust, "trade_id", "sequence")
_PREVENTED: Final = _places(Prevented, "sequence", "account_id") | {"body": ()}
_REQUEST: Final = _places(Request, "key") | {"body": ()}
_TRANSFER: Final = _places(Transfer, "transfer_id", "account_id") | {"body": ()}
_ORDER_SPAN: Final = {"order_id": (0,), "first": (2,), "last": (3,)}
_HOLDING_SPAN: Final = {"account_id": (0,), "asset": (1,), "first": (2,), "last": (3,)}
_FILL_SPAN: Final = {"account_id": (0,), "symbol": (1,), "first": (2,), "last": (3,)}
_QUEUE_STEPS: Final = _places(QueueSteps, "symbol", "first", "last", "size") | {"body": (4,)}
_VERSION: Final = _places(Version, "symbol", "sequence") | {"body": ()}
_TURN: Final = _places(Turn, "account_id", "sequence")
_CLOSE: Final = _places(Close, "account_id", "series", "length", "start", "amount")
_CANDLE: Final = {"symbol": (0,), "length": (1,), "start": (2, 0), "body": (2,)}


class Projector:
    """Owns the one connection that writes; used by one thread at a time."""

    def __init__(
        self, database: Engine, show: Show = nothing_shown, agents: Iterable[AccountId] = ()
    ) -> None:
        self._show = show
        self._agents = frozenset(agents)
        dialect = database.dialect.name
        self._connection = database.connect()
        self._encoder = msgspec.json.Encoder()
        self._orders = insert_or_replace(ORDERS, _ORDER, _ORDER_CHANGES, dialect)
        self._namings = insert_new(CLIENT_ORDER_IDS, _NAMING, dialect)
        self._fills = insert_new(FILLS, _FILL, dialect)
        self._transfers = insert_new(TRANSFERS, _TRANSFER, dialect)
        self._busts = insert_new(BUSTS, _BUST, dialect)
        self._prevented = insert_new(PREVENTED, _PREVENTED, dialect)
        self._requests = insert_new(REQUESTS, _REQUEST, dialect)
        self._spans = {
            table: insert_new(table, places, dialect)
            for table, places in (
                (ORDER_SPANS, _ORDER_SPAN),
                (HOLDING_SPANS, _HOLDING_SPAN),
                (FILL_SPANS, _FILL_SPAN),
                (QUEUE_STEPS, _QUEUE_STEPS),
                (VERSIONS, _VERSION),
                (TURNS, _TURN),
            )
        }
        self._marks = insert_or_replace(MARKS, _MARK, ("sequence",), dialect)
        self._candles = insert_or_replace(CANDLES, _CANDLE, ("body",), dialect)
        self._closes = insert_or_replace(CLOSES, _CLOSE, ("amount",), dialect)
        self._candle_rows = CandleRows(self._connection)
        self.steps: list[QueueSteps] = []
        """What the last batch changed of books."""
        self._progress = update(PROGRESS).values(reached=bindparam("sequence"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def write(self, records: list[Record]) -> Sequence:
        """Write a batch of records, at least one, and return the sequence reached."""
        rows, trace, marks = Rows(), Trace(records[0].first, self._agents), Marks()
        for record in records:
            rows.add(record)
            marks.add(record)
            trace.add(record)
        reached = records[-1].last
        self.steps = trace.queue_steps()
        tables = (
            (self._orders, [self._row(report, trace) for report in rows.orders.values()]),
            (self._namings, rows.namings),
            (self._fills, rows.fills),
            (self._transfers, rows.transfers),
            (self._busts, rows.busts),
            (self._prevented, rows.prevented),
            (self._requests, rows.requests),
            (self._spans[ORDER_SPANS], trace.order_spans(rows.orders)),
            (self._spans[HOLDING_SPANS], trace.holding_spans()),
            (self._spans[FILL_SPANS], trace.fill_spans()),
            (self._spans[QUEUE_STEPS], self.steps),
            (self._spans[VERSIONS], trace.versions),
            (self._spans[TURNS], trace.turns),
            (self._closes, trace.closes.rows()),
            (self._marks, marks.rows()),
        )
        texts = [(statement, self._text(table)) for statement, table in tables if table]
        with self._connection.begin():
            for statement, text in texts:
                self._connection.execute(statement, {BATCH: text})
            self._write_candles(rows)
            self._connection.execute(self._progress, {"sequence": reached})
        return reached

    def _write_candles(self, rows: Rows) -> None:
        candles = self._candle_rows.take(rows.fills) if rows.fills else []
        if candles:
            self._connection.execute(self._candles, {BATCH: self._text(candles)})
        for bust in rows.busts:
            self._candle_rows.take_out(bust.symbol, bust.trade_id)

    def _row(self, report: OrderReport, trace: Trace) -> OrderRow:
        shown = self._show(report)
        first = trace.begun.get(report.terms.order_id, report.sequence)
        status = OrderStatus.FILLED if was_filled(report) else report.status
        return OrderRow(report, None if shown is None else Raw(shown), first, status)

    def _text(self, rows: Collection[object]) -> str:
        return self._encoder.encode(list(rows)).decode()
