"""Statements that take rows out of one JSON text, for SQLite and for PostgreSQL.

A statement has one parameter, `batch`: a JSON array with one element per row. Where in an element
each column's value stands is its path: property names, or a place in an array.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Insert,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite

Path = tuple[str | int, ...]
"""The way from a row's element to a value; the empty path is the element itself, as text."""
BATCH: Final = "batch"
_ELEMENT: Final[ColumnElement[Any]] = column("value")


def insert_new(table: Table, paths: Mapping[str, Path], dialect: str) -> Insert:
    """Return the statement that adds rows and leaves alone those already there."""
    if dialect == "sqlite":
        return _sqlite_insert(table, paths).on_conflict_do_nothing()
    return _postgresql_insert(table, paths).on_conflict_do_nothing()


def insert_or_replace(
    table: Table, paths: Mapping[str, Path], changing: tuple[str, ...], dialect: str
) -> Insert:
    """Return the statement that adds rows, and in those already there sets what changes."""
    key = list(table.primary_key.columns)
    if dialect == "sqlite":
        here = _sqlite_insert(table, paths)
        return here.on_conflict_do_update(
            index_elements=key, set_={name: here.excluded[name] for name in changing}
        )
    there = _postgresql_insert(table, paths)
    return there.on_conflict_do_update(
        index_elements=key, set_={name: there.excluded[name] for name in changing}
    )


def _sqlite_insert(table: Table, paths: Mapping[str, Path]) -> sqlite.Insert:
    rows = func.json_each(bindparam(BATCH, type_=Text)).table_valued("value")
    values = [_sqlite_value(path) for path in paths.values()]
    # WHERE keeps SQLite from reading ON CONFLICT as a join's condition.
    query: Select[*tuple[object, ...]] = select(*values).select_from(rows).where(true())
    return sqlite.insert(table).from_select(list(paths), query)


def _sqlite_value(path: Path) -> ColumnElement[object]:
    if not path:
        return _ELEMENT
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    where: ColumnElement[str] = literal_column(f"'${steps}'")
    return func.json_extract(_ELEMENT, where)


def _postgresql_insert(table: Table, paths: Mapping[str, Path]) -> postgresql.Insert:
    batch = cast(bindparam(BATCH, type_=Text), JSON)
    rows = func.json_array_elements(batch).table_valued("value")
    values = [_postgresql_value(table.columns[name], path) for name, path in paths.items()]
    query: Select[*tuple[object, ...]] = select(*values).select_from(rows)
    return postgresql.insert(table).from_select(list(paths), query)


def _postgresql_value(target: Column[object], path: Path) -> ColumnElement[object]:
    if not path:
        return cast(_ELEMENT, Text)
    return cast(func.json_extract_path_text(_ELEMENT, *map(str, path)), target.type)
