"""Short and torn writes, EIO and ENOSPC, on write and on fsync, at every point there is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def faulty_disk(tmp_path_factory):
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("needs Linux and a C compiler")
    library = tmp_path_factory.mktemp("disk") / "faulty_disk.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", library, HERE / "faulty_disk.c", "-ldl"],
        check=True,
    )
    return library


@pytest.mark.slow
def test_a_fault_of_the_disk_stops_the_venue_is_not_retried_and_loses_nothing(
    faulty_disk, tmp_path
):
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    found = subprocess.run(
        [sys.executable, "-m", "tests.sequencer.on_a_faulty_disk", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path, "LD_PRELOAD": str(faulty_disk)},
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
