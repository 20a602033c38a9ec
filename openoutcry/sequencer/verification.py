"""Verification: everything that is on disk held against everything else, from the beginning.

Rule: it only reads, so it may run beside the venue that owns the directory. Witnesses are looked at
before the journal's end is: what they know of must be in the journal.

Start-up trusts its newest snapshot and re-applies what follows. This re-applies every command that
is kept, compares every event, and on passing a snapshot's sequence compares the state with it.
"""

from contextlib import suppress
from typing import NamedTuple

import msgspec

from openoutcry.engine.engine import Engine
from openoutcry.journal.snapshots import Snapshot, SnapshotFiles
from openoutcry.model.errors import JournalDamaged
from openoutcry.model.units import Sequence
from openoutcry.sequencer.ports import Recorded
from openoutcry.sequencer.recovery import Beginning, Progress, Replay, witnessed_loss


class Witnesses(NamedTuple):
    """What else is on disk: how far snapshots and history say that the venue got."""

    files: SnapshotFiles
    snapshots: tuple[int, ...]
    """Sequences, the newest first."""
    history_reached: int | None


class Verified(NamedTuple):
    """What was found to be in order."""

    first: int
    """Where re-applying began: 1, or after the oldest snapshot when records were dropped."""
    last: int
    records: int
    digest: str
    """Of the state at the end."""
    snapshots: tuple[int, ...]
    """Compared with the state at their sequences."""
    damaged: tuple[str, ...]
    """Snapshots that are not what was written, and why."""


def verify(journal: Recorded, witnesses: Witnesses, progress: Progress) -> Verified:
    """Return what was verified, or raise JournalDamaged naming the sequence."""
    _check_ends(journal, witnesses)
    replay = Replay(journal, _beginning(journal, witnesses))
    first = replay.engine.sequence + 1
    compared = [
        sequence
        for sequence in sorted(witnesses.snapshots)
        if first <= sequence <= journal.last and _compare_at(sequence, replay, witnesses, progress)
    ]
    _run_to(journal.last, replay, progress)
    if replay.hash != journal.last_hash:
        msg = f"the journal's newest record is not the one re-applied at sequence {journal.last}"
        raise JournalDamaged(msg)
    return Verified(
        first=first,
        last=journal.last,
        records=replay.records,
        digest=replay.engine.digest(),
        snapshots=tuple(compared),
        damaged=tuple(witnesses.files.passed_over),
    )


def _check_ends(journal: Recorded, witnesses: Witnesses) -> None:
    """Raise JournalDamaged when somebody knows of more than the journal holds."""
    lost_until = witnessed_loss(journal, witnesses.files, witnesses.history_reached)
    if lost_until:
        msg = (
            f"the journal ends at sequence {journal.last}, but sequence {lost_until} was reached: "
            "records are lost"
        )
        raise JournalDamaged(msg)


def _beginning(journal: Recorded, witnesses: Witnesses) -> Beginning:
    """Return an empty engine, or the oldest snapshot where the journal's beginning was dropped."""
    first = journal.first()
    if first == 1:
        return Beginning(Engine(), 0, b"")
    for sequence in sorted(witnesses.snapshots):
        snapshot = _load(sequence, witnesses) if sequence >= first - 1 else None
        engine = _restored(snapshot) if snapshot is not None else None
        if snapshot is not None and engine is not None:
            return Beginning(engine, sequence, snapshot.hash)
    msg = f"the journal begins at sequence {first} and no snapshot reaches it"
    raise JournalDamaged(msg)


def _compare_at(sequence: int, replay: Replay, witnesses: Witnesses, progress: Progress) -> bool:
    """Re-apply up to a snapshot and compare; False for one that start-up passes over, too."""
    snapshot = _load(sequence, witnesses)
    restored = _restored(snapshot) if snapshot is not None else None
    if snapshot is None or restored is None:
        return False
    _run_to(sequence, replay, progress)
    if snapshot.hash != replay.hash:
        msg = f"the snapshot at sequence {sequence} follows another record than the journal has"
        raise JournalDamaged(msg)
    if restored.digest() != replay.engine.digest():
        msg = f"the snapshot at sequence {sequence} holds another state than the journal makes"
        raise JournalDamaged(msg)
    return True


def _run_to(sequence: int, replay: Replay, progress: Progress) -> None:
    """Re-apply records up to a sequence at which one ends."""
    replay.run_to(Sequence(sequence), progress)
    if replay.engine.sequence != sequence:
        msg = f"no record ends at sequence {sequence}, one ends at {replay.engine.sequence}"
        raise JournalDamaged(msg)


def _load(sequence: int, witnesses: Witnesses) -> Snapshot | None:
    with suppress(FileNotFoundError):  # The venue beside us keeps the newest three.
        return witnesses.files.load(sequence)
    return None


def _restored(snapshot: Snapshot) -> Engine | None:
    """Return the engine in a snapshot; None when it is of another release, which is no damage."""
    try:
        return Engine.restore(snapshot.image)
    except msgspec.ValidationError:
        return None
