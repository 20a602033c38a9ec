"""The calendars that a venue knows: the built-in one, and the one that its operator chose."""

from collections.abc import Mapping

from openoutcry.calendars.calendar import Calendar
from openoutcry.calendars.reading import US_EQUITIES, calendar_of
from openoutcry.model.instrument import ALWAYS, Phase


class Calendars:
    """Calendars by name; beside them `always`, under which nothing ever closes."""

    def __init__(self, known: Mapping[str, Calendar], default: str = ALWAYS) -> None:
        assert ALWAYS not in known, "always is no calendar"
        assert default == ALWAYS or default in known, "the default is known"
        self.known = dict(known)
        self.default = default
        """Of an instrument that is listed without naming one."""

    def names(self) -> tuple[str, ...]:
        """Return what an instrument may name."""
        return (ALWAYS, *self.known)

    def phase(self, name: str, at: int) -> Phase:
        """Return the phase that a calendar puts its instruments in at a moment."""
        calendar = self.known.get(name)
        return calendar.standing(at).phase if calendar is not None else Phase.CONTINUOUS


def calendars_of(setting: str) -> Calendars:
    """Return what a venue knows with a setting: `always`, a built-in calendar, or a file.

    A file may bear the name of a built-in calendar and is taken instead of it.
    """
    built_in, chosen = calendar_of(US_EQUITIES), calendar_of(setting)
    known = {one.name: one for one in (built_in, chosen) if one is not None}
    return Calendars(known, ALWAYS if chosen is None else chosen.name)
