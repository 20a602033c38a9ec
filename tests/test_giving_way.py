"""A process that gives way keeps doing so, and goes on where that is forbidden."""

import json
import os
import subprocess
import sys

import pytest

FORBIDDEN = """
def forbidden(*_):
    raise PermissionError
os.sched_setscheduler = forbidden
"""


def after_giving_way(before=""):
    """Return the niceness and the class of a process that has given way by 7."""
    script = (
        f"import json, os\n{before}\nfrom openoutcry.giving_way import give_way\ngive_way(7)\n"
        "print(json.dumps([os.nice(0), os.sched_getscheduler(0)]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="no such class here")
@pytest.mark.parametrize("may", [True, False])
def test_it_is_nicer_and_waits_its_turn_where_it_may(may):
    niceness, found = after_giving_way("" if may else FORBIDDEN)
    assert niceness == min(19, os.nice(0) + 7)
    assert found == (os.SCHED_BATCH if may else os.sched_getscheduler(0))
