"""What the rulebook costs: plain orders that use none of it, and commands in a crowded market."""

import gc
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.engine import apart
from benchmarks.harness import ROOT, Effort, in_turns, median_and_spread, percentile, say, scratch
from benchmarks.mix import SYMBOL, TRADERS, entry_of, opened_engine
from benchmarks.report import Answer
from openoutcry.engine.engine import Engine
from openoutcry.model.commands import AmendOrder, CancelOrder, ChangeAccount, Command, EnterOrder
from openoutcry.model.events import OrderAccepted
from openoutcry.model.order import OrderType, Peg, Side, Special, Trigger
from openoutcry.model.units import UNIT, AccountId, Lots, OrderId, Ticks

QUESTION: Final = "What do plain orders pay for the rulebook, and any command for a crowded market?"
BEFORE: Final = "020abac"
"""The last commit without special orders, phases and bands."""
RESTING: Final = 100_000
DORMANT: Final = 10_000
PEGGED: Final = 100
CALLED: Final = 4_000
"""Samples of each kind of command, in a round."""
MIDDLE: Final = 1_000_000
DEEP: Final = 400_000
"""Ticks from the middle to the furthest orders."""
METHOD: Final = f"""\
Plain: the same seeded flow of limit orders and cancels ({SYMBOL}, a book of some thousand orders)
through the engine of this tree and through that of {BEFORE}, the last commit without the rulebook,
each in a process of its own, in turns; seconds are of processor time.

Crowded: single commands against a book of {RESTING:,} orders on as many prices, {DORMANT:,} stops
that sleep beside it (on the last trade, on quotes, limited ones, and trailing ones by ticks and by
basis points, some of them not active), {PEGGED} orders pegged to the bid, and an account under a
cap that owns a twentieth of it all; against the same commands in an empty book. Nothing triggers
and no reference moves: what does costs what it does. The 99th percentiles of {CALLED:,} commands of
each kind are compared, medians of the rounds; times are of the processor."""


ALL: Final = "any command"


class Timed(NamedTuple):
    """One round: microseconds of processor time of every command, by kind."""

    samples: dict[str, list[float]]

    def of(self, kind: str) -> list[float]:
        """Return the samples of a kind, or of all."""
        if kind != ALL:
            return self.samples[kind]
        return [one for samples in self.samples.values() for one in samples]


def measure(effort: Effort) -> Answer:
    """Compare trees, then books."""
    rows: list[tuple[str, ...]] = [("figure", "this", "that", "ratio", "target")]
    rows.append(_plain(effort))
    timed = in_turns(
        effort.rounds,
        {"crowded": lambda: apart(crowded), "empty": lambda: apart(empty)},
    )
    for kind in (*KINDS, ALL):
        tails = {
            side: [percentile(one.of(kind), 0.99) for one in rounds]
            for side, rounds in timed.items()
        }
        pairs = zip(tails["crowded"], tails["empty"], strict=True)
        ratios = [ours / theirs for ours, theirs in pairs]
        rows.append(
            (
                f"p99 of: {kind} (µs; crowded, empty)",
                median_and_spread(tails["crowded"], "{:.1f}"),
                median_and_spread(tails["empty"], "{:.1f}"),
                median_and_spread(ratios, "{:.2f}"),
                "≤ 5",
            )
        )
    return Answer(METHOD, rows)


def _plain(effort: Effort) -> tuple[str, ...]:
    with scratch() as directory:
        before = directory / "before"
        before.mkdir()
        archive = ["git", "--no-optional-locks", "archive", BEFORE, "openoutcry"]
        packed = subprocess.run(archive, cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "x", "-C", str(before)], input=packed, check=True)
        seconds = in_turns(
            max(effort.rounds, 5), {"now": lambda: _flow(ROOT), "before": lambda: _flow(before)}
        )
    ratios = [now / then for now, then in zip(seconds["now"], seconds["before"], strict=True)]
    say(f"plain orders: {median_and_spread(ratios, '{:.3f}')} of what they took before")
    return (
        f"plain orders (µs each; this tree, {BEFORE})",
        median_and_spread([1e6 * one for one in seconds["now"]], "{:.2f}"),
        median_and_spread([1e6 * one for one in seconds["before"]], "{:.2f}"),
        median_and_spread(ratios, "{:.3f}"),
        "≤ 1.10",
    )


def _flow(tree: Path) -> float:
    """Return the seconds of a command of the plain flow in a tree."""
    script = str(ROOT / "benchmarks" / "plain_flow.py")
    told = subprocess.run(
        [sys.executable, script, str(tree)], capture_output=True, check=True, text=True
    ).stdout.split()
    return float(told[0]) / int(told[1])


# Single commands.

KINDS: Final = (
    "an order near the market",
    "an order at a new price far away",
    "a cancel of any order",
    "an order moved to another price",
    "an order of an account under a cap",
    "a trade",
    "a trade that is the best so far",
)


def crowded() -> Timed:
    """Return how long commands take where much is waiting."""
    return _timed(RESTING, DORMANT, PEGGED)


def empty() -> Timed:
    """Return how long they take where nothing is."""
    return _timed(0, 0, 0)


def _timed(resting: int, dormant: int, pegged: int) -> Timed:
    engine, dice = opened_engine(), random.Random(3)
    capped = ChangeAccount(account_id=TRADERS[0], position_limits={SYMBOL: 10**9 * UNIT})
    engine.apply(entry_of(engine, capped))
    for offer in (1, -1):  # Somebody quotes, and there has been a trade.
        _enter(engine, TRADERS[1], MIDDLE - offer * 50, offer, 10**6)
    _enter(engine, TRADERS[2], MIDDLE - 50, -1, 1)
    ids = [_deep(engine, dice) for _ in range(resting)]
    for number in range(dormant):
        engine.apply(entry_of(engine, _dormant(dice, number)))
    for number in range(pegged):
        special = Special(peg=Peg.BID, peg_offset=Ticks(-number))
        _enter(engine, dice.choice(TRADERS), None, 1, 5, OrderType.PEGGED, special)
    gc.collect()
    gc.freeze()
    gc.disable()
    samples: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for kind, command in _commands(engine, dice, ids):
        entry = entry_of(engine, command)
        began = time.thread_time_ns()
        engine.apply(entry)
        samples[kind].append((time.thread_time_ns() - began) / 1_000)
    engine.check()
    say(f"{os.getpid()}: {engine.order_count():,} orders at the end")
    return Timed(samples)


def _commands(
    engine: Engine, dice: random.Random, ids: list[tuple[AccountId, OrderId]]
) -> Iterator[tuple[str, Command]]:
    """Yield every kind of command in turn; what it leaves behind is taken away unmeasured."""
    near, far, cancel, move, limited, trade, best = KINDS
    for number in range(CALLED):
        yield near, _order(TRADERS[3], MIDDLE - 60, 1, 1)
        _cancel_last(engine, TRADERS[3])
        side = dice.choice((1, -1))
        yield far, _order(TRADERS[3], MIDDLE - side * (60 + dice.randrange(DEEP)), side, 1)
        _cancel_last(engine, TRADERS[3])
        owner, order_id = ids.pop(dice.randrange(len(ids))) if ids else _deep(engine, dice)
        yield cancel, CancelOrder(account_id=owner, order_id=order_id)
        owner, order_id = _deep(engine, dice)
        order = engine.order(order_id)
        assert order is not None
        away = MIDDLE - (60 + dice.randrange(DEEP)) * (1 if order.terms.side is Side.BUY else -1)
        yield move, AmendOrder(account_id=owner, order_id=order_id, price=Ticks(away))
        if ids:
            ids.append((owner, order_id))
        else:
            engine.apply(entry_of(engine, CancelOrder(account_id=owner, order_id=order_id)))
        yield limited, _order(TRADERS[0], MIDDLE - 60, 1, 1)
        _cancel_last(engine, TRADERS[0])
        yield trade, _order(TRADERS[4], MIDDLE - 50, -1, 1)
        # One tick better than any trade before, and nothing that sleeps is reached.
        _enter(engine, TRADERS[5], MIDDLE + 50 - CALLED // 100 + number // 100, -1, 1)
        yield best, _order(TRADERS[6], MIDDLE + 50, 1, 1)


def _deep(engine: Engine, dice: random.Random) -> tuple[AccountId, OrderId]:
    side, owner = dice.choice((1, -1)), dice.choice(TRADERS)
    return owner, _enter(engine, owner, MIDDLE - side * (60 + dice.randrange(DEEP)), side, 5)


def _dormant(dice: random.Random, number: int) -> EnterOrder:
    """Return a stop that nothing here triggers."""
    side = dice.choice((1, -1))
    far = Ticks(MIDDLE + side * (5_000 + dice.randrange(DEEP)))
    owner, kind = dice.choice(TRADERS), number % 5
    if kind == 0:
        return _order(owner, None, side, 5, OrderType.STOP, Special(stop_price=far))
    if kind == 1:
        quoted = Special(stop_price=far, trigger=Trigger.QUOTE)
        return _order(owner, None, side, 5, OrderType.STOP, quoted)
    if kind == 2:
        return _order(owner, far, side, 5, OrderType.STOP_LIMIT, Special(stop_price=far))
    trail = Special(trail=Ticks(5_000 + dice.randrange(DEEP)))
    if kind == 3:
        trail = Special(trail_bps=50 + dice.randrange(4_000))
    elif dice.random() < 0.3:
        waits = Ticks(MIDDLE + side * -(5_000 + dice.randrange(DEEP)))
        trail = Special(trail_bps=50, activation_price=waits)
    return _order(owner, None, side, 5, OrderType.TRAILING_STOP, trail)


def _order(
    owner: AccountId,
    price: int | None,
    side: int,
    quantity: int,
    kind: OrderType = OrderType.LIMIT,
    special: Special | None = None,
) -> EnterOrder:
    return EnterOrder(
        account_id=owner,
        symbol=SYMBOL,
        side=Side.BUY if side > 0 else Side.SELL,
        type=kind,
        quantity=Lots(quantity),
        price=None if price is None else Ticks(price),
        special=special,
    )


def _enter(engine: Engine, *terms: object) -> OrderId:
    (first, *_) = engine.apply(entry_of(engine, _order(*terms)))  # type: ignore[arg-type]
    assert isinstance(first, OrderAccepted), first
    return first.order.terms.order_id


def _cancel_last(engine: Engine, owner: AccountId) -> None:
    """Take away the newest order of an account."""
    order_id = next(reversed(engine._state.orders_by_account[owner]))  # noqa: SLF001
    engine.apply(entry_of(engine, CancelOrder(account_id=owner, order_id=order_id)))
