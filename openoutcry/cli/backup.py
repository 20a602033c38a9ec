"""`openoutcry backup`: a copy that a venue can start on."""

import sqlite3
from pathlib import Path
from typing import Annotated

import typer

from openoutcry.cli.failed import Failed
from openoutcry.cli.options import AsJson, directory_of
from openoutcry.cli.show import progress_bar, show_row
from openoutcry.cli.verify import verified_in
from openoutcry.journal.backup import back_up
from openoutcry.journal.directory import JOURNAL_NAME
from openoutcry.model.errors import JournalDamaged


def backup(
    target: Annotated[
        Path, typer.Argument(metavar="DEST", help="A new or empty directory.", show_default=False)
    ],
    source: Annotated[
        Path | None, typer.Option("--from", help="The data directory; else OPENOUTCRY_DATA_DIR.")
    ] = None,
    *,
    check: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Re-execute the whole copy.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Copy the journal and its newest snapshot, also beside a running venue, and verify the copy.

    History is copied only where the journal has dropped its beginning; else a start makes it again.
    """
    directory = directory_of(source)
    if not (directory / JOURNAL_NAME).is_file():
        raise Failed(f"there is no journal in {directory} to copy")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Failed(f"{target} is there already; name a new or an empty directory")
    try:
        with progress_bar() as bar:
            task = bar.add_task("copying", total=None)
            made = back_up(
                directory,
                target,
                lambda done, total: bar.update(task, completed=done, total=total),
            )
    except JournalDamaged as damage:
        raise Failed(f"{damage} (the copy in {target} is not to be used)") from damage
    except (OSError, sqlite3.Error) as fault:
        raise Failed(f"the copy in {target} is not complete: {fault}") from fault
    verified = verified_in(target) if check else None
    show_row(
        {
            "directory": str(target),
            "last": made.sequence,
            "snapshot": made.snapshot,
            "history": made.history,
            "records": verified.records if verified is not None else None,
            "verified": verified is not None,
        },
        as_json=as_json,
    )
