"""Batches that a kill cuts in two: what is durable of them stays, and the rest is entered once.

The process ends at the first write of the journal after so many syncs, while batches of fifty
orders come in. Then some of a batch are durable and others never were. Whoever sends it again under
its keys is told the whole of it, and the same whenever they ask.
"""

import asyncio
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

from openoutcry.gateway.native.batch import ORDERS_MAX
from openoutcry.journal.directory import DataDirectory
from openoutcry.journal.record import decode
from openoutcry.model.commands import EnterOrder
from tests.proof.disk import KILLED, Place, build
from tests.proof.folder import folder_of_a_trial
from tests.proof.inside import PATIENCE_S
from tests.proof.outside import Unanswered
from tests.proof.storm import AT_ONCE, Storm
from tests.proof.storm_drawing import SYMBOL, Asked
from tests.proof.verdict import BATCH, Verdict
from tests.venue import RunningVenue

BATCHES = {"name": 24, "key": 12, "both": 12}
"""On their way together, by what they are known by. Those with names alone are more orders than one
block of the journal takes in; those with keys begin all at once, when their keys are durable, and
the first step of the sequencer takes one batch and a part of the next."""
AGAIN = 8
"""Batches that are sent once more in each life, whatever they were answered."""
SLOW_MS = 400
"""How long a sync takes: all batches come while one request before them is made durable."""
KILLS = (
    (2, "name", False),
    (3, "key", False),
    (2, "name", True),
    (3, "both", False),
    (1, "key", True),
    (4, "both", True),
)
"""After so many syncs; by what the batches are known; whether they come as messages of the stream.
With these numbers the first four cut a batch, unless some come late. On a stream a batch with a key
lets the next one wait, so the last two rather end between two of them."""
TRIES_MAX = 4
"""How often a kill is repeated, each time with slower syncs, until it has cut a batch."""
TRADERS = ("ann", "bob")
"""Not on margin: an auditor looks at all orders of such an account for each of them."""


def trial(seed, *, kills=KILLS):
    """Cut batches with each kill; return what was counted."""
    with folder_of_a_trial() as folder:
        library, armed = build(folder), Path(folder) / "armed"
        settings = {"SIMULATION": "off", "EXECUTION_DELAY_MS": 0, "LOG_LEVEL": "warning"}
        command = [sys.executable, "-m", "openoutcry", "serve"]
        venue = RunningVenue(str(Path(folder) / "data"), settings, command)
        try:
            return asyncio.run(_Cut(venue, random.Random(seed), library, armed).cut(kills))
        finally:
            if venue.exit_code is None:
                venue.kill()


class _Cut(Storm):
    def __init__(self, venue, dice, library, armed):
        super().__init__(venue, dice)
        self.library, self.armed = library, armed
        self.report = armed.with_name("report")
        self.number = 0
        self.by_stream = None
        """Whether what is sent goes by the stream; None: as the dice say."""

    async def cut(self, kills):
        await self.prepare()
        await asyncio.to_thread(self.venue.stop)
        for kill in kills:
            _, style, by_stream = kill
            for tries in range(1, TRIES_MAX + 1):
                cuts = self.counts["cut"]
                await self._live_and_die(kill, SLOW_MS * tries)
                if self.counts["cut"] > cuts or (by_stream and style != "name"):
                    break
        await self._start({})
        await self.end()
        return self.counts

    async def _live_and_die(self, kill, slow_ms):
        syncs, style, by_stream = kill
        await self._start(self._to_be_killed_after(syncs, slow_ms))
        sent = self._batches(style)
        self.verdicts += sent
        self.by_stream = by_stream
        self.armed.touch()
        self.is_ending = True
        first = asyncio.create_task(self._keep_the_disk_busy())
        await asyncio.to_thread(self._wait_until_it_is)
        await self.send(sent)
        while self.venue.exit_code is None:  # All was written with fewer syncs.
            await self._keep_the_disk_busy()
        assert self.venue.exit_code == -signal.SIGKILL, self.venue.log()
        await first
        self._count_cuts(sent, style)

    async def _start(self, environment):
        """Start the venue anew; ask for everything that was not answered, and for some that was."""
        await self.hang_up()
        for file in (self.armed, self.report):
            file.unlink(missing_ok=True)
        os.environ.update(environment)
        try:
            await asyncio.to_thread(self.venue.start)
        finally:
            for name in environment:
                del os.environ[name]
        self.is_ending = False
        for speaker in self.speakers.values():
            speaker.come_back()
        self.by_stream = None
        self.waiting += self.dice.sample(self.verdicts, min(AGAIN, len(self.verdicts)))
        while self.waiting:
            await self.send(self.taken(AT_ONCE))
        for name in TRADERS:  # For who looks at all of them afterwards, there are fewer.
            await self._http(self.requests.holders[name], "DELETE", "/orders")

    async def _keep_the_disk_busy(self):
        with suppress(Unanswered):
            await self._http(self.requests.holders["rex"], "PUT", "/cancel-after", {"timeout_s": 0})

    def _wait_until_it_is(self):
        until = time.monotonic() + PATIENCE_S
        while not self.report.exists():
            assert time.monotonic() < until, self.venue.log()
            time.sleep(0.005)

    def _goes_by_stream(self, asked):
        return self.dice.random() < 0.5 if self.by_stream is None else self.by_stream

    def _to_be_killed_after(self, syncs, slow_ms):
        return {
            "LD_PRELOAD": str(self.library),
            "BROKEN_DISK": f"{int(Place.JOURNAL)} {syncs} {KILLED}",
            "BROKEN_DISK_WHEN": str(self.armed),
            "BROKEN_DISK_REPORT": str(self.report),
            "BROKEN_DISK_SLOW_MS": str(slow_ms),
        }

    def _batches(self, style):
        """Return batches of one account, known by a key, by their orders' names, or by both."""
        holder = self.requests.holders[self.dice.choice(TRADERS)]
        return [Verdict(self._batch(holder, style)) for _ in range(BATCHES[style])]

    def _batch(self, holder, style):
        self.number += 1
        number, orders = self.number, []
        for place in range(ORDERS_MAX):
            side = self.dice.choice(("buy", "sell"))
            order = {
                "symbol": SYMBOL,
                "side": side,
                "type": "limit",
                "quantity": str(number * 100 + place),
                "price": "99.00" if side == "buy" else "101.00",
            }
            if style != "key":
                order["client_order_id"] = f"{number}-{place}"
            orders.append(order)
        key = None if style == "name" else f"batch-{number}"
        content = {"orders": orders}
        method = ("order.batch", content)
        return Asked(number, BATCH, holder, "/orders/batch", content, key=key, method=method)

    def _count_cuts(self, sent, style):
        """Read a copy of what the kill left: how many batches are there, in part, or not."""
        copied = self.armed.with_name("copied")
        copied.mkdir()
        for file in Path(self.venue.data_dir).glob("journal.*"):
            shutil.copy(file, copied)
        with (
            closing(DataDirectory(copied)) as directory,
            closing(directory.open_journal()) as journal,
        ):
            entered = Counter(
                record.entry.request_id.partition(".")[0]
                for record in map(decode, journal.read(0, 10**9))
                if isinstance(record.entry.command, EnterOrder) and record.entry.request_id
            )
        for verdict in sent:
            there = entered[f"r{verdict.asked.number}"]
            what = {0: "absent", ORDERS_MAX: "whole"}.get(there, "cut")
            self.counts[what] += 1
            if what == "cut":
                self.counts[f"cut, by {style}"] += 1
        self.counts["kills"] += 1
        shutil.rmtree(copied)
