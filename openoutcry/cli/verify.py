"""`openoutcry verify`: everything on disk held against everything else."""

from contextlib import closing
from pathlib import Path

from openoutcry.cli.failed import Failed
from openoutcry.cli.options import AsJson, Directory, directory_of
from openoutcry.cli.show import progress_bar, show_row
from openoutcry.history.database import reached_on_disk
from openoutcry.journal.directory import HISTORY_NAME, JOURNAL_NAME
from openoutcry.journal.reader import JournalReader
from openoutcry.journal.snapshots import SnapshotFiles
from openoutcry.model.errors import JournalDamaged
from openoutcry.sequencer.verification import Verified, Witnesses
from openoutcry.sequencer.verification import verify as verify_journal
from openoutcry.settings import read_settings


def verify(directory: Directory = None, *, as_json: AsJson = False) -> None:
    """Re-execute the whole journal and compare every event; also beside a running venue.

    Checks the chain of hashes, that no record is missing, that every command still has the events
    that the journal says, and that snapshots hold the state of their sequence. Exit code 1 names
    the sequence at which something is wrong.
    """
    path = directory_of(directory)
    url = "" if directory is not None else read_settings().history_url
    verified = verified_in(path, history_url=url)
    show_row(
        {
            "directory": str(path),
            "first": verified.first,
            "last": verified.last,
            "records": verified.records,
            "snapshots": list(verified.snapshots),
            "digest": verified.digest,
        },
        as_json=as_json,
    )


def verified_in(directory: Path, *, history_url: str = "") -> Verified:
    """Verify a data directory, with a bar; end the command where something is wrong."""
    path = directory / JOURNAL_NAME
    if not path.is_file():
        raise Failed(f"there is no journal in {directory}: expected {path}")
    url = history_url or f"sqlite:///{directory.absolute() / HISTORY_NAME}"
    try:
        verified = _verified(directory, path, url)
    except JournalDamaged as damage:
        raise Failed(f"{directory}: {damage}") from damage
    if verified.damaged:
        raise Failed(
            f"{directory}: {'; '.join(verified.damaged)} (the journal is in order up to sequence "
            f"{verified.last}; start-up passes over this snapshot, it may be deleted)"
        )
    return verified


def _verified(directory: Path, path: Path, history_url: str) -> Verified:
    files = SnapshotFiles(directory)
    # Witnesses first: a venue beside us may write on, and its journal is always ahead of them.
    snapshots = tuple(files.sequences())
    with closing(JournalReader(path)) as earlier:
        reached = reached_on_disk(history_url, earlier.epoch)
    with closing(JournalReader(path)) as journal, progress_bar() as bar:
        task = bar.add_task("verifying", total=journal.last)

        def show(reached: int, _: int) -> None:
            bar.update(task, completed=reached)

        return verify_journal(journal, Witnesses(files, snapshots, reached), show)
