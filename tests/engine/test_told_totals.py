"""Whoever hears the records alone knows what every account has, holds and has a position in.

The observer believes the last event that spoke of a total, and adds nothing up.
"""

from collections import Counter

import pytest

from openoutcry.engine.engine import Engine
from openoutcry.model.events import (
    AccountReset,
    Event,
    FundsMoved,
    OrderExecuted,
    TradeBusted,
)
from tests.stage import applied
from tests.workload import TRADERS, Workload


class Observer:
    """Totals by account and asset, and positions by account and symbol, as they were told last."""

    def __init__(self) -> None:
        self.totals: dict[tuple[str, str], tuple[int, int]] = {}
        self.positions: dict[tuple[str, str], tuple[int, int, int]] = {}
        self.counted: Counter[str] = Counter()

    def hear(self, event: Event) -> None:
        if isinstance(event, OrderExecuted):
            for order, funds in (
                (event.taker, event.taker_funds),
                (event.maker, event.maker_funds),
            ):
                owner, grid = order.terms.account_id, order.terms.grid
                self.totals[owner, grid.asset] = (funds.asset, funds.asset_held)
                self.totals[owner, grid.currency] = (funds.currency, funds.currency_held)
                self._stand(owner, event.symbol, funds.position)
                assert order.holding is None
                assert order.rested is None
        elif isinstance(event, TradeBusted):
            self._stand(event.taker.terms.account_id, event.symbol, event.taker_position)
            self._stand(event.maker.terms.account_id, event.symbol, event.maker_position)
        elif isinstance(event, FundsMoved):
            self.totals[event.account_id, event.asset] = (event.balance, event.held)
            counter = event.counter_account_id, event.asset
            self.totals[counter] = (event.counter_balance, event.counter_held)
        elif isinstance(event, AccountReset):
            owner = event.account.account_id
            known = {symbol for account, symbol in self.positions if account == owner}
            assert {closed.symbol for closed in event.closed} == known
            for symbol in [s for a, s in self.positions if a == owner]:
                del self.positions[owner, symbol]
        elif (order := getattr(event, "order", None)) is not None and order.holding is not None:
            grid, side = order.terms.grid, order.terms.side.value
            key = order.terms.account_id, grid.currency if side == "buy" else grid.asset
            total, held = self.totals[key]
            assert (order.holding.total, order.holding.held) != (total, held), "it has changed"
            self.totals[key] = (order.holding.total, order.holding.held)
            self.counted[type(event).__name__] += 1

    def _stand(self, owner, symbol, position) -> None:
        self.positions[owner, symbol] = (position.quantity, position.cost, position.realized)


def run(commands: int, seed: int) -> Counter[str]:
    engine, observer, workload = Engine(), Observer(), Workload(seed)
    entries = [*workload.opening()]
    for number in range(commands):
        entry = entries[number] if number < len(entries) else workload.draw()
        record = applied(engine, entry)
        workload.heard(record.events)
        for event in record.events:
            observer.hear(event)
        for name in TRADERS:
            for balance in engine.balances(name):
                key = name, balance.asset
                told = observer.totals.get(key, (0, 0))
                assert told == (balance.total, balance.held), (seed, number, key)
            for symbol, figures in engine.positions(name).items():
                assert observer.positions[name, symbol] == figures, (seed, number, name, symbol)
    return observer.counted


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_totals_and_positions_are_what_the_events_say(seed):
    run(4_000, seed)


@pytest.mark.slow
def test_every_way_to_change_what_is_held_is_in_the_mixture():
    counted = run(12_000, 1)
    wanted = """
        OrderAccepted OrderReplaced OrderRestated OrderTriggered OrderRested OrderCanceled
        OrderExpired MatchPrevented
    """
    assert [name for name in wanted.split() if not counted[name]] == []
