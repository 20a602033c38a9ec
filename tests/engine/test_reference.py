"""The engine against the naive book: the same commands, the same events, the same book."""

import hashlib
import random
from typing import NamedTuple

import pytest

from openoutcry.engine.engine import Engine
from openoutcry.model import events as told
from openoutcry.model.commands import (
    AmendOrder,
    CancelAllOrders,
    CancelOrder,
    Command,
    Deposit,
    EnterOrder,
    ListInstrument,
    OpenAccount,
)
from openoutcry.model.order import Door, OrderType, PostOnly, Side, TimeInForce
from openoutcry.model.record import Entry
from tests.reference_book import ReferenceBook
from tests.stage import STARTED_AT, instrument

OWNERS = ("alice", "bob", "carol", "dave")
RICH = 10**40
PLAIN_TYPES = (OrderType.LIMIT, OrderType.MARKET, OrderType.MARKET_TO_LIMIT)
BOOK_EVERY = 50
"""Commands between two comparisons of the whole book; the events are compared each time."""
CLEARED_EVERY = 997
"""Commands between two clearings, so that the naive book stays short enough."""


class Comparison(NamedTuple):
    commands: int
    trades: int
    digest: str


def run(commands: int, seed: int) -> Comparison:
    """Compare the engine with the naive book over so many commands; raise where they differ."""
    engine, reference, dice = opened(), ReferenceBook(1000, 500), random.Random(seed)
    digests = hashlib.sha256(), hashlib.sha256()
    trades = 0
    for number in range(1, commands + 1):
        command = next_command(dice, reference.ended_below, number)
        events = [compact(event) for event in engine.apply(entry(number, command))]
        expected = reference.apply(command)
        assert events == expected, f"seed {seed}, command {number}: {command}"
        trades += sum(event[0] == "executed" for event in events)
        for digest, happened in zip(digests, (events, expected), strict=True):
            digest.update(repr(happened).encode())
        if number % BOOK_EVERY == 0 or number == commands:
            assert queues(engine) == naive_queues(reference), f"seed {seed}, command {number}"
    assert digests[0].digest() == digests[1].digest()
    return Comparison(commands, trades, digests[0].hexdigest())


def opened() -> Engine:
    engine = Engine()
    opening: list[Command] = [ListInstrument(instrument=instrument(reference_price=1000))]
    for owner in OWNERS:
        opening.append(OpenAccount(name=owner, account_id=owner))
        opening += [Deposit(account_id=owner, asset=a, amount=RICH) for a in ("USD", "ACME")]
    for command in opening:
        engine.apply(entry(0, command))
    return engine


def entry(number: int, command: Command) -> Entry:
    return Entry(at=STARTED_AT + number, actor="test", door=Door.NATIVE, command=command)


def next_command(dice: random.Random, next_id: int, number: int) -> Command:
    """Draw a command; most name orders of the recent past, so that most of them find one."""
    owner = dice.choice(OWNERS)
    if number % CLEARED_EVERY == 0:
        return CancelAllOrders(account_id=owner, side=dice.choice((None, *Side)))
    roll = dice.random()
    if roll < 0.18:
        return CancelOrder(account_id=owner, order_id=_recent(dice, next_id))
    if roll < 0.36:
        return AmendOrder(
            account_id=owner,
            order_id=_recent(dice, next_id),
            quantity=dice.choice((None, dice.randint(1, 30))),
            price=dice.choice((None, _price(dice))),
        )
    return _order(dice, owner)


def _order(dice: random.Random, owner: str) -> EnterOrder:
    kind = dice.choices(PLAIN_TYPES, (16, 2, 1))[0]
    limit = kind is OrderType.LIMIT
    lasting = (TimeInForce.GTC,) * 6 if kind is not OrderType.MARKET else ()
    time_in_force = dice.choice((*lasting, TimeInForce.IOC, TimeInForce.FOK))
    may_post = limit and time_in_force is TimeInForce.GTC
    return EnterOrder(
        account_id=owner,
        symbol="ACME",
        side=dice.choice(tuple(Side)),
        type=kind,
        quantity=dice.randint(1, 20),
        price=_price(dice) if limit else None,
        time_in_force=time_in_force,
        post_only=PostOnly.REJECT if may_post and dice.random() < 0.2 else None,
    )


def _price(dice: random.Random) -> int:
    """Mostly near, so that queues are long; sometimes beyond the protection of 5 per cent."""
    return 1000 + (dice.randint(-6, 6) if dice.random() < 0.8 else dice.randint(-90, 90))


def _recent(dice: random.Random, next_id: int) -> int:
    return max(0, next_id - dice.randint(0, 40))


def compact(event: told.Event) -> tuple[object, ...]:  # noqa: PLR0911 -- a table
    """An event in the naive book's words."""
    match event:
        case told.OrderAccepted(order=order):
            return ("accepted", order.terms.order_id, order.price)
        case told.OrderExecuted():
            ids = event.taker.terms.order_id, event.maker.terms.order_id
            return ("executed", *ids, event.quantity, event.price)
        case told.OrderReplaced(order=order):
            total = order.terms.quantity
            return ("replaced", order.terms.order_id, total, order.price, event.requeued)
        case told.OrderCanceled(order=order):
            reason = order.reason.value if order.reason else None
            return ("canceled", order.terms.order_id, order.canceled_quantity, reason)
        case told.OrderRested(order=order):
            return ("rested", order.terms.order_id, order.leaves_quantity, order.price)
        case told.OrderExpired(order=order):
            return ("expired", order.terms.order_id, order.prevented_quantity)
        case told.OrderRejected(reason=reason):
            return ("rejected", reason.value)
        case told.CancelRejected(reason=reason):
            return ("cancel_rejected", reason.value)
        case told.ReplaceRejected(reason=reason):
            return ("amend_rejected", reason.value)
    raise TypeError(event)


def queues(engine: Engine) -> list[list[tuple[int, int]]]:
    """Every order of both sides, in the order in which it would trade: id and what is left."""
    book = engine._state.markets["ACME"].book
    ladders = (book.asks, book.bids)
    return [
        [(o.terms.order_id, o.leaves_quantity) for level in ladder.walk() for o in level]
        for ladder in ladders
    ]


def naive_queues(reference: ReferenceBook) -> list[list[tuple[int, int]]]:
    return [[(o.order_id, o.leaves) for o in reference.facing(side)] for side in Side]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_engine_does_what_the_naive_book_does(seed):
    compared = run(25_000, seed)
    assert compared.trades > 5_000


def test_the_same_seed_gives_the_same_digest():
    assert run(500, 3) == run(500, 3)
    assert run(500, 3).digest != run(500, 4).digest
