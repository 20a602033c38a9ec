"""Recorded journals: one record a line as JSON, and the digest of the state they end in beside it.

    python -m tests.journals.recording NAME     records a new one; an existing name is refused

A journal of a release is never recorded again: that it still means the same is the point. When
the picture of the state grows a field, its digest changes and only the digest is written anew, in a
commit that says why.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from openoutcry.engine.engine import Engine
from openoutcry.model.record import Record
from tests.stage import applied
from tests.workload import Workload

JOURNALS: Final = Path(__file__).parent
COMMANDS: Final = 150
SEED: Final = 20


def read(path: Path) -> Iterator[Record]:
    """Yield the records of a journal."""
    for line in path.read_bytes().splitlines():
        yield msgspec.json.decode(line, type=Record)


def digest_of(path: Path) -> str:
    """Return the digest that a journal was recorded with."""
    return path.with_suffix(".digest").read_text(encoding="ascii").strip()


def record(path: Path) -> None:
    """Play the workload and write what it gave."""
    engine, workload = Engine(), Workload(SEED)
    records = [applied(engine, entry) for entry in workload.opening()]
    for _ in range(COMMANDS):
        records.append(applied(engine, workload.draw()))
        workload.heard(records[-1].events)
    with path.open("xb") as journal:
        journal.writelines(msgspec.json.encode(line) + b"\n" for line in records)
    path.with_suffix(".digest").write_text(engine.digest() + "\n", encoding="ascii")


if __name__ == "__main__":
    record(JOURNALS / f"{sys.argv[1]}.jsonl")
