"""Timers: what a moment brings, in order of time; orders and alarms in one row.

Rule: a command fires a bounded number, so that a cancel that comes between finds its order still
waiting. What follows from one is settled before the next goes off.
"""

from collections.abc import Callable
from typing import Final

from openoutcry.engine import (
    auctions,
    bands,
    cancel_after,
    consequences,
    margin,
    phases,
    simple_orders,
)
from openoutcry.engine.alarms import AlarmKind
from openoutcry.engine.state import State
from openoutcry.model.commands import AdvanceTime
from openoutcry.model.units import Symbol

TIMERS_PER_COMMAND: Final = 64
"""Timers that one AdvanceTime fires."""


def advance_time(state: State, command: AdvanceTime) -> None:
    """Fire the timers that are due, the earliest first; of equal ones the alarms."""
    if command.leap:
        state.postpone(command.leap)
    timers, alarms, now = state.timers, state.alarms, state.now
    for _fired in range(TIMERS_PER_COMMAND):
        timer, alarm = timers.first(), alarms.next()
        if alarm is not None and alarm.due <= now and (timer is None or alarm.due <= timer[0]):
            alarms.pop()
            ACTIONS[AlarmKind(alarm.kind)](state, alarm.subject)
        elif timer is not None and timer[0] <= now:
            simple_orders.fire(state, timers.pop())
        else:
            return
        if state.restless or state.is_watchful:
            consequences.settle(state)


def _publish(state: State, symbol: str) -> None:
    market = state.markets[Symbol(symbol)]
    if market.call is not None:
        auctions.look(state, market)


ACTIONS: Final[dict[AlarmKind, Callable[[State, str], None]]] = {
    AlarmKind.SESSION: phases.turn_session,
    AlarmKind.HALT_ENDS: phases.reopen,
    AlarmKind.CALL_ENDS: phases.end_reopening,
    AlarmKind.LIMIT_STATE: phases.halt_for_a_while,
    AlarmKind.BAND: bands.refresh,
    AlarmKind.INDICATIVE: _publish,
    AlarmKind.LIQUIDATION: margin.liquidate,
    AlarmKind.CANCEL_AFTER: cancel_after.fire,
}
