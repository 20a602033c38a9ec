"""Trading hours: the table of US holidays against the rules it comes from, and turns in UTC."""

from datetime import UTC, date, datetime, timedelta

import pytest

from openoutcry.calendars.calendar import DaylightSaving, is_summer
from openoutcry.calendars.planning import AHEAD, plan
from openoutcry.calendars.reading import BadCalendar, calendar_of, parse
from openoutcry.model.commands import ListInstrument
from openoutcry.model.order import Door
from tests.stage import STARTED_AT, Stage, instrument

US = calendar_of("us-equities")
YEARS = range(2024, 2031)


def at(text):
    """Read a moment in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


def phases_of(day):
    """The turns of a day, as UTC times and phases."""
    start = at(f"{day}T00:00")
    found = US.turns_between(start, start + 86_400 * 10**9)
    return [
        (datetime.fromtimestamp(turn.at // 10**9, UTC).strftime("%H:%M"), turn.phase.value)
        for turn in found
    ]


def test_a_winters_and_a_summers_day():
    assert phases_of("2026-01-05") == [
        ("14:00", "pre_open"),
        ("14:30", "continuous"),
        ("21:00", "auction"),
        ("21:00", "closed"),
    ]
    assert phases_of("2026-07-06")[1] == ("13:30", "continuous")


@pytest.mark.parametrize("day", ["2026-07-04", "2026-07-05", "2026-07-03", "2026-12-25"])
def test_weekends_and_holidays_have_no_turns(day):
    assert phases_of(day) == []


def test_a_half_day_ends_early():
    assert phases_of("2026-11-27")[2:] == [("18:00", "auction"), ("18:00", "closed")]


@pytest.mark.parametrize(
    ("moment", "phase"),
    [
        ("2026-01-05T14:29:59", "pre_open"),
        ("2026-01-05T14:30:00", "continuous"),
        ("2026-01-05T20:59:59", "continuous"),
        ("2026-01-05T21:00:00", "closed"),
        ("2026-01-06T03:00:00", "closed"),
        ("2026-07-04T15:00:00", "closed"),
    ],
)
def test_the_phase_at_a_moment(moment, phase):
    assert US.standing(at(moment)).phase.value == phase


# The rules of the holidays, written down independently of the table.


def nth(year, month, weekday, which):
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))


def good_friday(year):
    """Two days before Easter, by the anonymous Gregorian algorithm."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    n = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * n) // 451
    month, day = divmod(h + n - 7 * m + 114, 31)
    return date(year, month, day + 1) - timedelta(days=2)


def observed(day):
    """A Saturday's holiday is kept on Friday, a Sunday's on Monday."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def holidays_of(year):
    fixed = [date(year, 6, 19), date(year, 7, 4), date(year, 12, 25)]
    new_year = date(year, 1, 1)
    days = {observed(day) for day in fixed}
    if new_year.weekday() != 5:
        days.add(observed(new_year))
    last_of_may = max(date(year, 5, d) for d in range(25, 32) if date(year, 5, d).weekday() == 0)
    days |= {nth(year, 1, 0, 3), nth(year, 2, 0, 3), good_friday(year), last_of_may}
    days |= {nth(year, 9, 0, 1), nth(year, 11, 3, 4)}
    return days


@pytest.mark.parametrize("year", YEARS)
def test_the_table_follows_the_rules(year):
    table = {day for day in US.holidays if day.year == year}
    extra = {date(2025, 1, 9)} if year == 2025 else set()
    assert table == holidays_of(year) | extra


@pytest.mark.parametrize("year", YEARS)
def test_half_days_follow_the_rules(year):
    wanted = {nth(year, 11, 3, 4) + timedelta(days=1)}
    for eve, holiday in (
        (date(year, 7, 3), date(year, 7, 4)),
        (date(year, 12, 24), date(year, 12, 25)),
    ):
        # Not on a weekend, not where the eve itself is the holiday that is kept.
        if eve.weekday() < 5 and holiday.weekday() < 5:
            wanted.add(eve)
    assert {day for day in US.half_days if day.year == year} == wanted


@pytest.mark.parametrize(
    ("rule", "day", "summer"),
    [
        ("us", "2026-03-07", False), ("us", "2026-03-08", True),
        ("us", "2026-10-31", True), ("us", "2026-11-01", False),
        ("eu", "2026-03-28", False), ("eu", "2026-03-29", True),
        ("eu", "2026-10-24", True), ("eu", "2026-10-25", False),
        ("none", "2026-07-01", False),
    ],
)  # fmt: skip
def test_summer_time(rule, day, summer):
    assert is_summer(DaylightSaving(rule), date.fromisoformat(day)) is summer


def test_always_is_no_calendar():
    assert calendar_of("always") is None


OWN = """
name = "floor"
utc_offset = "+01:00"
daylight_saving = "eu"
weekdays = ["sat"]
[[turns]]
at = "10:00"
phase = "continuous"
[[turns]]
at = "12:00"
phase = "closed"
"""


def test_a_file_of_ones_own(tmp_path):
    path = tmp_path / "hours.toml"
    path.write_text(OWN, encoding="utf-8")
    own = calendar_of(str(path))
    turns = own.turns_between(at("2026-07-01T00:00"), at("2026-07-08T00:00"))
    assert [turn.at for turn in turns] == [at("2026-07-04T08:00"), at("2026-07-04T10:00")]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("sat", "someday"),
        lambda text: text.replace("+01:00", "one"),
        lambda text: text.replace("closed", "asleep"),
        lambda text: text.replace("12:00", "09:00"),
        lambda text: text + "[holidays]\ndates = ['2026-12-25']",
        lambda text: text + "[more]\n",
        lambda text: text + "]",
        lambda _: "",
    ],
)
def test_a_bad_file_is_refused_with_its_name(spoil):
    with pytest.raises(BadCalendar, match=r"hours\.toml"):
        parse(spoil(OWN), "hours.toml")


def test_a_missing_file_is_refused():
    with pytest.raises(BadCalendar):
        calendar_of("/nowhere/hours.toml")


def test_a_plan_puts_right_what_a_venue_slept_through():
    stage = Stage()
    stage.submit(ListInstrument(instrument=instrument(calendar="us-equities")))
    command = plan(US, STARTED_AT)
    assert command.turns[0].at <= STARTED_AT < command.turns[1].at <= STARTED_AT + AHEAD
    stage.submit(command, door=Door.VENUE)
    assert stage.engine.next_due() == command.turns[0].at
    assert stage.engine.sessions("us-equities") == command.turns
