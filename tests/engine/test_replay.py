"""The same commands give the same state: in another process, under another hash, from a journal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from openoutcry.engine.engine import Engine
from tests.journals.recording import JOURNALS, digest_of, read
from tests.stage import applied
from tests.workload import played

ROOT = Path(__file__).parents[2]
COMMANDS, SEED = 4_000, 11
RECORDED = sorted(JOURNALS.glob("*.jsonl"))


def digest_elsewhere(hash_seed):
    """Play the workload in a process of its own and return the digest it ends with."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.workload", str(COMMANDS), str(SEED)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout


@pytest.mark.slow
def test_the_digest_does_not_depend_on_the_process_or_its_hash_seed():
    here = played(COMMANDS, SEED).digest()
    assert [digest_elsewhere(seed) for seed in ("0", "1")] == [here, here]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_a_recorded_journal_still_means_the_same(path):
    engine = Engine()
    for record in read(path):
        assert applied(engine, record.entry) == record, f"record {record.first} differs"
    engine.check()
    assert engine.digest() == digest_of(path)


def test_there_are_recorded_journals():
    assert RECORDED
