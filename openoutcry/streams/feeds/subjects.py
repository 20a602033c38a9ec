"""Whom and what an event is about: the symbol and the accounts whose channels may tell it."""

from collections.abc import Callable
from typing import Any, Final

from openoutcry.model import events as told
from openoutcry.model.units import AccountId, Symbol

Subjects = tuple[Symbol | None, tuple[AccountId, ...]]
NOBODY: Final[Subjects] = (None, ())
_Told = Any
"""The event that a function is for."""


def subjects_of(event: told.Event) -> Subjects:
    """Return the symbol and the accounts of an event."""
    found = _SUBJECTS.get(type(event))
    return NOBODY if found is None else found(event)


def _order(event: _Told) -> Subjects:
    terms = event.order.terms
    return terms.symbol, (terms.account_id,)


def _both(event: _Told) -> Subjects:
    return event.symbol, (event.taker.terms.account_id, event.maker.terms.account_id)


def _symbol(event: _Told) -> Subjects:
    return event.symbol, ()


def _instrument(event: _Told) -> Subjects:
    return event.instrument.symbol, ()


def _rejected(event: _Told) -> Subjects:
    return None, (event.account_id,)


def _moved(event: _Told) -> Subjects:
    return None, (event.account_id, event.counter_account_id)


def _reset(event: _Told) -> Subjects:
    return None, (event.account.account_id,)


_SUBJECTS: Final[dict[type, Callable[[_Told], Subjects]]] = {
    told.OrderPended: _order,
    told.OrderHeld: _order,
    told.OrderAccepted: _order,
    told.OrderReplaced: _order,
    told.OrderTriggered: _order,
    told.OrderRested: _order,
    told.OrderRestated: _order,
    told.MatchPrevented: _order,
    told.OrderCanceled: _order,
    told.OrderExpired: _order,
    told.OrderSuspended: _order,
    told.OrderResumed: _order,
    told.OrderExecuted: _both,
    told.TradeBusted: _both,
    told.OrderAllotted: _symbol,
    told.PhaseChanged: _symbol,
    told.IndicativeChanged: _symbol,
    told.BandSet: _symbol,
    told.InstrumentListed: _instrument,
    told.InstrumentChanged: _instrument,
    told.InstrumentDelisted: _instrument,
    told.OrderRejected: _rejected,
    told.FundsMoved: _moved,
    told.AccountReset: _reset,
}
