"""What follows from an order that has finished: one step after the other, until it is quiet.

Rule 1: a step does one thing and says whether it did; the first step that can act goes first, and
everything is looked at anew afterwards.
Rule 2: nothing here happens within a match: the incoming order has finished.

Whoever makes a step necessary sets `state.restless`, so that a plain order pays one look at it.
"""

from collections.abc import Callable
from typing import Final

from openoutcry.engine import bonds, groups, pegs, stops, vigil
from openoutcry.engine.state import State

CONSEQUENCES_MAX: Final = 10_000
"""Steps after one order; what is left over goes on after the next command."""

Step = Callable[[State], bool]
STEPS: Final[tuple[Step, ...]] = (
    bonds.hear,
    pegs.follow,
    stops.fire_next,
    groups.release_next,
    stops.look_at_quotes,
    vigil.look,
)


def settle(state: State) -> None:
    """Let everything follow that follows from what has just happened."""
    for _ in range(CONSEQUENCES_MAX):
        for step in STEPS:
            if step(state):
                break
        else:
            state.restless = False
            return
    # What is left over must survive a restart, and those two lists do not.
    bonds.hear(state)
    for market in state.links.stirred.values():
        stops.hear_trades(state, market)
