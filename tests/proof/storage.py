"""A venue on a disk that breaks: at every write and every sync of journal, history and snapshot.

    python -m tests.proof.storage FOLDER SEED {each,every}     with broken_disk.so preloaded

First the workload runs on a sound disk, and its points are counted. Then it runs again for each
point, with one fault there (`each`), or all of them (`every`). Whatever breaks, what was answered
is there after the next start, and what was not is settled by asking again.
"""

import asyncio
import json
import random
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

from openoutcry.gateway.watch import VenueStopped
from openoutcry.history import database
from openoutcry.journal import sqlite
from openoutcry.journal.directory import DataDirectory
from openoutcry.sequencer.recovery import recover
from tests.proof.disk import ROOT, Disk, Fault, Place, build, environment
from tests.proof.folder import quick_folder
from tests.proof.inside import open_inside
from tests.sequencer.trading import copy_files

ROUNDS = 2
INSTRUMENTS = """
[[instruments]]
symbol = "AAPL"
price_increment = "0.01"
quantity_increment = "1"
reference_price = "100"
"""


def trial(seed, *, each=False):
    """Break everything once, or in every way; in a process of its own, because of the library."""
    with quick_folder() as folder:
        found = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.proof.storage",
                folder,
                str(seed),
                "each" if each else "every",
            ],
            env=environment(build(folder)),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert found.returncode == 0, found.stdout[-2000:] + found.stderr[-6000:]
        return Counter(json.loads(found.stdout.splitlines()[-1]))


class Workload:
    """Requests in a fixed order, two lives long, and the answers to them."""

    def __init__(self, seed, disk):
        self._seed = seed
        self._disk = disk
        self.answers = {}
        """By key: what a request was told, None while it waits or when it was told nothing."""
        self.contents = {}
        self.phase = "opening"
        self.stopped = False

    async def live(self, data_dir, instruments):
        """Run it all; ends early when the venue does."""
        for life in range(2):
            self.phase = "opening"
            async with open_inside(data_dir, instruments=instruments) as venue:
                self.phase = "running"
                try:
                    await self._work(venue, random.Random(self._seed + life))
                except VenueStopped:
                    self.stopped = True
                    return
                self.phase = "closing"

    async def _work(self, venue, dice):
        for _ in range(ROUNDS):
            asked = []
            for _ in range(dice.randint(1, 4)):
                quantity = 1 + len(self.contents)
                content = {"stocks": dice.choice(("AAPL", "NEW")), "quantity": quantity}
                self.contents[f"k{quantity}"] = content
                asked.append(self.ask(venue, f"k{quantity}"))
            for outcome in await asyncio.gather(*asked, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome
            assert not self._disk.unsynced(Place.JOURNAL), "what is answered has been synced"
            # Asking for the list lets history catch up: its points come at the same places.
            listed = await venue.call("GET", "/orders")
            assert listed.status in (200, 503), listed
            if listed.status == 200:
                assert len(listed.json()) == len(self.contents), "a list is whole or refused"

    async def ask(self, venue, key):
        """Send one request; ask again under the same key and the answer is the same."""
        self.answers.setdefault(key, None)
        answer = await venue.call("POST", "/orders", self.contents[key], idempotency_key=key)
        if answer.status == 503:
            raise VenueStopped("the venue has said so")
        assert answer.status == 201, answer
        told = (answer.body, answer.sequence)
        assert self.answers[key] in (None, told)
        self.answers[key] = told


class Trials:
    """One workload, broken in many places."""

    def __init__(self, folder, seed):
        self.folder = Path(folder)
        self.instruments = self.folder / "instruments.toml"
        self.instruments.write_text(INSTRUMENTS, encoding="utf-8")
        self.seed = seed
        self.disk = Disk()
        self.counts = Counter(workloads=1)
        self._number = 0

    def count_points(self):
        """Return how many points there are, by place and kind of fault."""
        self._run(None, 0, Fault.SHORT_WRITE)
        return self.points

    def break_at(self, place, point, fault):
        """Run with one fault, start again, and see that every promise was kept."""
        self._run(place, point, fault)
        self.counts["points"] += 1

    def _run(self, place, point, fault):
        self._number += 1
        data_dir = self.folder / str(self._number)
        work = Workload(self.seed, self.disk)
        named = f"seed {self.seed}, {place and place.name} {fault.name} at {point}"
        self.disk.breaks(-1 if place is None else place, point, fault)
        failure = None
        try:
            asyncio.run(work.live(data_dir, self.instruments))
        except Exception as found:  # noqa: BLE001 -- judged below, by the phase it ended
            failure = found
        broke, later = self.disk.broke(), self.disk.asked_later()
        if place is None:
            self.points = {(p, f): self.disk.points(p, f) for p in Place for f in Fault}
        self.disk.holds()
        try:
            self._judge(work, place, fault if broke else None, failure, later)
            asyncio.run(self._start_again(work, data_dir))
        except BaseException as found:
            found.add_note(f"{named}, {work.phase}, stopped {work.stopped}, {failure!r}")
            raise

    def _judge(self, work, place, fault, failure, later):
        """Say whether the venue ended as this fault demands."""
        ended = work.stopped or failure is not None
        if fault is None or (fault is Fault.SHORT_WRITE):
            assert not ended, "nothing was wrong"
            self.counts["harmless"] += fault is not None
        elif place is Place.JOURNAL:
            assert ended, "a fault of the journal ends the venue"
            if work.phase == "running":
                assert work.stopped, failure
                assert later == 0, "the disk is not asked again"
            self.counts[f"journal, {work.phase}"] += 1
        elif place is Place.HISTORY:
            assert not work.stopped, "a fault of history stops no trading"
            if work.phase == "running":
                assert failure is None
            self.counts["history, refused start" if failure else "history, traded on"] += 1
        else:
            assert not work.stopped
            self.counts["snapshot"] += 1

    async def _start_again(self, work, data_dir):
        async with open_inside(data_dir, instruments=self.instruments) as venue:
            for key in list(work.answers):
                await work.ask(venue, key)
                await work.ask(venue, key)
            orders = (await venue.call("GET", "/orders")).json()
            quantities = sorted(order["quantity"] for order in orders)
            assert quantities == sorted(work.contents[key]["quantity"] for key in work.answers)
            digest = venue.sequencer.engine.digest()
            copied = copy_files(data_dir, data_dir.with_name("copy"))
            with (
                closing(DataDirectory(copied)) as directory,
                closing(directory.open_journal()) as journal,
            ):
                assert recover(journal, None).engine.digest() == digest
        for path in (*data_dir.rglob("*"), *copied.rglob("*")):
            path.unlink()
        copied.rmdir()


def main(folder, seed, manner):
    """Break everything."""
    # So that there are checkpoints on the way.
    sqlite.CHECKPOINT_BYTES = 20_000
    database.CHECKPOINT_PAGES = 20
    trials = Trials(folder, seed)
    points = trials.count_points()
    # History syncs only when it moves its WAL into the file, which is rare.
    assert all(count for (place, _), count in points.items() if place is not Place.HISTORY)
    number = seed
    for place in Place:
        for point in range(1, max(points[place, fault] for fault in Fault) + 1):
            possible = [fault for fault in Fault if point <= points[place, fault]]
            if manner == "each":
                number += 1
                possible = [possible[number % len(possible)]]
            for fault in possible:
                trials.break_at(place, point, fault)
    print(json.dumps(trials.counts))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
