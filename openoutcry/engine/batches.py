"""Batches: orders that were sent together and have nothing else in common.

Rule: a batch decides nothing. It is in the journal so that its key is known to have been used, even
if the venue stopped between two of its orders: whoever repeats it gets the rest of them entered.
"""

from openoutcry.engine.state import State
from openoutcry.model.commands import BeginBatch


def begin_batch(_: State, __: BeginBatch) -> None:
    """Take note: no event, one sequence number."""
