"""`openoutcry export`: what happened, as a table for other programs."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from openoutcry.cli.columns import Interval, Wanted, What, columns_of, rows_of
from openoutcry.cli.failed import Failed
from openoutcry.cli.options import AsJson, directory_of
from openoutcry.cli.show import progress_bar, show_row
from openoutcry.cli.writers import STANDARD_OUTPUT, Format, format_of, write_rows
from openoutcry.history.extract import Choice, Extract, Unreadable
from openoutcry.journal.directory import HISTORY_NAME, JOURNAL_NAME
from openoutcry.journal.reader import JournalReader
from openoutcry.model.errors import JournalDamaged
from openoutcry.model.units import AccountId, Symbol
from openoutcry.settings import read_settings


def export(  # noqa: PLR0913  (each is an option of the command)
    what: Annotated[What, typer.Argument(show_default=False)],
    target: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Ends in .csv or .parquet; - is standard output.",
            show_default=False,
        ),
    ],
    *,
    source: Annotated[
        Path | None, typer.Option("--from", help="The data directory; else OPENOUTCRY_DATA_DIR.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Of this account only.")] = None,
    symbol: Annotated[str | None, typer.Option(help="Of this instrument only.")] = None,
    interval: Annotated[Interval, typer.Option(help="Of candles.")] = Interval.MINUTE,
    written: Annotated[
        Format | None, typer.Option("--format", help="Else by the file's name.")
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write orders, fills, trades, postings or candles to a file; also beside a running venue.

    Reads history without the lock. Fills, trades, postings and candles are those up to the sequence
    that the command names at its end; orders are as they stood when they were read. The file
    appears when it is whole.
    """  # fmt: skip
    chosen = Choice(
        AccountId(account) if account is not None else None,
        Symbol(symbol) if symbol is not None else None,
    )
    if account is not None and what in (What.TRADES, What.CANDLES):
        raise typer.BadParameter(f"{what.value} are everybody's: --account chooses none of them")
    shape = format_of(target, written)
    if target.exists() and target != STANDARD_OUTPUT and not overwrite:
        raise Failed(f"{target} is there already; name another file or give --overwrite")
    with closing(_opened(directory_of(source), has_own_url=source is None)) as extract:
        count = _write(extract, Wanted(what, chosen, interval), target, shape)
        reached = extract.reached
    if target != STANDARD_OUTPUT:
        row = {"file": str(target), "rows": count, "sequence": reached}
        show_row(row, as_json=as_json)


def _opened(directory: Path, *, has_own_url: bool) -> Extract:
    path = directory / JOURNAL_NAME
    if not path.is_file():
        raise Failed(f"there is no journal in {directory}: expected {path}")
    url = read_settings().history_url if has_own_url else ""
    try:
        with closing(JournalReader(path)) as journal:
            epoch = journal.epoch
        return Extract(url or f"sqlite:///{directory.absolute() / HISTORY_NAME}", epoch)
    except JournalDamaged as damage:
        raise Failed(f"{directory}: {damage}") from damage
    except Unreadable as fault:
        raise Failed(
            f"history cannot be read: {fault}; start the venue once, it makes history anew"
        ) from None


def _write(extract: Extract, wanted: Wanted, target: Path, shape: Format) -> int:
    with progress_bar() as bar:
        task = bar.add_task(f"exporting {wanted.what.value}", total=None)
        rows = rows_of(
            extract, wanted, lambda done, end: bar.update(task, completed=done, total=end)
        )
        try:
            return write_rows(target, shape, columns_of(wanted.what), rows)
        except Unreadable as fault:
            raise Failed(f"history cannot be read: {fault}") from None
