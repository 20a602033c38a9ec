"""A process that is killed at any moment loses nothing that it has answered."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from openoutcry.journal.directory import DataDirectory
from openoutcry.journal.record import decode
from openoutcry.sequencer.recovery import recover

KILLS = 5
VENUE = """
import asyncio, sys
from pathlib import Path
from openoutcry.journal.directory import DataDirectory
from openoutcry.sequencer.clock import VenueClock
from openoutcry.sequencer.recovery import recover
from openoutcry.sequencer.sequencer import Sequencer
from tests.sequencer.rig import account, keyed, order
from openoutcry.model.order import Door

async def trade(sequencer, client):
    while True:
        first = sequencer.engine.sequence
        request_id = f"{client}-{first}"
        answer = sequencer.submit(
            order(delay_ns=1_000_000), actor="test", door=Door.SIMPLE, request_id=request_id
        )
        record = (await answer).record
        print(record.first, record.last, record.entry.at, record.entry.request_id, flush=True)

async def main():
    directory = DataDirectory(Path(sys.argv[1]))
    journal = directory.open_journal()
    engine = recover(journal, directory.snapshots).engine
    sequencer = Sequencer(
        engine, journal, VenueClock(engine.now), on_fault=print, snapshots=directory.snapshots
    )
    await sequencer.start()
    if engine.account("demo") is None:
        await sequencer.submit(account("demo"), actor="test", door=Door.VENUE)
    await asyncio.gather(*[trade(sequencer, client) for client in range(8)])

asyncio.run(main())
"""


@pytest.mark.slow
def test_everything_answered_before_a_kill_is_in_the_journal(tmp_path):
    path = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, sys.path)])
    answered = {}
    for kill in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", VENUE, str(tmp_path)],
            env={**os.environ, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            text=True,
        ) as venue:
            heard = [venue.stdout.readline() for _ in range(50 + 61 * kill)]
            venue.kill()
            heard += venue.stdout.readlines()
        for line in heard:
            if line.endswith("\n"):
                first, last, at, request_id = line.split()
                answered[int(first)] = (int(last), int(at), request_id)
        with (
            closing(DataDirectory(tmp_path)) as directory,
            closing(directory.open_journal()) as left,
        ):
            recovered = recover(left, directory.snapshots)
            recovered.engine.check()
            kept = [decode(stored) for stored in left.read(0, 10**9)]
        journaled = {r.first: (r.last, r.entry.at, r.entry.request_id) for r in kept}
        assert answered.items() <= journaled.items()
    assert len(answered) > 50 * KILLS
