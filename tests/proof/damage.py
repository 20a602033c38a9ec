"""Flipped and cut bytes in journal, its WAL and snapshots: named, or harmless, never applied.

A venue trades, stops and keeps a snapshot, trades on, keeps another, trades on and is cut off.
Each case damages one file of a copy of what that leaves, and starts on it as a venue does. It must
refuse by name, or come to the very state with every record; a record that no start needs any more
may be found out when it is read. One thing cannot be told from a torn write: the end of the WAL
beyond everything that snapshots and history have seen. That is counted apart.
"""

import asyncio
import random
import re
import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path

from openoutcry.engine.engine import Engine
from openoutcry.history.database import reached_on_disk
from openoutcry.journal.directory import DataDirectory
from openoutcry.journal.record import decode
from openoutcry.journal.snapshots import SnapshotFiles
from openoutcry.model.errors import JournalDamaged
from openoutcry.sequencer.recovery import recover, save_snapshot
from tests.proof.folder import quick_folder
from tests.proof.inside import open_inside
from tests.sequencer.trading import copy_files

WAL = "journal.sqlite3-wal"
HISTORY = "history.sqlite3"
ORDERS = 12
"""Placed between two of the steps above."""


def trial(seed, *, damages=200):
    """Damage one venue's files so often; return what came of it."""
    with quick_folder() as folder:
        original = Original(Path(folder), seed)
        dice = random.Random(seed)
        counts = Counter(damages=damages)
        for number in range(damages):
            counts[original.start_damaged(dice, number)] += 1
        return counts


def flip(dice, content):
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)


def cut(dice, content):
    del content[dice.randrange(len(content)) :]


def scribble(dice, content):
    at = dice.randrange(len(content))
    content[at : at + 100] = dice.randbytes(len(content[at : at + 100]))


def blank(dice, content):
    at = dice.randrange(len(content)) // 512 * 512
    content[at : at + 512] = bytes(len(content[at : at + 512]))


class Original:
    """The files as the crash left them, and what is true of them."""

    def __init__(self, folder, seed):
        self.folder = folder
        self.path = folder / "crashed"
        asyncio.run(self._trade(folder / "live", random.Random(seed)))
        self.files = {path.name: path.read_bytes() for path in self.path.iterdir()}
        copied = copy_files(self.path, folder / "read")
        with (
            closing(DataDirectory(copied)) as directory,
            closing(directory.open_journal()) as journal,
        ):
            self.records = journal.read(0, 10**9)
            self.snapshots = directory.snapshots.sequences()
        self.sequence_of = self._states()
        assert len(self.snapshots) == 2
        assert len(self.files[WAL]) > 50_000

    async def _trade(self, live, dice):
        for life in range(2):
            async with open_inside(live) as venue:
                await self._place(venue, dice)
                if life:
                    journal = venue.sequencer._journal
                    save_snapshot(venue.sequencer.engine, journal, SnapshotFiles(live))
                    await self._place(venue, dice)
                    copy_files(live, self.path)

    async def _place(self, venue, dice):
        for _ in range(ORDERS):
            order = {"stocks": dice.choice(("AAPL", "NEW")), "quantity": dice.randint(1, 99)}
            placed = await venue.call(
                "POST", "/orders", order, idempotency_key=f"{dice.getrandbits(64)}"
            )
            if dice.random() < 0.3:
                await venue.call("DELETE", placed.headers["location"])
        await venue.call("GET", "/orders")  # Now history has reached what was told.

    def _states(self):
        """Return the sequence of every state on the way, by digest."""
        engine, found = Engine(), {}
        for record in map(decode, self.records):
            engine.apply(record.entry)
            found[engine.digest()] = record.last
        return found

    def start_damaged(self, dice, number):
        """Damage one file of a copy and start on it; say what came of it."""
        victim = dice.choice([name for name in self.files if not name.startswith(HISTORY)])
        with_history = dice.random() < 0.5
        damage = dice.choices((flip, cut, scribble, blank), (14, 2, 2, 2))[0]
        content = bytearray(self.files[victim])
        damage(dice, content)
        if content == self.files[victim]:
            return "nothing changed"
        work = self.folder / "work"
        work.mkdir()
        for name, whole in self.files.items():
            if with_history or not name.startswith(HISTORY):
                (work / name).write_bytes(content if name == victim else whole)
        try:
            return self._judge(work, victim, with_history=with_history)
        except BaseException as found:
            found.add_note(f"{damage.__name__} of {victim}, case {number}, history {with_history}")
            raise
        finally:
            shutil.rmtree(work)

    def _judge(self, work, victim, *, with_history):
        try:
            with (
                closing(DataDirectory(work)) as directory,
                closing(directory.open_journal()) as journal,
            ):
                url = f"sqlite:///{work / HISTORY}"
                recovered = recover(
                    journal,
                    directory.snapshots,
                    history_reached=reached_on_disk(url, journal.epoch),
                )
                reached = self.sequence_of[recovered.engine.digest()]
                if reached < self.records_end():
                    return self._earlier(victim, reached, with_history=with_history)
                if recovered.passed_over:
                    assert victim.startswith("snapshot")
                    assert all("snapshot-" in reason for reason in recovered.passed_over)
                    return "snapshot passed over"
                return self._read(journal)
        except JournalDamaged as damaged:
            words = str(damaged)
        assert re.search(r"sequence|journal\.sqlite3", words), words
        return "named at the start"

    def records_end(self):
        return decode(self.records[-1]).last

    def _earlier(self, victim, reached, *, with_history):
        """Judge a venue that came up without its end: the one damage that nobody can see."""
        assert victim == WAL, f"records are lost: {reached} of {self.records_end()}"
        assert not with_history, "history is a witness of the end"
        assert reached >= self.snapshots[0], "the newest snapshot is a witness"
        return "like a torn tail"

    def _read(self, journal):
        """Read every record: each is what was written, or is named as damaged."""
        try:
            stored = journal.read(0, 10**9)
            for one in stored:
                decode(one)
        except JournalDamaged:
            return "named when read"
        assert stored == self.records, "what can be read is what was written"
        return "harmless"
