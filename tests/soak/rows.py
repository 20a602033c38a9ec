"""What can be proved in the long run: one row for each claim, as PROOF-RESULTS.md lists them.

A row's trial takes a seed and returns what it counted; one lasts a minute or two at most, so that a
slice ends when it should and loses little when it is cut off.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from tests.engine import test_fuzz, test_reference, test_reference_rules
from tests.proof import (
    cut,
    damage,
    hostile,
    idempotency,
    kills,
    replay,
    stopping,
    storage,
    storm,
    stream,
)

Trial = Callable[[int], Counter[str]]


class Row(NamedTuple):
    """A claim, how one seed tests it, and how much of it is wanted."""

    name: str
    claim: str
    trial: Trial
    counted: str
    """What progress is counted in: a name that the trial counts."""
    wanted: int


def _reference(seed: int) -> Counter[str]:
    found = test_reference.run(100_000, seed)
    return Counter(commands=found.commands, trades=found.trades)


def _rules(seed: int) -> Counter[str]:
    found = test_reference_rules.run(20_000, seed)
    return Counter(commands=found.commands, trades=found.trades)


def _invariants(seed: int) -> Counter[str]:
    found = test_fuzz.run(20_000, seed)
    return Counter(commands=found.commands, trades=found.trades)


def _storm(seed: int) -> Counter[str]:
    counted, _ = storm.trial(seed, requests=2_000)
    return counted


ROWS: Final = (
    Row(
        "kills",
        "kill -9 under load: nothing acknowledged is lost, nothing happens twice, every unanswered "
        "request is settled by its key, `/ws` goes on without a gap",
        partial(kills.trial, kills=20),
        "kills",
        1_000,
    ),
    Row(
        "storage",
        "short and torn writes, EIO and ENOSPC at every write and sync of journal, history and "
        "snapshot: nothing told is lost",
        storage.trial,
        "workloads",
        200,
    ),
    Row(
        "stopping",
        "a server whose journal breaks ends with 70 in a moment and never asks the disk again",
        stopping.trial,
        "servers",
        500,
    ),
    Row(
        "damage",
        "flipped and cut bytes in journal, WAL and snapshots: named or harmless; the end of the "
        "WAL that nobody else has seen is counted apart",
        partial(damage.trial, damages=5_000),
        "damages",
        100_000,
    ),
    Row(
        "reference",
        "the engine against a naive book: equal events, equal queues",
        _reference,
        "commands",
        50_000_000,
    ),
    Row(
        "rules",
        "the engine against a naive venue of the whole rulebook (special orders, groups, amends, "
        "self-trade prevention, phases, auctions, the band): equal events, equal queues",
        _rules,
        "commands",
        50_000_000,
    ),
    Row(
        "invariants",
        "every invariant after every command, all features mixed, by an independent auditor",
        _invariants,
        "commands",
        50_000_000,
    ),
    Row(
        "replay",
        "the journal from zero, a snapshot and its tail, other hash seeds: the live digest",
        partial(replay.trial, seconds=60.0),
        "seconds",
        86_400,
    ),
    Row(
        "idempotency",
        "requests sent one to five times, shuffled, across restarts: one effect, equal answers",
        partial(idempotency.trial, requests=20_000),
        "requests",
        1_000_000,
    ),
    Row(
        "storm",
        "every call and every method of the stream that changes something, sent one to five times, "
        "shuffled, many at once, to a server that is killed and stopped meanwhile: one effect in "
        "the journal, equal answers byte for byte; every other seed with an engine that forgets "
        "keys at once",
        _storm,
        "requests",
        100_000,
    ),
    Row(
        "cuts",
        "batches of 50 orders that kill -9 cuts in two, by HTTP and on the stream, known by keys, "
        "by names, by both: what is durable stays, the rest is entered once, the whole is answered",
        cut.trial,
        "kills",
        120,
    ),
    Row(
        "hostile",
        "whatever bytes come in, at any door: accepted or a 4xx, and the venue lives",
        partial(hostile.trial, cases=20_000),
        "cases",
        10_000_000,
    ),
    Row(
        "stream",
        "clients that share no code with the venue rebuild every book from the feed, through "
        "broken connections, lost frames and kill -9: each message checked, all heard the same",
        partial(stream.trial, messages=30_000, kills=3),
        "messages",
        3_000_000,
    ),
)
