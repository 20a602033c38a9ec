"""Phases: how an instrument moves from one to another, and what that ends.

Rule 1: an auction uncrosses before the phase changes, so nothing ever prints in a halt or after the
close; what follows from its trades comes after the change.
Rule 2: whoever moves an instrument also ends what the venue had in mind with it: a halt of five
minutes that somebody ends by hand is not followed by the venue's own reopening.
"""

from typing import Final

from msgspec.structs import replace

from openoutcry.engine import auctions
from openoutcry.engine.alarms import AlarmKind
from openoutcry.engine.market import Market
from openoutcry.engine.state import State
from openoutcry.model.events import PhaseChanged
from openoutcry.model.instrument import Phase
from openoutcry.model.units import Nanos, Symbol

HALT_SPAN: Final = Nanos(300 * 10**9)
"""How long a market halts that stood at its band."""
REOPENING_SPAN: Final = Nanos(60 * 10**9)
"""How long the call after that takes."""
_PLANS: Final = (AlarmKind.HALT_ENDS, AlarmKind.CALL_ENDS, AlarmKind.LIMIT_STATE)


def move(
    state: State, market: Market, phase: Phase, reason: str, ends_at: Nanos | None = None
) -> None:
    """Move a market to a phase, a call of the venue's own until a moment."""
    symbol = market.instrument.symbol
    for plan in _PLANS:
        state.alarms.clear(plan, symbol)
    if phase in auctions.ENDINGS:
        auctions.close_call(state, market, phase)
    elif phase is not Phase.HALTED:
        auctions.open_call(state, market)
        ends_at = ends_at or auctions.figures(state, market).ends_at
    market.instrument = replace(market.instrument, phase=phase)
    state.events.append(
        PhaseChanged(
            symbol=symbol,
            phase=phase,
            instrument=market.instrument,
            reason=reason,
            ends_at=ends_at,
        )
    )
    if phase is Phase.CLOSED:
        state.end_of_day(symbol)
    state.stir(market)


def halt_for_a_while(state: State, symbol: str) -> None:
    """Halt a market that has stood at its band."""
    market = state.markets[Symbol(symbol)]
    move(state, market, Phase.HALTED, "limit_state")
    state.alarms.set(AlarmKind.HALT_ENDS, symbol, state.now + HALT_SPAN)


def reopen(state: State, symbol: str) -> None:
    """Call an auction after a halt."""
    ends_at = Nanos(state.now + REOPENING_SPAN)
    move(state, state.markets[Symbol(symbol)], Phase.AUCTION, "reopening", ends_at)
    state.alarms.set(AlarmKind.CALL_ENDS, symbol, ends_at)


def end_reopening(state: State, symbol: str) -> None:
    """Let a market trade again after its reopening auction."""
    move(state, state.markets[Symbol(symbol)], Phase.CONTINUOUS, "reopening")


def turn_session(state: State, calendar: str) -> None:
    """Move the instruments of a calendar at one of its turns."""
    turn, *rest = state.sessions[calendar]
    state.sessions[calendar] = tuple(rest)
    if rest:
        state.alarms.set(AlarmKind.SESSION, calendar, rest[0].at)
    for market in list(state.markets.values()):
        instrument = market.instrument
        if instrument.calendar == calendar and instrument.phase is not turn.phase:
            move(state, market, turn.phase, "calendar")
