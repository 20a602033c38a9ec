"""The projector: writes records into the tables, one transaction per batch.

Rule: rows and progress change in one transaction, so a history is complete up to `reached`, always.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
from sqlalchemy import Engine, bindparam, update

from openoutcry.history.candle_rows import CandleRows
from openoutcry.history.insertion import Batch, Insertion
from openoutcry.history.marks import Marks
from openoutcry.history.movements import Fill, Transfer
from openoutcry.history.prevented import Prevented
from openoutcry.history.projection import Rows, Show, nothing_shown
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
from openoutcry.history.trace import QueueSteps, Trace
from openoutcry.model.order import OrderReport, OrderStatus, was_filled
from openoutcry.model.record import Record
from openoutcry.model.units import AccountId, Sequence

_encode: Final = msgspec.json.Encoder().encode


class Overtaken(Exception):
    """History is not where the records begin: somebody else writes it, or did a moment ago."""


class Projector:
    """Owns the one connection that writes; used by one thread at a time."""

    def __init__(
        self, database: Engine, show: Show = nothing_shown, agents: Iterable[AccountId] = ()
    ) -> None:
        self._show = show
        self._agents = frozenset(agents)
        dialect = database.dialect.name
        self._connection = database.connect()
        self._orders = Insertion(ORDERS, dialect, ("status", "sequence", "body", "shown"))
        self._candles = Insertion(CANDLES, dialect, ("body",))
        self._marks = Insertion(MARKS, dialect, ("sequence",))
        self._closes = Insertion(CLOSES, dialect, ("amount",))
        self._new = {
            table: Insertion(table, dialect)
            for table in (
                CLIENT_ORDER_IDS,
                FILLS,
                TRANSFERS,
                BUSTS,
                PREVENTED,
                REQUESTS,
                ORDER_SPANS,
                HOLDING_SPANS,
                FILL_SPANS,
                QUEUE_STEPS,
                VERSIONS,
                TURNS,
            )
        }
        self._candle_rows = CandleRows(self._connection)
        self.steps: list[QueueSteps] = []
        """What the last batch changed of books."""
        self._progress = (
            update(PROGRESS)
            .where(PROGRESS.c.reached == bindparam("before"))
            .values(reached=bindparam("sequence"))
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def write(self, records: list[Record]) -> Sequence:
        """Write a batch of records, at least one, and return the sequence reached.

        Raises Overtaken, and writes nothing, unless they go on from where history is.
        """
        rows, trace, marks = Rows(), Trace(records[0].first, self._agents), Marks()
        for record in records:
            rows.add(record)
            marks.add(record)
            trace.add(record)
        reached = records[-1].last
        self.steps = trace.queue_steps()
        marks.step(self.steps)
        tables = self._tables(rows, trace, marks)
        with self._connection.begin():
            for insertion, found in tables:
                if found:
                    insertion.write(self._connection, found)
            self._write_candles(rows)
            moved = {"before": records[0].first - 1, "sequence": reached}
            if self._connection.execute(self._progress, moved).rowcount != 1:
                raise Overtaken("somebody else has written history")
        return reached

    def _tables(self, rows: Rows, trace: Trace, marks: Marks) -> list[tuple[Insertion, Batch]]:
        new = self._new
        return [
            (self._orders, [self._order(report, trace) for report in rows.orders.values()]),
            (new[CLIENT_ORDER_IDS], rows.namings),
            (new[FILLS], [_fill(fill) for fill in rows.fills]),
            (
                new[TRANSFERS],
                [_transfer(one) for one in rows.transfers],
            ),
            (new[BUSTS], [(one.trade_id, one.sequence) for one in rows.busts]),
            (
                new[PREVENTED],
                [_prevented(one) for one in rows.prevented],
            ),
            (new[REQUESTS], [(one.key, _text(one)) for one in rows.requests]),
            (new[ORDER_SPANS], trace.order_spans(rows.orders)),
            (new[HOLDING_SPANS], trace.holding_spans()),
            (new[FILL_SPANS], trace.fill_spans()),
            (new[QUEUE_STEPS], [(*of[:-1], _text(of.steps)) for of in self.steps]),
            (new[VERSIONS], [(one.symbol, one.sequence, _text(one)) for one in trace.versions]),
            (new[TURNS], trace.turns),
            (self._closes, trace.closes.rows()),
            (self._marks, marks.rows()),
        ]

    def _write_candles(self, rows: Rows) -> None:
        candles = self._candle_rows.take(rows.fills) if rows.fills else []
        if candles:
            found = [
                (one.symbol, one.length, one.candle.start, _text(one.candle)) for one in candles
            ]
            self._candles.write(self._connection, found)
        for bust in rows.busts:
            self._candle_rows.take_out(bust.symbol, bust.trade_id)

    def _order(self, report: OrderReport, trace: Trace) -> tuple[object, ...]:
        terms, shown = report.terms, self._show(report)
        status = OrderStatus.FILLED if was_filled(report) else report.status
        return (
            terms.order_id,
            terms.account_id,
            terms.door._value_,
            terms.symbol,
            terms.side._value_,
            status._value_,
            terms.created_at,
            report.sequence,
            _text(report),
            None if shown is None else shown.decode(),
            trace.begun.get(terms.order_id, report.sequence),
        )


def _fill(fill: Fill) -> tuple[object, ...]:
    return (fill.fill_id, fill.account_id, fill.symbol, fill.liquidity._value_, _text(fill))


def _transfer(transfer: Transfer) -> tuple[object, ...]:
    return (transfer.transfer_id, transfer.account_id, _text(transfer))


def _prevented(prevented: Prevented) -> tuple[object, ...]:
    return (prevented.sequence, prevented.account_id, _text(prevented))


def _text(body: object) -> str:
    return _encode(body).decode()
