"""A data directory with a past, and its journal."""

from contextlib import closing

import pytest
import structlog

from openoutcry.journal.directory import DataDirectory


@pytest.fixture(autouse=True)
def every_log_line():
    """Let tests see lines of every level, whatever a venue before them chose."""
    structlog.reset_defaults()


@pytest.fixture
def directory(tmp_path):
    with closing(DataDirectory(tmp_path / "data")) as directory:
        yield directory


@pytest.fixture
def journal(directory):
    with closing(directory.open_journal()) as journal:
        yield journal
