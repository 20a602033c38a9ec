"""Flipped and cut bytes in everything on disk: detected and named, never silently applied.

Every case damages a copy of one data directory at a place that a seed chooses, and starts a venue
on it. It must end up with the very state, or refuse by JournalDamaged; one that lost the end of its
WAL, and has no witness of it, may end up with an earlier state, as after a torn write.
"""

import random
import shutil
from collections import Counter
from contextlib import closing

import pytest

from openoutcry.journal.directory import DataDirectory
from openoutcry.model.errors import JournalDamaged
from openoutcry.sequencer.recovery import recover
from tests.sequencer.trading import Day, copy_files

CASES = 18
BLOCKS = 30


class Original:
    """A data directory as a crash left it, and the digest of the state after every block."""

    def __init__(self, path):
        self.path = path
        self.digests = []


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Half of the journal in its main file, half in its WAL, a snapshot in the middle of each."""
    live = tmp_path_factory.mktemp("original") / "live"
    original = Original(live.with_name("crashed"))
    with closing(DataDirectory(live)) as directory, closing(directory.open_journal()) as journal:
        day = Day(journal)
        original.digests.append(day.engine.digest())
        for block in range(BLOCKS):
            day.trade(1)
            original.digests.append(day.engine.digest())
            if block == BLOCKS // 4:
                day.keep(directory.snapshots)
            if block == BLOCKS // 2:
                journal._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copy_files(live, original.path)
    return original


def flip(dice, content):
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)


def scribble(dice, content):
    at = dice.randrange(len(content))
    content[at : at + 100] = dice.randbytes(len(content[at : at + 100]))


def cut(dice, content):
    del content[dice.randrange(len(content)) :]


def blank(dice, content):
    at = dice.randrange(len(content)) // 512 * 512
    content[at : at + 512] = bytes(len(content[at : at + 512]))


def start(original, work, name, damage, seed):
    """Damage one file of a copy, start on it, and say what came of it."""
    shutil.copytree(original.path, work)
    (victim,) = work.glob(name)
    content = bytearray(victim.read_bytes())
    damage(random.Random(seed), content)
    victim.write_bytes(content)
    try:
        with closing(DataDirectory(work)) as directory, closing(directory.open_journal()) as left:
            recovered = recover(left, directory.snapshots)
            reached = original.digests.index(recovered.engine.digest())
            if recovered.passed_over:
                return "passed over" if reached == BLOCKS else "lost"
            return "equal" if reached == BLOCKS else "earlier"
    except JournalDamaged:
        return "refused"
    finally:
        shutil.rmtree(work)


@pytest.mark.slow
@pytest.mark.parametrize("damage", [flip, scribble, cut, blank])
@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("journal.sqlite3", {"equal", "refused"}),
        ("journal.sqlite3-wal", {"equal", "refused", "earlier"}),
        ("snapshot-*.json", {"passed over"}),
    ],
)
def test_damage_is_never_silently_applied(original, tmp_path, name, allowed, damage):
    seen = Counter(
        start(original, tmp_path / str(seed), name, damage, seed) for seed in range(CASES)
    )
    assert set(seen) <= allowed
    assert set(seen) != {"equal"}


@pytest.mark.slow
def test_a_lost_wal_is_noticed_by_the_snapshot_that_reached_further(tmp_path):
    live = tmp_path / "live"
    with closing(DataDirectory(live)) as directory, closing(directory.open_journal()) as journal:
        Day(journal).trade(BLOCKS).keep(directory.snapshots)
        end = journal.last
        crashed = copy_files(live, tmp_path / "crashed")
    wal = crashed / "journal.sqlite3-wal"
    content = wal.read_bytes()
    refused = 0
    for seed in range(CASES):
        damaged = bytearray(content)
        flip(random.Random(seed), damaged)
        work = tmp_path / str(seed)
        shutil.copytree(crashed, work)
        (work / wal.name).write_bytes(damaged)
        with closing(DataDirectory(work)) as directory, closing(directory.open_journal()) as left:
            if left.last < end:
                refused += 1
                message = f"ends at sequence {left.last}, but sequence {end} was reached"
                with pytest.raises(JournalDamaged, match=message):
                    recover(left, directory.snapshots)
            else:
                assert recover(left, directory.snapshots).records == 0
    assert refused > CASES // 2
