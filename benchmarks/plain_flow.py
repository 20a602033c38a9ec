"""A flow of plain orders through the engine of the tree that is named; for `rulebook`.

    python benchmarks/plain_flow.py TREE     prints seconds of processor time, and commands

It stands alone and uses only what every edition of the engine has had, so that an older tree can
be measured with it.
"""

import gc
import importlib
import random
import sys
import time
from pathlib import Path
from typing import Any

COMMANDS = 40_000
MIDDLE = 10_000
ACCOUNTS = 40


def main(tree: Path) -> tuple[float, int]:
    """Return the seconds that the flow takes, and how many commands it is."""
    sys.path.insert(0, str(tree))
    names = ("engine.engine", "model.commands", "model.instrument", "model.order", "model.record")
    engines, asks, listings, words, records = (
        importlib.import_module(f"openoutcry.{name}") for name in names
    )
    assert Path(engines.__file__).is_relative_to(tree), engines.__file__
    unit = 10**12
    grid = listings.Grid("XYZ", "USD", unit // 100, unit)
    listed = listings.Instrument(symbol="XYZ", grid=grid, reference_price=MIDDLE)
    engine, now = engines.Engine(), 0

    def apply(command: Any) -> tuple[float, list[Any]]:  # noqa: ANN401 -- of whichever tree
        nonlocal now
        now += 1_000
        entry = records.Entry(at=now, actor="b", door=words.Door.NATIVE, command=command)
        began = time.process_time()
        events = engine.apply(entry)
        return time.process_time() - began, events

    apply(asks.ListInstrument(instrument=listed))
    names = [f"trader-{number}" for number in range(ACCOUNTS)]
    for name in names:
        apply(asks.OpenAccount(name=name, account_id=name, cash=10**12 * unit))
        apply(asks.Deposit(account_id=name, asset="XYZ", amount=10**9 * unit))
    dice, live, seconds = random.Random(7), [], 0.0
    sides, limit = (words.Side.BUY, words.Side.SELL), words.OrderType.LIMIT
    gc.collect()
    gc.freeze()
    for _ in range(COMMANDS):
        if live and dice.random() < 0.45:
            place = dice.randrange(len(live))
            live[place], live[-1] = live[-1], live[place]
            owner, order_id = live.pop()
            command = asks.CancelOrder(account_id=owner, order_id=order_id)
        else:
            command = asks.EnterOrder(
                account_id=dice.choice(names),
                symbol="XYZ",
                side=dice.choice(sides),
                type=limit,
                quantity=dice.randint(1, 50),
                price=MIDDLE + dice.randint(-12, 12),
            )
        took, events = apply(command)
        seconds += took
        terms = [e.order.terms for e in events if type(e).__name__ == "OrderAccepted"]
        live += [(one.account_id, one.order_id) for one in terms]
    return seconds, COMMANDS


if __name__ == "__main__":
    print(*main(Path(sys.argv[1]).resolve()))
