"""What docs/CLIENT.md shows is run as a reader would run it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.venue import running_venue

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "CLIENT.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
WRITTEN_FOR = "127.0.0.1:8000"


@pytest.fixture(scope="module")
def venue():
    with running_venue(SIMULATION="off") as started:
        yield started


def test_there_are_programs_to_run():
    assert len(PROGRAMS) == 2


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_of_the_page_runs_to_its_end(venue, program):
    assert WRITTEN_FOR in program
    done = subprocess.run(
        [sys.executable, "-c", program.replace(WRITTEN_FOR, f"127.0.0.1:{venue.port}")],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "new" in done.stdout
