"""Files that rows are written to: CSV for everybody, Parquet for who installed the extra.

Rule: a file has its name only once it is whole and on disk; what ends before leaves nothing behind.
"""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from enum import Enum
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TextIO

from openoutcry.cli.columns import Column, Kind, Row
from openoutcry.cli.failed import Failed

BATCH_ROWS: Final = 5_000
"""Rows of one piece of a Parquet file, which are all that is in memory."""
PRECISION: Final = 38
SCALE: Final = 12
"""Of decimals: all the places that the venue knows, and 26 digits before the point."""
STANDARD_OUTPUT: Final = Path("-")


class Format(Enum):
    """How rows are written."""

    CSV = "csv"
    PARQUET = "parquet"


def format_of(target: Path, chosen: Format | None) -> Format:
    """Return the format that was chosen, or else the one that the file's name ends in."""
    if chosen is not None:
        return chosen
    if target == STANDARD_OUTPUT:
        return Format.CSV
    for known in Format:
        if target.suffix.lower() == f".{known.value}":
            return known
    raise Failed(f"{target} ends in neither .csv nor .parquet; choose with --format")


def write_rows(
    target: Path, written: Format, columns: Sequence[Column], rows: Iterable[Row]
) -> int:
    """Write a file whole or not at all; return how many rows it has."""
    if written is Format.PARQUET:
        arrow = _arrow()
        if target == STANDARD_OUTPUT:
            raise Failed("Parquet goes into a file, not to standard output")
        with _unfinished(target) as path:
            return _write_parquet(arrow, path, columns, iter(rows))
    if target == STANDARD_OUTPUT:
        return _write_csv(sys.stdout, columns, rows)
    with _unfinished(target) as path, path.open("w", newline="", encoding="utf-8") as file:
        return _write_csv(file, columns, rows)


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """Give a name beside the target to write to, and put it in its place once it is on disk."""
    path = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with path.open("xb"):
            yield path
        _sync(path)
        path.replace(target)
        _sync(target.absolute().parent)
    except OSError as fault:
        raise Failed(f"cannot write {target}: {fault.strerror or fault}") from fault
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_csv(file: TextIO, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    count = 0
    for row in rows:
        writer.writerow([_text(cell) for cell in row])
        count += 1
    return count


def _text(cell: object) -> object:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell if isinstance(cell, int) else json.dumps(cell, ensure_ascii=False)


def _write_parquet(
    arrow: ModuleType, path: Path, columns: Sequence[Column], rows: Iterator[Row]
) -> int:
    schema = _schema(arrow, columns)
    count = 0
    with import_module("pyarrow.parquet").ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(rows, BATCH_ROWS)):
            arrays = [
                _array(arrow, column, field.type, [row[place] for row in batch])
                for place, (column, field) in enumerate(zip(columns, schema, strict=True))
            ]
            writer.write_batch(arrow.record_batch(arrays, schema=schema))
            count += len(batch)
    return count


def _schema(arrow: ModuleType, columns: Sequence[Column]) -> Any:  # noqa: ANN401  (Arrow has no types)
    types = {
        Kind.TEXT: arrow.string(),
        Kind.INTEGER: arrow.int64(),
        Kind.TRUTH: arrow.bool_(),
        Kind.DECIMAL: arrow.decimal128(PRECISION, SCALE),
        Kind.TIME: arrow.timestamp("us", tz="UTC"),
    }
    return arrow.schema([(column.name, types[column.kind]) for column in columns])


def _array(
    arrow: ModuleType,
    column: Column,
    kind: Any,  # noqa: ANN401
    cells: list[object],
) -> Any:  # noqa: ANN401
    convert = _CONVERSIONS[column.kind]
    try:
        return arrow.array([None if cell is None else convert(cell) for cell in cells], kind)
    except (arrow.ArrowInvalid, OverflowError):
        raise Failed(
            f"{column.name} has a value beyond what Parquet's {column.kind.value}s hold; "
            "export it as CSV"
        ) from None


_CONVERSIONS: Final[dict[Kind, Callable[[Any], object]]] = {
    Kind.TEXT: lambda cell: cell if isinstance(cell, str) else json.dumps(cell),
    Kind.INTEGER: int,
    Kind.TRUTH: bool,
    Kind.DECIMAL: Decimal,
    Kind.TIME: datetime.fromisoformat,
}


def _arrow() -> ModuleType:
    try:
        return import_module("pyarrow")
    except ImportError:
        raise Failed(
            "Parquet needs pyarrow: pip install 'openoutcry[parquet]', or pip install pyarrow; "
            "--format csv needs nothing"
        ) from None
