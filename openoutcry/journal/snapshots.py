"""Snapshots on disk: the whole state at one sequence, so that start-up need not begin at 1.

Rule 1: a file under its final name is complete: it was synced before it was renamed.
Rule 2: a file whose hash does not verify is never used; its name still counts as a witness of how
far the journal must reach.

A file is one header line, `sha256 json`, and the engine's image. The hash covers everything
behind its own blank.
"""

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

SNAPSHOTS_KEPT: Final = 3
"""Files kept; older ones are deleted when a newer one is safe."""
FORMAT: Final = 1
"""Edition of the header below."""

_NAME: Final = re.compile(r"snapshot-(\d{20})\.json", re.ASCII)


class _Header(Struct, frozen=True, kw_only=True):
    format: int
    epoch: str
    sequence: int
    hash: str


class Snapshot(Struct, frozen=True, kw_only=True):
    """The state after the record that ends at `sequence`."""

    epoch: str
    sequence: int
    hash: bytes
    """Of that record: the first one to be applied after it chains to this."""
    image: bytes


class SnapshotFiles:
    """The snapshots in one directory; `passed_over` says which could not be used, and why."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.passed_over: list[str] = []

    def sequences(self) -> list[int]:
        """Return the sequences that files are named after, the newest first, readable or not."""
        names = (_NAME.fullmatch(path.name) for path in self._directory.iterdir())
        return sorted((int(name[1]) for name in names if name), reverse=True)

    def load(self, sequence: int) -> Snapshot | None:
        """Return a snapshot, or None if its file is damaged or of an edition unknown here."""
        path = self._path(sequence)
        digest, _, rest = path.read_bytes().partition(b" ")
        if sha256(rest).hexdigest().encode() != digest:
            self.passed_over.append(f"{path.name}: its hash does not match")
            return None
        line, _, image = rest.partition(b"\n")
        try:
            header = msgspec.json.decode(line, type=_Header)
        except msgspec.MsgspecError as error:
            self.passed_over.append(f"{path.name}: its header cannot be read: {error}")
            return None
        if header.format != FORMAT or header.sequence != sequence:
            self.passed_over.append(f"{path.name}: its header is that of another file")
            return None
        return Snapshot(
            epoch=header.epoch, sequence=sequence, hash=bytes.fromhex(header.hash), image=image
        )

    def save(self, snapshot: Snapshot) -> None:
        """Write a snapshot, on disk on return; drop what is older than the newest three."""
        header = _Header(
            format=FORMAT,
            epoch=snapshot.epoch,
            sequence=snapshot.sequence,
            hash=snapshot.hash.hex(),
        )
        rest = msgspec.json.encode(header) + b"\n" + snapshot.image
        path = self._path(snapshot.sequence)
        write_durably(path, sha256(rest).hexdigest().encode() + b" " + rest)
        for sequence in self.sequences()[SNAPSHOTS_KEPT:]:
            self._path(sequence).unlink()

    def discard_after(self, sequence: int) -> None:
        """Delete the snapshots of a future that the journal has lost."""
        for later in self.sequences():
            if later > sequence:
                self._path(later).unlink()

    def discard_drafts(self) -> None:
        """Delete what was being written when its writer died; nobody may be writing now."""
        for draft in self._directory.glob("snapshot-*.draft"):
            if _NAME.fullmatch(f"{draft.stem}.json"):
                draft.unlink()

    def _path(self, sequence: int) -> Path:
        return self._directory / f"snapshot-{sequence:020d}.json"


def write_durably(path: Path, content: bytes) -> None:
    """Let `path` have this content, or what it had before, whatever happens meanwhile."""
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make new names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
