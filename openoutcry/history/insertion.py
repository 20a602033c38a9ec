"""Many rows into one table, in few statements.

Rule: a row is a tuple of all the table's columns, in their order.

Python's driver gives the interpreter's lock away and takes it back for every row of an
`executemany`, and beside a busy event loop each may be a long wait. A statement with the VALUES of
many rows is one turn. How many is a power of two, so that there are few statements and the driver
keeps all of them prepared. Measured: 3.0 µs a row of an order; 7.2 when the rows of a batch were
one JSON text that the database took apart.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

ROWS_MAX: Final = 128
"""Rows in one statement."""
STATEMENTS: Final = 256
"""More than all tables have, of all sizes: what SQLite's driver keeps prepared."""
Batch = Sequence[tuple[object, ...]]


class Insertion:
    """Puts rows into a table; where a key is there already, only `changing` columns are set."""

    def __init__(self, table: Table, dialect: str, changing: tuple[str, ...] = ()) -> None:
        self._columns = table.columns.keys()
        self._statement = _statement(table, dialect, changing)
        self._texts: dict[int, str] = {}
        if dialect == "sqlite":
            one = str(self._statement.compile(dialect=sqlite.dialect()))
            row = f"({', '.join('?' * len(self._columns))})"
            for size in _sizes():
                self._texts[size] = one.replace(row, ", ".join([row] * size), 1)

    def write(self, connection: Connection, rows: Batch) -> None:
        """Write rows, at least one, in the transaction that is open."""
        if not self._texts:
            named = [dict(zip(self._columns, row, strict=True)) for row in rows]
            connection.execute(self._statement, named)
            return
        start, left = 0, len(rows)
        for size, text in self._texts.items():
            while left >= size:
                some = rows[start : start + size]
                connection.exec_driver_sql(text, tuple(chain.from_iterable(some)))
                start, left = start + size, left - size


def _statement(table: Table, dialect: str, changing: tuple[str, ...]) -> Insert:
    new = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    if not changing:
        return new.on_conflict_do_nothing()
    return new.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: new.excluded[name] for name in changing},
    )


def _sizes() -> Iterator[int]:
    """Yield the powers of two, the greatest first."""
    size = ROWS_MAX
    while size:
        yield size
        size //= 2
