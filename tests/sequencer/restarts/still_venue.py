"""A venue whose clock stands until the tests move it: `python -m … serve`.

The time, in nanoseconds, is the content of a file beside the data directory. So nothing falls due
while the venue is started again, however long that takes, and everything when a test says so.
"""

import os
from functools import partial
from pathlib import Path

from openoutcry import opening
from openoutcry.cli.main import main
from openoutcry.sequencer.clock import VenueClock

NOW = "now"


def reading() -> int:
    """Return the time that it is here."""
    return int((Path(os.environ["OPENOUTCRY_DATA_DIR"]).with_name(NOW)).read_text())


if __name__ == "__main__":
    opening.VenueClock = partial(VenueClock, wall=reading, monotonic=reading)
    main()
