"""Reading calendars: from the package by name, or from a TOML file of the same form."""

import tomllib
from collections.abc import Mapping
from datetime import date, time, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Final

from openoutcry.calendars.calendar import Calendar, DaylightSaving, Turn
from openoutcry.model.errors import VenueError
from openoutcry.model.instrument import ALWAYS, Phase

US_EQUITIES: Final = "us-equities"
NAME_MAX: Final = 64
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KNOWN: Final = frozenset(
    {"name", "utc_offset", "daylight_saving", "weekdays", "turns", "half_days", "holidays"}
)
_OFFSET_PARTS: Final = 2


class BadCalendar(VenueError):
    """A calendar cannot be used; the message says which and why."""


def calendar_of(setting: str) -> Calendar | None:
    """Return the calendar that a setting names: a built-in one or a file; None trades always."""
    if setting == ALWAYS:
        return None
    if setting == US_EQUITIES:
        text = files("openoutcry.calendars").joinpath("us_equities.toml").read_text("utf-8")
        return parse(text, setting)
    try:
        text = Path(setting).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadCalendar(f"{setting}: {fault}") from fault
    return parse(text, setting)


def parse(text: str, source: str) -> Calendar:
    """Return the calendar that a TOML text describes."""
    try:
        return _calendar(tomllib.loads(text))
    except KeyError as fault:
        raise BadCalendar(f"{source}: {fault.args[0]} is missing") from fault
    except (TypeError, ValueError, AttributeError) as fault:
        raise BadCalendar(f"{source}: {fault}") from fault


def _calendar(content: Mapping[str, object]) -> Calendar:
    unknown = sorted(set(content) - _KNOWN)
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}")
    half_days = _table(content.get("half_days", {}))
    turns = tuple(_turn(_table(one)) for one in _list(content["turns"]))
    if not turns or any(one.at > other.at for one, other in pairwise(turns)):
        raise ValueError("turns are there, in order of time")
    close = half_days.get("close")
    return Calendar(
        name=_name(content["name"]),
        utc_offset=_offset(str(content["utc_offset"])),
        daylight_saving=DaylightSaving(content.get("daylight_saving", "none")),
        weekdays=frozenset(_weekday(day) for day in _list(content["weekdays"])),
        turns=turns,
        holidays=_dates(_table(content.get("holidays", {}))),
        half_days=_dates(half_days),
        half_day_close=None if close is None else time.fromisoformat(str(close)),
    )


def _name(name: object) -> str:
    if not isinstance(name, str) or not name.strip() or len(name) > NAME_MAX or name == ALWAYS:
        raise ValueError(f"name has 1 to {NAME_MAX} characters and is not {ALWAYS}; found {name!r}")
    return name


def _weekday(day: object) -> int:
    if day not in _DAYS:
        raise ValueError(f"weekdays are {', '.join(_DAYS)}; found {day!r}")
    return _DAYS.index(str(day))


def _turn(table: Mapping[str, object]) -> Turn:
    return Turn(time.fromisoformat(str(table["at"])), Phase(table["phase"]))


def _offset(text: str) -> timedelta:
    parts = text.lstrip("+-").split(":")
    is_offset = len(parts) == _OFFSET_PARTS and all(part.isdecimal() for part in parts)
    if not is_offset or text[:1] not in ("+", "-"):
        raise ValueError(f"utc_offset is like -05:00, not {text}")
    size = timedelta(hours=int(parts[0]), minutes=int(parts[1]))
    if size >= timedelta(days=1):
        raise ValueError(f"utc_offset is less than a day, not {text}")
    return -size if text[0] == "-" else size


def _dates(table: Mapping[str, object]) -> frozenset[date]:
    dates = _list(table.get("dates", []))
    for day in dates:
        if type(day) is not date:
            raise TypeError(f"{day!r} is no date; one looks like 2026-12-25, without quotes")
    return frozenset(day for day in dates if isinstance(day, date))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no table")
    return value
