"""Where trials keep a venue's files; those that open one often, in memory if there is room."""

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
BYTES_MIN = 512 * 1024 * 1024


def folder_of_a_trial(place=None):
    """Return a temporary folder; a killed venue's follower may still write into it when it goes."""
    return tempfile.TemporaryDirectory(
        prefix="openoutcry-proof-", ignore_cleanup_errors=True, dir=place
    )


def quick_folder():
    """Return a temporary folder; what is tested in it is not the disk's own behaviour."""
    place = None
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        room = os.statvfs(MEMORY)
        place = MEMORY if room.f_bavail * room.f_frsize >= BYTES_MIN else None
    return folder_of_a_trial(place)
