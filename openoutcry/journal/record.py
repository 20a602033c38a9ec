"""The journal's record as bytes, chained by hashes.

Rule 1: a record is read through `decode` or `decode_claim` only; both check its hash first.
Rule 2: `encode` gives the same bytes for the same record, for ever: re-made records are compared.

Theory of operation
-------------------
The hash of a record is SHA-256 of its link and its body. The link is the hash of the record
before, or, at the first record of an epoch, the hash of that epoch's name after it:

    opening(epoch) ──► record 1 ──► record 2 ── … ──► opening(next epoch) ──► record n ──►

So whoever knows the newest hash can tell whether anything before it was changed. Bodies are JSON
in one line: an auditor can read them with nothing but a text editor.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final
from uuid import uuid4

import msgspec
from msgspec import Struct

from openoutcry.model.errors import JournalDamaged
from openoutcry.model.record import FORMAT, Entry, Record
from openoutcry.model.units import Sequence

BLOCK_RECORDS_MAX: Final = 1024
"""Records in one block; the sequencer then waits for the writer."""
BLOCK_BYTES_MAX: Final = 4 * 1024 * 1024
"""Bytes after which a block takes no further record; one record may be longer."""

HASHED_AT_ONCE: Final = 2_047
"""Bytes that hashlib takes without letting another thread run."""

encode: Final = msgspec.json.Encoder().encode
"""Return the body of a record."""


class StoredRecord(Struct, frozen=True, array_like=True, gc=False):
    """A record as the journal keeps it: able to show by itself that it is intact."""

    link: bytes
    """What it is chained to."""
    hash: bytes
    body: bytes


class Block(Struct, frozen=True, gc=False):
    """Records that become durable together; `first` and `last` are sequences."""

    first: int
    last: int
    records: list[StoredRecord]


class Claim(Struct, frozen=True, gc=False):
    """A record without its events: what has to be applied again to see whether they are true."""

    format: int
    first: Sequence
    last: Sequence
    entry: Entry


class _Span(Struct, frozen=True, gc=False):
    first: int
    last: int


_record_of: Final = msgspec.json.Decoder(Record).decode
_claim_of: Final = msgspec.json.Decoder(Claim).decode
_span_of: Final = msgspec.json.Decoder(_Span).decode


def new_epoch() -> str:
    """Return a name for a new history."""
    return uuid4().hex


def opening(epoch: str, previous: bytes = b"") -> bytes:
    """Return what the first record of an epoch is chained to."""
    return sha256(previous + epoch.encode()).digest()


def link_at(epochs: Mapping[int, str], first: int, previous: bytes) -> bytes:
    """Return what the record that begins at `first` is chained to, after a record's hash."""
    epoch = epochs.get(first)
    return previous if epoch is None else opening(epoch, previous)


def seal(link: bytes, body: bytes) -> StoredRecord:
    """Chain a body to what came before it.

    A long body is hashed in pieces, because for a piece beyond 2,047 bytes Python lets another
    thread run, and taking its turn back can cost the loop more than the hash.
    """
    if len(body) < HASHED_AT_ONCE - len(link):
        return StoredRecord(link, sha256(link + body).digest(), body)
    hashed = sha256(link)
    for start in range(0, len(body), HASHED_AT_ONCE):
        hashed.update(body[start : start + HASHED_AT_ONCE])
    return StoredRecord(link, hashed.digest(), body)


def decode(stored: StoredRecord) -> Record:
    """Return the record, or raise JournalDamaged if it is not what was written."""
    _check(stored)
    record = _record_of(stored.body)
    _check_format(record.format, record.first)
    return record


def decode_claim(stored: StoredRecord) -> Claim:
    """Return the record without its events, checked as `decode` does."""
    _check(stored)
    claim = _claim_of(stored.body)
    _check_format(claim.format, claim.first)
    return claim


def last_of(stored: StoredRecord) -> int:
    """Return a record's last sequence without checking or reading the rest."""
    try:
        return _span_of(stored.body).last
    except msgspec.MsgspecError as error:
        msg = f"a record does not say its sequence: {stored.body[:60]!r}"
        raise JournalDamaged(msg) from error


def _check(stored: StoredRecord) -> None:
    if sha256(stored.link + stored.body).digest() != stored.hash:
        msg = f"the hash of a record does not match it; it begins {stored.body[:60]!r}"
        raise JournalDamaged(msg)


def _check_format(found: int, first: int) -> None:
    if found > FORMAT:
        msg = f"the record at sequence {first} has format {found}, this release reads {FORMAT}"
        raise JournalDamaged(msg)
