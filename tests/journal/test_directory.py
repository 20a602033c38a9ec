"""The data directory belongs to one venue at a time."""

import os
import subprocess
import sys
from contextlib import closing

import pytest

from openoutcry.journal.directory import DataDirectory
from openoutcry.model.errors import DirectoryLocked
from tests.journal.written import write

HOLD = """
import sys
from pathlib import Path
from openoutcry.journal.directory import DataDirectory
directory = DataDirectory(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def holding(path):
    """Start another process that holds a directory, and return when it does."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert process.stdout.readline() == b"held\n"
    return process


def test_it_is_made_for_its_owner_only(tmp_path):
    path = tmp_path / "not" / "there"
    with closing(DataDirectory(path)):
        assert path.stat().st_mode & 0o777 == 0o700
        assert (path / "lock").stat().st_mode & 0o777 == 0o600


def test_a_second_venue_in_the_same_process_is_refused(tmp_path):
    with closing(DataDirectory(tmp_path)), pytest.raises(DirectoryLocked, match=f"{os.getpid()}"):
        DataDirectory(tmp_path)


def test_a_directory_that_was_let_go_can_be_taken(tmp_path):
    DataDirectory(tmp_path).close()
    DataDirectory(tmp_path).close()


@pytest.mark.slow
def test_a_second_process_is_refused_by_name_until_the_first_is_killed(tmp_path):
    with holding(tmp_path) as other:
        with pytest.raises(DirectoryLocked, match=f"in use by process {other.pid};"):
            DataDirectory(tmp_path)
        other.kill()
        other.wait()
        DataDirectory(tmp_path).close()


def test_its_journal_keeps_its_epoch(tmp_path):
    with closing(DataDirectory(tmp_path)) as directory:
        journal = directory.open_journal()
        epoch, written = journal.epoch, write(journal, 2)
        journal.close()
        with closing(directory.open_journal()) as again:
            assert again.epoch == epoch
            assert again.read(0, 10) == written
