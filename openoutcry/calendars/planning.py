"""Telling the venue of its calendar's turns, far enough ahead that nobody needs to hurry."""

from typing import Final

from openoutcry.calendars.calendar import SECOND, Calendar
from openoutcry.model.commands import SetSessions
from openoutcry.model.instrument import SessionTurn

DAY: Final = 86_400 * SECOND
AHEAD: Final = 14 * DAY
"""How far a plan reaches."""
NEEDED: Final = 7 * DAY
"""How far it must reach; a venue that is told later than this has been off for a week or more."""


def plan(calendar: Calendar, now: int) -> SetSessions:
    """Return the turns from now on, led by the one that decides the phase now.

    That one is in the past and goes off at once, in every instrument of the calendar.
    """
    turns = (calendar.standing(now), *calendar.turns_between(now, now + AHEAD))
    return SetSessions(calendar=calendar.name, turns=turns)


def next_plan(calendar: Calendar, known: tuple[SessionTurn, ...], now: int) -> SetSessions | None:
    """Return what the venue has to be told, None when what it knows suffices.

    A plan that only goes on moves nothing now: somebody may have halted an instrument, or opened it
    for a test, and that is not the calendar's to undo. But where the venue knows nothing, or knows
    other turns than the calendar has, it may stand in the wrong phase, and is put right.
    """
    coming = tuple(turn for turn in known if turn.at > now)
    needed = calendar.turns_between(now, now + NEEDED)
    if known and coming[: len(needed)] == needed:
        return None
    if known and needed[: len(coming)] == coming:
        turns = calendar.turns_between(now, now + AHEAD)
        return SetSessions(calendar=calendar.name, turns=turns)
    return plan(calendar, now)
