"""Short and torn writes, EIO and ENOSPC, on write and on fsync, at every point there is."""

import shutil
import subprocess
import sys

import pytest

from tests.proof.disk import ROOT, build, environment


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("cc") is None or not sys.platform.startswith("linux"),
    reason="needs Linux and a C compiler",
)
def test_a_fault_of_the_disk_stops_the_venue_is_not_retried_and_loses_nothing(tmp_path):
    found = subprocess.run(
        [sys.executable, "-m", "tests.sequencer.on_a_faulty_disk", str(tmp_path)],
        env=environment(build(tmp_path)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stderr) == (0, "")
    lines = [line.split() for line in found.stdout.splitlines()]
    assert len(lines) == 6
    for kind, points, stopped in lines:
        assert int(points) >= 5
        assert int(stopped) == (0 if kind == "SHORT_WRITE" else int(points))
