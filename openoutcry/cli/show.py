"""How commands show what they got: JSON for programs, a table for people."""

import json
import sys
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from openoutcry.cli.api import Row

WIDTH_PIPED = 1_000
"""Columns of what does not go to a terminal: nothing is cut or folded there."""


def show_json(content: object) -> None:
    """Print JSON."""
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def show_row(row: Row, *, as_json: bool) -> None:
    """Print an object: a line for each of its members."""
    if as_json:
        show_json(row)
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in row.items():
        table.add_row(f"[dim]{name}[/dim]", _text(value))
    console().print(table)


def show_rows(rows: Sequence[Row], columns: Sequence[str], *, as_json: bool) -> None:
    """Print a list of objects, a line each, with these of their members."""
    if as_json:
        show_json(list(rows))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_text(row.get(name)) for name in columns))
    console().print(table)


def console() -> Console:
    """Return standard output as it is now."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_PIPED)


def progress_bar() -> Progress:
    """Return a bar on standard error, which shows at terminals only."""
    shown = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=shown,
        disable=not shown.is_terminal,
        transient=True,
    )


def _text(value: object) -> str:
    if value is None:
        return "-"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("[", r"\[")
