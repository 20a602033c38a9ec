"""What tests of several packages ask for: a data directory and its journal."""

from contextlib import closing

import pytest

from openoutcry.journal.directory import DataDirectory


@pytest.fixture
def directory(tmp_path):
    with closing(DataDirectory(tmp_path / "data")) as directory:
        yield directory


@pytest.fixture
def journal(directory):
    with closing(directory.open_journal()) as journal:
        yield journal
