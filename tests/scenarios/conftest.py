"""What every story takes for granted."""

import pytest

from openoutcry.engine import entering


@pytest.fixture(autouse=True)
def top_ups_are_exact(monkeypatch):
    """Without the spare, a story shows what was lacking; the auditor watches it with the spare."""
    monkeypatch.setattr(entering, "TOP_UP_SPARE", 0)
