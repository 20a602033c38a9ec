"""A venue that keeps trading hours, on a clock that tests move: the core session of US shares.

Wednesday 6 January 2027 is a trading day. In UTC: 14:00 pre-open, 14:30 continuous, 21:00 close.
"""

import asyncio
from datetime import UTC, datetime

import pytest

from openoutcry.calendars.known import Calendars, calendars_of
from openoutcry.calendars.planning import AHEAD, NEEDED
from openoutcry.engine.administration import RULES_NEWEST
from openoutcry.engine.engine import Engine
from openoutcry.journal.memory import MemoryJournal
from openoutcry.model.commands import (
    AdoptRules,
    AdvanceTime,
    ChangeInstrument,
    DelistInstrument,
    ListInstrument,
    SetPhase,
    SetSessions,
)
from openoutcry.model.instrument import Phase
from openoutcry.sequencer.recovery import recover
from openoutcry.upkeep.sessions import Sessions
from tests.sequencer.rig import Hands, Rig, on_a_loop
from tests.stage import instrument

US = "us-equities"
SECOND = 10**9
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND


def at(text):
    """Read a moment in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


NOON = at("2027-01-06T12:00")
TRADING = at("2027-01-06T15:00")
NIGHT = at("2027-01-06T22:00")


class Floor(Rig):
    """A venue with ACME, which keeps US hours, and COIN, which knows none."""

    def __init__(self, moment, journal=None, **fields):
        self.hands = Hands()
        self.hands.wall = moment
        engine = recover(journal).engine if journal is not None else Engine()
        super().__init__(journal or MemoryJournal(), engine, self.hands.clock(engine.now))
        self.calendars = calendars_of(US)
        self.sessions = Sessions(self.sequencer, self.calendars)
        self.fields = fields

    async def __aenter__(self):
        await super().__aenter__()
        if not self.engine.instruments():
            await self.submit(AdoptRules(rules=RULES_NEWEST))
            phase = self.fields.pop("phase", self.calendars.phase(US, self.hands.wall))
            await self.list("ACME", calendar=US, phase=phase, **self.fields)
            await self.list("COIN")
        self.sequencer.listeners.append(self.sessions)
        await self.sessions.start()
        await asyncio.sleep(0)  # The task has its first look; from here on it waits.
        return self

    async def __aexit__(self, *args):
        await self.sessions.stop()
        await super().__aexit__(*args)

    async def list(self, symbol, **fields):
        return await self.submit(ListInstrument(instrument=instrument(symbol, **fields)))

    async def reach(self, moment):
        """Let it become a moment, and everything that is due by then happen."""
        self.hands.pass_(moment - self.hands.wall)
        await self.submit(AdvanceTime())

    async def look(self):
        """Do what the task does every hour."""
        return await asyncio.gather(*self.sessions.look())

    def phase(self, symbol="ACME"):
        return self.engine.instrument(symbol).phase

    def plans(self):
        return [r for r in self.ear.records if isinstance(r.entry.command, SetSessions)]


@on_a_loop
async def test_the_turns_of_a_day_move_those_who_follow_and_nobody_else():
    async with Floor(NOON) as floor:
        assert floor.phase() is Phase.CLOSED
        for moment, phase in (
            ("2027-01-06T14:00", Phase.PRE_OPEN),
            ("2027-01-06T14:30", Phase.CONTINUOUS),
            ("2027-01-06T20:59", Phase.CONTINUOUS),
            ("2027-01-06T21:00", Phase.CLOSED),
            ("2027-01-07T13:00", Phase.CLOSED),
            ("2027-01-07T14:30", Phase.CONTINUOUS),
        ):
            await floor.reach(at(moment))
            assert (floor.phase(), floor.phase("COIN")) == (phase, Phase.CONTINUOUS), moment


@on_a_loop
async def test_a_plan_is_told_once_and_again_only_when_it_no_longer_suffices():
    async with Floor(NOON) as floor:
        [first] = floor.plans()
        turns = first.entry.command.turns
        assert turns[-1].at > NOON + AHEAD - 4 * DAY
        before = floor.sequencer.engine.sequence
        for _ in range(3):
            assert await floor.look() == []
        assert floor.sequencer.engine.sequence == before
        await floor.reach(NOON + 4 * DAY)
        assert await floor.look() == []
        await floor.reach(NOON + AHEAD - NEEDED + DAY)
        await floor.look()
        assert len(floor.plans()) == 2
        # It goes on from now: nothing of it is past, so that nobody is moved by it.
        assert floor.plans()[-1].entry.command.turns[0].at > floor.hands.wall
        assert await floor.look() == []


@on_a_loop
async def test_a_restart_in_the_middle_of_a_session_says_and_moves_nothing():
    journal = MemoryJournal()
    async with Floor(NOON, journal) as floor:
        await floor.reach(TRADING)
        await floor.submit(SetPhase(symbol="ACME", phase=Phase.HALTED, reason="news"))
    before = floor.engine.sequence
    async with Floor(TRADING + MINUTE, journal) as floor:
        assert floor.engine.sequence == before
        assert floor.phase() is Phase.HALTED


@pytest.mark.parametrize(
    ("back", "phase"),
    [
        ("2027-01-06T22:00", Phase.CLOSED),
        ("2027-01-07T14:10", Phase.PRE_OPEN),
        ("2027-01-11T16:00", Phase.CONTINUOUS),
        ("2027-03-08T12:00", Phase.CLOSED),
        ("2027-03-08T15:00", Phase.CONTINUOUS),
    ],
)
@pytest.mark.parametrize("off_at", [NOON, TRADING])
@on_a_loop
async def test_a_venue_that_was_off_over_a_turn_opens_in_the_right_phase(off_at, back, phase):
    journal = MemoryJournal()
    async with Floor(NOON, journal) as floor:
        await floor.reach(off_at)
    async with Floor(at(back), journal) as floor:
        assert floor.phase() is phase
        assert floor.phase("COIN") is Phase.CONTINUOUS
        assert await floor.look() == []


@on_a_loop
async def test_a_calendar_that_was_put_right_is_told_and_puts_right():
    journal = MemoryJournal()
    async with Floor(NOON, journal) as floor:
        await floor.reach(TRADING)
        assert floor.phase() is Phase.CONTINUOUS
    async with Floor(TRADING, journal) as floor:
        us = floor.calendars.known[US]
        mourning = frozenset({datetime.fromtimestamp(TRADING // SECOND, UTC).date()})
        amended = type(us)(
            **{name: getattr(us, name) for name in us.__slots__}
            | {"holidays": us.holidays | mourning}
        )
        floor.sessions._calendars = Calendars({US: amended}, US)
        await floor.look()
        await floor.submit(AdvanceTime())
        assert floor.phase() is Phase.CLOSED


@on_a_loop
async def test_a_calendar_that_nobody_follows_is_not_planned():
    async with Floor(NOON) as floor:
        await floor.submit(DelistInstrument(symbol="ACME"))
        await floor.reach(NOON + 20 * DAY)
        before = floor.engine.sequence
        assert await floor.look() == []
        assert floor.engine.sequence == before
        # Who comes under it later is where its hours are, and is planned for at once.
        await floor.list("LATE", calendar=US, phase=Phase.CLOSED)
        await floor.until(lambda: len(floor.plans()) == 2)


@pytest.mark.parametrize(
    ("moment", "calendar", "phase"),
    [(NIGHT, US, Phase.CLOSED), (TRADING, US, Phase.CONTINUOUS), (NIGHT, "always", "continuous")],
)
@on_a_loop
async def test_an_instrument_that_comes_under_another_calendar_is_moved(moment, calendar, phase):
    async with Floor(NOON) as floor:
        await floor.reach(moment)
        symbol = "COIN" if calendar == US else "ACME"
        listed = floor.engine.instrument(symbol)
        changed = instrument(symbol, calendar=calendar)
        await floor.submit(ChangeInstrument(instrument=changed, based_on=listed))
        await floor.until(lambda: floor.phase(symbol) is Phase(phase))


@on_a_loop
async def test_a_halt_is_not_undone_by_a_change_or_a_look():
    async with Floor(NOON) as floor:
        await floor.reach(TRADING)
        await floor.submit(SetPhase(symbol="ACME", phase=Phase.HALTED))
        listed = floor.engine.instrument("ACME")
        for changed in (
            instrument("ACME", calendar=US, minimum_notional=1),
            instrument("ACME", calendar="always"),
            instrument("ACME", calendar=US),
        ):
            await floor.submit(ChangeInstrument(instrument=changed, based_on=listed))
            listed = floor.engine.instrument("ACME")
            await floor.look()
            assert floor.phase() is Phase.HALTED


@on_a_loop
async def test_a_listing_that_a_turn_overtook_is_put_right():
    async with Floor(NOON) as floor:
        await floor.reach(at("2027-01-06T21:00"))
        await floor.list("SLOW", calendar=US, phase=Phase.CONTINUOUS)
        await floor.until(lambda: floor.phase("SLOW") is Phase.CLOSED)
        # But a phase that somebody chose is theirs.
        await floor.reach(NIGHT)
        await floor.list("OPEN", calendar=US, phase=Phase.CONTINUOUS)
        await floor.look()
        assert floor.phase("OPEN") is Phase.CONTINUOUS
