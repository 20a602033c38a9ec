"""A calendar: on which days there is trading, and when each phase begins on such a day.

Rule 1: a function of its file and of the moments asked for; it reads no clock and no table of time
zones, only an offset and one of two rules for summer time.
Rule 2: the engine knows nothing of it. It is told turns by journaled commands, so what a replay
does never depends on a holiday that was put right later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Final

from openoutcry.model.instrument import Phase, SessionTurn
from openoutcry.model.units import Nanos

SECOND: Final = 10**9
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOOK_BACK: Final = timedelta(days=14)
"""Longer than any market has been closed since the First World War."""
_SUNDAY: Final = 6
_MARCH, _OCTOBER, _NOVEMBER = 3, 10, 11


class DaylightSaving(Enum):
    """Between which Sundays clocks are an hour ahead."""

    NONE = "none"
    US = "us"
    """From the second one of March to the first one of November."""
    EU = "eu"
    """From the last one of March to the last one of October."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A phase and the local time at which it begins."""

    at: time
    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The hours of a market."""

    name: str
    utc_offset: timedelta
    daylight_saving: DaylightSaving
    weekdays: frozenset[int]
    """0 is Monday."""
    turns: tuple[Turn, ...]
    """Of a trading day, in order."""
    holidays: frozenset[date] = frozenset()
    half_days: frozenset[date] = frozenset()
    half_day_close: time | None = None

    def is_trading_day(self, day: date) -> bool:
        """Say whether there is trading on a local date."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def turns_between(self, start: int, end: int) -> tuple[SessionTurn, ...]:
        """Return what turns after `start` and not after `end`, both in nanoseconds, in order."""
        first = _moment(start) - timedelta(days=1)
        last = _moment(end) + timedelta(days=1)
        days = (last.date() - first.date()).days
        turns = (
            turn
            for number in range(days + 1)
            for turn in self._turns_of(first.date() + timedelta(days=number))
        )
        return tuple(turn for turn in turns if start < turn.at <= end)

    def standing(self, at: int) -> SessionTurn:
        """Return the turn that decides the phase at a moment."""
        start = _nanos(_moment(at) - _LOOK_BACK)
        turns = self.turns_between(start, at)
        return turns[-1] if turns else SessionTurn(Nanos(start), Phase.CLOSED)

    def _turns_of(self, day: date) -> Iterator[SessionTurn]:
        if not self.is_trading_day(day):
            return
        close = self.turns[-1].at
        is_half = day in self.half_days and self.half_day_close is not None
        for turn in self.turns:
            at = turn.at
            if is_half and self.half_day_close is not None:
                # What belongs to the close moves with it; what would come after it does not happen.
                at = self.half_day_close if at == close else at
                if at > self.half_day_close:
                    continue
            yield SessionTurn(Nanos(self._utc(day, at)), turn.phase)

    def _utc(self, day: date, at: time) -> int:
        offset = self.utc_offset
        if is_summer(self.daylight_saving, day):
            offset += timedelta(hours=1)
        return _nanos(datetime.combine(day, at, tzinfo=UTC) - offset)


def is_summer(rule: DaylightSaving, day: date) -> bool:
    """Say whether clocks are ahead from the morning of a day on; they change at night."""
    if rule is DaylightSaving.NONE:
        return False
    if rule is DaylightSaving.US:
        start, end = _sunday(day.year, _MARCH, 2), _sunday(day.year, _NOVEMBER, 1)
    else:
        start, end = _last_sunday(day.year, _MARCH), _last_sunday(day.year, _OCTOBER)
    return start <= day < end


def _sunday(year: int, month: int, which: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(_SUNDAY - first.weekday()) % 7 + 7 * (which - 1))


def _last_sunday(year: int, month: int) -> date:
    fifth = _sunday(year, month, 5)
    return fifth if fifth.month == month else fifth - timedelta(days=7)


def _moment(at: int) -> datetime:
    return _EPOCH + timedelta(seconds=at // SECOND)


def _nanos(moment: datetime) -> int:
    passed = moment - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * SECOND
