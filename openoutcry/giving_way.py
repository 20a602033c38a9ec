"""How a process beside the venue keeps out of its way.

Rule: where processors are short, orders come first, and what is written of them later.
"""

import os
from contextlib import suppress


def give_way(niceness: int) -> None:
    """Lower this process's priority for good, and let it interrupt nobody when it wakes.

    A process of the batch class (Linux; elsewhere only its priority is lowered) takes the rest of a
    processor's time like any other, but waits for its turn: see decision 0023.
    """
    os.nice(niceness)
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):  # A sandbox may forbid it; then the priority alone has to do.
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
