"""Telling the venue of its calendar's turns, far enough ahead that nobody needs to hurry."""

from typing import Final

from openoutcry.calendars.calendar import SECOND, Calendar
from openoutcry.model.commands import SetSessions

AHEAD: Final = 14 * 86_400 * SECOND
"""How far a plan reaches; a venue that runs is told the next one long before."""
PLANNED_EVERY_S: Final = 86_400
"""Seconds from one plan to the next."""


def plan(calendar: Calendar, now: int) -> SetSessions:
    """Return the turns from now on, led by the one that decides the phase now.

    That one is in the past and goes off at once: so a venue that was down over a turn, or whose
    instruments have just been listed, is put right by the plan itself.
    """
    turns = (calendar.standing(now), *calendar.turns_between(now, now + AHEAD))
    return SetSessions(calendar=calendar.name, turns=turns)
