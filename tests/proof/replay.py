"""A day's traffic, applied again: the live digest, from zero, from a snapshot, elsewhere.

    python -m tests.proof.replay DIRECTORY      prints the digests that a directory recovers to

A venue with its simulated market runs; people place, cancel and amend. At its end the state in
memory must be the one that the journal alone makes, and the one that a snapshot and what follows
make, in this process and in others whose hashes are seeded differently.
"""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from openoutcry.journal.directory import DataDirectory
from openoutcry.sequencer.recovery import recover
from tests.proof.folder import quick_folder
from tests.proof.inside import open_inside
from tests.sequencer.trading import copy_files

ROOT = Path(__file__).parents[2]
HASH_SEEDS = ("0", "4242")
SYMBOLS = ("AAPL", "MSFT", "BTC/USD", "NEW")


def trial(seed, *, seconds=20.0):
    """Let a venue trade for so long and apply its journal again; return what was counted."""
    with quick_folder() as folder:
        live, crashed = Path(folder) / "live", Path(folder) / "crashed"
        digest, counts = asyncio.run(_trade(live, crashed, seed, seconds))
        for directory in (live, crashed):
            assert digests(directory) == [digest[directory]] * 2
            for hash_seed in HASH_SEEDS:
                assert _elsewhere(directory, hash_seed) == [digest[directory]] * 2, hash_seed
        return counts


async def _trade(live, crashed, seed, seconds):
    """Trade in two lives, so that there is a snapshot with a tail behind it."""
    dice, counts = random.Random(seed), Counter()
    digest = {}
    for life in range(2):
        async with open_inside(live, simulation="on", seed=seed, execution_delay_ms=5) as venue:
            if not life:
                _, key = await venue.open_account("trader", assets=("AAPL", "MSFT", "BTC"))
            until = time.monotonic() + seconds / 2
            while time.monotonic() < until:
                await asyncio.gather(*(_act(venue, dice, key) for _ in range(dice.randint(1, 9))))
                counts["calls"] += 1
            engine = venue.sequencer.engine
            while venue.sequencer.durable < engine.sequence:
                await venue.sequencer.settled(engine.sequence)
            if life:
                # In one step of the loop: nothing is applied between the two.
                digest[crashed] = engine.digest()
                copy_files(live, crashed)
        digest[live] = engine.digest()
    counts["seconds"] = round(seconds)
    counts["events"] = engine.sequence
    return digest, counts


async def _act(venue, dice, key):
    symbol = dice.choice(SYMBOLS)
    if dice.random() < 0.5:
        order = {"stocks": symbol, "quantity": dice.randint(1, 500)}
        placed = await venue.call("POST", "/orders", order)
        if dice.random() < 0.3:
            await venue.call("DELETE", placed.headers["location"])
        return
    order = {
        "symbol": symbol,
        "side": dice.choice(("buy", "sell")),
        "type": dice.choice(("limit", "market", "market_to_limit")),
        "quantity": str(dice.randint(1, 50)),
    }
    if order["type"] == "limit":
        order["price"] = f"{dice.uniform(200, 260):.2f}"
    placed = await venue.call("POST", "/api/v1/orders", order, key=key)
    if placed.status == 201 and dice.random() < 0.4:
        path = placed.headers["location"]
        change = {"quantity": str(dice.randint(1, 80))}
        method, content = dice.choice((("PATCH", change), ("DELETE", None)))
        await venue.call(method, path, content, key=key)


def digests(path):
    """Return what a copy of a directory recovers to: from zero, and from its newest snapshot."""
    found = []
    for snapshots in (False, True):
        copied = copy_files(path, path.with_name(f"{path.name}-read"))
        with (
            closing(DataDirectory(copied)) as directory,
            closing(directory.open_journal()) as journal,
        ):
            recovered = recover(journal, directory.snapshots if snapshots else None)
            assert bool(recovered.snapshot_sequence) is snapshots
            recovered.engine.check()
            found.append(recovered.engine.digest())
        for part in copied.iterdir():
            part.unlink()
        copied.rmdir()
    return found


def _elsewhere(path, hash_seed):
    done = subprocess.run(
        [sys.executable, "-m", "tests.proof.replay", str(path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.split()


if __name__ == "__main__":
    print(*digests(Path(sys.argv[1])))  # noqa: T201
