"""The disk that breaks: the library that is preloaded, and its places and faults by name."""

import ctypes
import os
import shutil
import subprocess
import sys
from enum import IntEnum
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


class Place(IntEnum):
    """As in broken_disk.c."""

    JOURNAL = 0
    HISTORY = 1
    SNAPSHOT = 2


class Fault(IntEnum):
    """As in broken_disk.c."""

    SHORT_WRITE = 0
    """Half of the bytes are taken, and the call says so: to go on is right."""
    TORN_WRITE = 1
    WRITE_EIO = 2
    WRITE_ENOSPC = 3
    SYNC_EIO = 4
    SYNC_ENOSPC = 5

    @property
    def is_of_syncs(self):
        return self >= Fault.SYNC_EIO


KILLED = 6
"""No fault of the disk: the end of the process, at the first write after so many syncs."""


def build(folder):
    """Compile the library into a folder and return its path."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    assert compiler is not None, "faults of the disk need a C compiler; install gcc"
    library = Path(folder) / "broken_disk.so"
    source = HERE / "broken_disk.c"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-o", library, source, "-ldl"], check=True
    )
    return library


def environment(library):
    """Return the environment of a process whose disk may break."""
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    return {**os.environ, "PYTHONPATH": path, "LD_PRELOAD": str(library)}


class Disk:
    """The disk of this process, which was started with the library preloaded."""

    def __init__(self):
        self._library = ctypes.CDLL(None)
        self._library.disk_breaks.argtypes = [ctypes.c_int, ctypes.c_long, ctypes.c_int]
        for name in ("disk_writes", "disk_syncs", "disk_asked_later", "disk_unsynced"):
            getattr(self._library, name).restype = ctypes.c_long

    def breaks(self, place, point, fault):
        """Let it break at a point from here on, counted from one."""
        self._library.disk_breaks(place, point, fault)

    def holds(self):
        """Let it break no more, and count anew."""
        self._library.disk_breaks(-1, 0, 0)

    def points(self, place, fault):
        """Return how often it was asked for what such a fault would hit."""
        count = self._library.disk_syncs if fault.is_of_syncs else self._library.disk_writes
        return count(place)

    def unsynced(self, place):
        """Return how many writes no sync has followed."""
        return self._library.disk_unsynced(place)

    def broke(self):
        return bool(self._library.disk_broke())

    def asked_later(self):
        """Return how often the same files were written or synced after it broke."""
        return self._library.disk_asked_later()
