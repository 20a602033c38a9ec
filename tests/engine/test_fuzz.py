"""Every feature mixed, seeded, long: the auditor hears each record, the engine checks itself."""

from collections import Counter
from typing import NamedTuple

import pytest

from openoutcry.engine.engine import Engine
from openoutcry.model.commands import CancelAllOrders
from openoutcry.model.order import Door
from openoutcry.model.record import Entry
from tests.auditor import Auditor
from tests.stage import applied
from tests.workload import Workload

COMPARE_EVERY = 25
"""Commands between two full comparisons of the engine's answers with the auditor's truth."""


class Fuzzed(NamedTuple):
    commands: int
    trades: int
    digest: str
    told: Counter[str]


def run(commands: int, seed: int, *, compare_every: int = COMPARE_EVERY) -> Fuzzed:
    """Play so many commands under watch; raise where the engine departs from the rules."""
    engine, auditor, workload = Engine(), Auditor(), Workload(seed)
    told: Counter[str] = Counter()
    for entry in workload.opening():
        auditor.hear(applied(engine, entry))
    for number in range(1, commands + 1):
        record = applied(engine, workload.draw())
        try:
            auditor.hear(record)
            engine.check()
            if number % compare_every == 0 or number == commands:
                auditor.compare(engine)
        except AssertionError as found:
            found.add_note(f"seed {seed}, command {number}: {record.entry.command}")
            raise
        workload.heard(record.events)
        told.update(_names(record.events))
    digest = engine.digest()
    drain(engine, auditor)
    return Fuzzed(commands, auditor.trades, digest, told)


def drain(engine: Engine, auditor: Auditor) -> None:
    """Cancel everything: then nothing is held, nothing is tied, and nothing waits."""
    for account in engine.accounts():
        command = CancelAllOrders(account_id=account.account_id)
        entry = Entry(at=engine.now, actor="drain", door=Door.ADMIN, command=command)
        auditor.hear(applied(engine, entry))
    engine.check()
    auditor.compare(engine)
    assert engine.order_count() == 0
    for account in engine.accounts():
        assert not any(balance.held for balance in engine.balances(account.account_id))
    state = engine._state
    links = state.links
    ties = links.groups, links.reducing, links.claims, links.released
    assert not any(ties)
    assert not any(o.interest.lots for o in state.ledger.accounts.values() if o.interest)
    assert not any(market.watch or market.aside for market in state.markets.values())
    for instrument in engine.instruments():
        assert engine.queue(instrument.symbol) == ([], [])


def _names(events: list[object]) -> list[str]:
    """What happened, with the reason where there is one."""
    names = []
    for event in events:
        reason = getattr(event, "reason", None) or getattr(
            getattr(event, "order", None), "reason", None
        )
        name = type(event).__name__
        names.append(f"{name} {reason.value}" if hasattr(reason, "value") else name)
    return names


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_no_mixture_of_commands_departs_from_the_rules(seed):
    fuzzed = run(10_000, seed)
    assert fuzzed.trades > 300


@pytest.mark.slow
def test_the_mixture_has_everything_in_it():
    """A workload that stopped to reach a rule would prove nothing about it."""
    fuzzed = run(25_000, 13, compare_every=25_000)
    wanted = """
        OrderPended OrderAccepted OrderExecuted OrderReplaced FundsMoved InstrumentListed
        OrderRejected:unknown_instrument OrderRejected:phase_forbids OrderRejected:halted
        OrderRejected:account_blocked OrderRejected:not_allowed_combination
        OrderRejected:price_increment OrderRejected:quantity_increment
        OrderRejected:quantity_below_minimum OrderRejected:notional_below_minimum
        OrderRejected:open_orders_limit OrderRejected:insufficient_funds
        OrderRejected:insufficient_asset OrderRejected:would_cross
        OrderCanceled:user OrderCanceled:ioc OrderCanceled:fok
        OrderCanceled:insufficient_liquidity OrderCanceled:amended_below_filled
        OrderCanceled:halted OrderCanceled:insufficient_funds OrderExpired:self_trade
        CancelRejected:too_late CancelRejected:unknown_order
        ReplaceRejected:too_late ReplaceRejected:unknown_order ReplaceRejected:price_increment
        ReplaceRejected:halted ReplaceRejected:would_cross
        OrderRejected:price_outside_band OrderRejected:price_collar OrderRejected:position_limit
        ReplaceRejected:price_outside_band ReplaceRejected:price_collar
        IndicativeChanged BandSet OrderSuspended OrderResumed SessionsSet InstrumentDelisted
        MarginCalled MarginRestored OrderCanceled:liquidation
        TradeBusted CommandRefused:already_busted AccountReset TierSet KillSwitchThrown
        OrderCanceled:delisted OrderCanceled:mass_quote_protection OrderCanceled:kill_switch
        OrderCanceled:reset OrderCanceled:expired CancelAfterSet OrderCanceled:cancel_after
    """
    missing = [w for w in wanted.split() if not fuzzed.told[w.replace(":", " ")]]
    assert missing == []
