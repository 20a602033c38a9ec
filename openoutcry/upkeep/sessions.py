"""Keeps the venue told of its calendars: when they turn, and what has just come under them.

Rule 1: a calendar that no instrument follows is not planned, and a plan that suffices is not told
again: a venue where nothing happens writes nothing.
Rule 2: turns that are due go off before a plan replaces them.

Theory of operation
-------------------
One task looks at the start, every hour, and when it is told that an instrument has come under
another calendar. A look compares what the engine knows with what the calendars say and submits the
difference, which is about one command a week. `look` needs no task, so tests call it.
"""

import asyncio
from typing import Final

import structlog

from openoutcry.calendars.calendar import SECOND
from openoutcry.calendars.known import Calendars
from openoutcry.calendars.planning import next_plan
from openoutcry.model.commands import AdvanceTime, ChangeInstrument, Command, SetPhase, SetSessions
from openoutcry.model.errors import NotReady, VenueError
from openoutcry.model.events import InstrumentChanged, InstrumentListed
from openoutcry.model.instrument import ALWAYS, Phase
from openoutcry.model.order import Door
from openoutcry.model.record import Record
from openoutcry.model.units import Nanos, Symbol
from openoutcry.sequencer.batch import Outcome
from openoutcry.sequencer.sequencer import ACTOR, Sequencer

LOOK_EVERY_S: Final = 3_600.0
"""Between two looks, while an instrument follows a calendar."""
RETRY_S: Final = 5.0
"""After a look whose commands the venue did not take."""
LATE: Final = Nanos(10 * SECOND)
"""A listing may be applied this much later than its phase was looked up."""

_log: Final = structlog.get_logger("openoutcry")


class Sessions:
    """What keeps the calendars of one venue. A listener, and a task between start and stop."""

    def __init__(self, sequencer: Sequencer, calendars: Calendars) -> None:
        self._sequencer = sequencer
        self._calendars = calendars
        self._moved: dict[Symbol, None] = {}
        """Instruments that have come under another calendar and may be in the wrong phase."""
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Put the venue right, and go on looking until stopped."""
        assert self._task is None, "sessions are started once"
        await self._keep()
        default = self._calendars.default
        if default != ALWAYS and not self._is_followed(default):
            _log.warning("calendar_unused", calendar=default)
        self._task = asyncio.create_task(self._run(), name="sessions")

    async def stop(self) -> None:
        """End the task; the venue goes on with what it knows."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))

    def tell(self, records: list[Record]) -> None:
        """Take note of instruments that have come under another calendar."""
        for record in records:
            for event in record.events:
                if isinstance(event, InstrumentListed | InstrumentChanged):
                    self._note(record, event)

    def look(self) -> list[asyncio.Future[Outcome]]:
        """Submit what the venue has to be told now. Raises NotReady or Overloaded."""
        sequencer = self._sequencer
        now = sequencer.clock.now()
        commands: list[Command] = []
        for name, calendar in self._calendars.known.items():
            known = sequencer.engine.sessions(name)
            if self._is_followed(name) and not (known and known[0].at <= now):
                told = next_plan(calendar, known, now)
                if told is not None and self._changes(told, now):
                    commands.append(told)
        commands += self._moves(now)
        submitted = []
        for command in commands:
            submitted.append(sequencer.submit(command, actor=ACTOR, door=Door.VENUE))
            if isinstance(command, SetPhase):
                self._moved.pop(command.symbol, None)
            elif isinstance(command, SetSessions):
                _log.info("calendar_planned", calendar=command.calendar, turns=len(command.turns))
        return submitted

    def _note(self, record: Record, event: InstrumentListed | InstrumentChanged) -> None:
        command, instrument = record.entry.command, event.instrument
        phase_of, at = self._calendars.phase, record.entry.at
        if isinstance(event, InstrumentListed):
            if instrument.calendar == ALWAYS:
                return
            expected = phase_of(instrument.calendar, at)
            is_old = instrument.phase is phase_of(instrument.calendar, at - LATE)
            moved = instrument.phase is not expected and is_old
        else:
            before = command.based_on if isinstance(command, ChangeInstrument) else None
            moved = before is None or before.calendar != instrument.calendar
            if not moved:
                return
        if moved:
            self._moved[instrument.symbol] = None
        self._wake.set()

    def _moves(self, now: int) -> list[Command]:
        """Return what puts instruments into the phase of the calendar that they now follow."""
        commands: list[Command] = []
        for symbol in list(self._moved):
            instrument = self._sequencer.engine.instrument(symbol)
            if instrument is not None and instrument.phase is not Phase.HALTED:
                phase = self._calendars.phase(instrument.calendar, now)
                if instrument.phase is not phase:
                    move = SetPhase(symbol=symbol, phase=phase, reason="calendar")
                    commands.append(move)
                    continue
            del self._moved[symbol]
        return commands

    def _changes(self, told: SetSessions, now: int) -> bool:
        """Say whether a plan has anything ahead, or moves anything now."""
        if any(turn.at > now for turn in told.turns):
            return True
        phases = {turn.phase for turn in told.turns}
        instruments = self._sequencer.engine.instruments()
        followers = [one for one in instruments if one.calendar == told.calendar]
        return any(one.phase not in phases for one in followers)

    def _is_followed(self, name: str) -> bool:
        instruments = self._sequencer.engine.instruments()
        return any(instrument.calendar == name for instrument in instruments)

    async def _keep(self) -> None:
        """Let happen what is due, before a plan and by it."""
        await self._let_turn()
        await asyncio.gather(*self.look())
        await self._let_turn()

    async def _let_turn(self) -> None:
        """Let all turns go off that came due while the venue was off."""
        sequencer = self._sequencer
        for name in self._calendars.known:
            while (known := sequencer.engine.sessions(name)) and (
                known[0].at <= sequencer.clock.now()
            ):
                await sequencer.submit(AdvanceTime(), actor=ACTOR, door=Door.VENUE)

    async def _run(self) -> None:
        while True:
            pause: float | None = LOOK_EVERY_S
            try:
                await self._keep()
            except NotReady:
                return
            except VenueError:
                pause = RETRY_S
            if pause == LOOK_EVERY_S and not any(map(self._is_followed, self._calendars.known)):
                pause = None
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
