"""Log lines, whatever a venue before has chosen."""

import pytest
import structlog


@pytest.fixture(autouse=True)
def every_log_line():
    """Let tests see lines of every level, whatever a venue before them chose."""
    structlog.reset_defaults()
