"""Start-up: the engine is made again from what is on disk, and what is on disk is checked by it.

Rule 1: there is one way to start, after a crash as after a clean stop.
Rule 2: whatever contradicts anything else stops the start; nothing is repaired in silence.

Theory of operation
-------------------
The newest snapshot that can be trusted is restored, or an empty engine is made. Every record after
it must follow its predecessor in sequence and in the chain of hashes, and its command, applied
again, must give the very bytes that the journal holds, events included.

The journal cannot know that its own end is missing (SQLite drops what follows a damaged page of
its WAL), so the others are witnesses: a snapshot or a history beyond the journal's end means that
records were lost. `accept_loss` goes on from the journal's end under the name of a new epoch, so
that nobody who remembers the lost part takes the new one for its continuation.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Final, NamedTuple

import msgspec

from openoutcry.engine.engine import Engine
from openoutcry.interpreter import uncollected
from openoutcry.journal.record import StoredRecord, decode_claim, encode, link_at, new_epoch
from openoutcry.journal.snapshots import Snapshot
from openoutcry.model.errors import JournalDamaged
from openoutcry.model.record import Record
from openoutcry.model.units import Sequence
from openoutcry.sequencer.ports import Journal, Recorded, Snapshots

SNAPSHOT_AFTER_S: Final = 2.0
"""A recovery that took longer leaves a snapshot, so that the next one does not."""
READ_RECORDS: Final = 4096
"""Records read from the journal at a time."""

Progress = Callable[[int, int], None]
"""Told how far recovery is and where it will end, in sequences."""


class Recovered(NamedTuple):
    """A running engine and how it came about."""

    engine: Engine
    snapshot_sequence: int
    """Where re-applying began; 0 without a snapshot."""
    records: int
    """Re-applied."""
    seconds: float
    passed_over: tuple[str, ...]
    """Snapshots that could not be used, and why."""
    lost_until: int
    """The sequence that a witness knows of, if its loss was accepted now; else 0."""


def recover(
    journal: Journal,
    snapshots: Snapshots | None = None,
    *,
    history_reached: int | None = None,
    accept_loss: bool = False,
    progress: Progress | None = None,
) -> Recovered:
    """Return the engine as of the journal's end, or raise JournalDamaged.

    `history_reached` is the sequence that history holds, 0 if there is none, None if nobody has
    looked.
    """
    with uncollected():
        return _recover(journal, snapshots, history_reached, progress, accept_loss=accept_loss)


def _recover(
    journal: Journal,
    snapshots: Snapshots | None,
    history_reached: int | None,
    progress: Progress | None,
    *,
    accept_loss: bool,
) -> Recovered:
    started = perf_counter()
    lost_until = witnessed_loss(journal, snapshots, history_reached)
    if lost_until:
        _accept(journal, snapshots, lost_until, accept_loss=accept_loss)
    _check_beginning(journal, history_reached)
    beginning = newest_beginning(journal, snapshots)
    replay = Replay(journal, beginning)
    replay.run(progress)
    seconds = perf_counter() - started
    if snapshots is not None and seconds > SNAPSHOT_AFTER_S:
        save_snapshot(replay.engine, journal, snapshots)
    return Recovered(
        engine=replay.engine,
        snapshot_sequence=beginning.sequence,
        records=replay.records,
        seconds=seconds,
        passed_over=tuple(snapshots.passed_over) if snapshots is not None else (),
        lost_until=lost_until,
    )


def save_snapshot(engine: Engine, journal: Recorded, snapshots: Snapshots) -> None:
    """Keep the state as of the journal's end, unless that is kept already."""
    assert engine.sequence == journal.last, "a snapshot holds what is durable"
    if engine.sequence and engine.sequence not in snapshots.sequences()[:1]:
        snapshots.save(
            Snapshot(
                epoch=journal.epochs[max(journal.epochs)],
                sequence=engine.sequence,
                hash=journal.last_hash,
                image=engine.snapshot(),
            )
        )


class Beginning(NamedTuple):
    """Where re-applying begins: the state, and the hash of the record that led to it."""

    engine: Engine
    sequence: int
    hash: bytes


class Replay:
    """One pass over the journal; `engine` is what its records have made so far."""

    def __init__(self, journal: Recorded, beginning: Beginning) -> None:
        self.journal = journal
        self._epochs = journal.epochs
        self.hash = beginning.hash
        self.engine = beginning.engine
        self._sequence = beginning.engine.sequence
        self.records = 0

    def run(self, progress: Progress | None) -> None:
        """Re-apply everything up to the journal's end."""
        journal, engine = self.journal, self.engine
        self.run_to(Sequence(journal.last), progress)
        if engine.sequence != journal.last or self.hash != journal.last_hash:
            msg = (
                f"the journal ends at sequence {journal.last} with another record "
                f"than the one re-applied at {engine.sequence}"
            )
            raise JournalDamaged(msg)

    def run_to(self, sequence: Sequence, progress: Progress | None) -> None:
        """Re-apply up to a sequence; a venue that runs may have written more meanwhile."""
        journal = self.journal
        while self._sequence < sequence:
            batch = journal.read(self._sequence, READ_RECORDS)
            if not batch:
                msg = f"the record after sequence {self._sequence} is missing"
                raise JournalDamaged(msg)
            for stored in batch:
                if self._sequence >= sequence:
                    break
                self.step(stored)
                self.records += 1
            if progress is not None:
                progress(self._sequence, journal.last)

    def step(self, stored: StoredRecord) -> None:
        """Apply one record again; raise JournalDamaged if it is not what the journal says."""
        engine, after = self.engine, self._sequence
        try:
            claim = decode_claim(stored)
        except (JournalDamaged, msgspec.MsgspecError) as error:
            msg = f"the record after sequence {after} is damaged: {error}"
            raise JournalDamaged(msg) from error
        if claim.first != after + 1:
            msg = f"after sequence {after} comes {claim.first}: records are missing or in disorder"
            raise JournalDamaged(msg)
        if stored.link != link_at(self._epochs, claim.first, self.hash):
            msg = f"the record at sequence {claim.first} does not follow the one before it"
            raise JournalDamaged(msg)
        try:
            events = engine.apply(claim.entry)
        except Exception as error:
            error.add_note(f"while the record at sequence {claim.first} was applied again")
            raise
        last = self._sequence = engine.sequence
        remade = Record(
            format=claim.format, first=claim.first, last=last, entry=claim.entry, events=events
        )
        if encode(remade) != stored.body:
            msg = (
                f"the record at sequence {claim.first}, applied again, has other events "
                "than the journal says"
            )
            raise JournalDamaged(msg)
        self.hash = stored.hash


def witnessed_loss(
    journal: Recorded, snapshots: Snapshots | None, history_reached: int | None
) -> int:
    """Return the sequence beyond the journal's end that somebody has seen; 0 if nobody has."""
    seen = history_reached or 0
    for sequence in snapshots.sequences() if snapshots is not None else ():
        if sequence > journal.last and not _is_given_up(journal, snapshots, sequence):
            seen = max(seen, sequence)
    return seen if seen > journal.last else 0


def _is_given_up(journal: Recorded, snapshots: Snapshots | None, sequence: int) -> bool:
    """Say whether a snapshot beyond the end belongs to an epoch whose loss was accepted before."""
    snapshot = snapshots.load(sequence) if snapshots is not None else None
    return snapshot is not None and snapshot.epoch in list(journal.epochs.values())[:-1]


def _accept(
    journal: Journal, snapshots: Snapshots | None, lost_until: int, *, accept_loss: bool
) -> None:
    if not accept_loss:
        msg = (
            f"the journal ends at sequence {journal.last}, but sequence {lost_until} was reached: "
            "records are lost. Restore the data directory from a backup, or start once with "
            "--accept-loss to go on from where the journal ends"
        )
        raise JournalDamaged(msg)
    if journal.first() > 1:
        msg = (
            f"the loss cannot be accepted: a new epoch needs a history of its own, and the journal "
            f"begins at sequence {journal.first()}. Restore the data directory from a backup"
        )
        raise JournalDamaged(msg)
    # First the new name: if we die between the two, the snapshots are seen to be of a past epoch.
    journal.begin_epoch(new_epoch())
    if snapshots is not None:
        snapshots.discard_after(journal.last)


def _check_beginning(journal: Journal, history_reached: int | None) -> None:
    first = journal.first()
    if history_reached is not None and history_reached + 1 < first:
        ends = f"ends at sequence {history_reached}" if history_reached else "is missing"
        msg = (
            f"history {ends}, but the journal begins at {first}: what lies between exists "
            "nowhere any more. Restore the data directory from a backup"
        )
        raise JournalDamaged(msg)


def newest_beginning(journal: Recorded, snapshots: Snapshots | None) -> Beginning:
    """Return the newest snapshot to be trusted; without one the journal must begin at 1."""
    first = journal.first()
    for sequence in snapshots.sequences() if snapshots is not None else ():
        if snapshots is None or not first - 1 <= sequence <= journal.last:
            continue
        snapshot = snapshots.load(sequence)
        if snapshot is None:
            continue
        if snapshot.epoch not in journal.epochs.values():
            msg = (
                f"the snapshot at sequence {sequence} is of epoch {snapshot.epoch}, "
                f"the journal of {', '.join(journal.epochs.values())}: they are not of one venue"
            )
            raise JournalDamaged(msg)
        try:
            engine = Engine.restore(snapshot.image)
        except msgspec.ValidationError as error:
            snapshots.passed_over.append(f"sequence {sequence}: not of this release: {error}")
            continue
        if engine.sequence != sequence:
            msg = f"the snapshot named {sequence} holds the state of sequence {engine.sequence}"
            raise JournalDamaged(msg)
        return Beginning(engine, sequence, snapshot.hash)
    if first != 1:
        msg = f"the journal begins at sequence {first} and no snapshot reaches it"
        raise JournalDamaged(msg)
    return Beginning(Engine(), 0, b"")
