"""Waiting for a sequence: who is woken, and what those who go away leave behind."""

import asyncio

import pytest

from openoutcry.model.errors import NotReady
from openoutcry.sequencer.settling import Settling
from tests.sequencer.rig import on_a_loop


def waiting(settling, *sequences):
    return [asyncio.ensure_future(settling.wait(sequence)) for sequence in sequences]


@on_a_loop
async def test_those_are_woken_whose_sequence_is_reached():
    settling = Settling()
    waits = waiting(settling, 4, 1, 3, 3)
    await asyncio.sleep(0)
    settling.reach(3)
    await asyncio.gather(*waits[1:])
    assert not waits[0].done()
    settling.reach(9)
    await waits[0]
    assert len(settling) == 0


@on_a_loop
async def test_those_who_went_away_are_not_kept():
    settling = Settling()
    [stays] = waiting(settling, 10)
    for _ in range(50):
        gone = waiting(settling, *[10**17] * 200)
        await asyncio.sleep(0)
        for wait in gone:
            wait.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
    assert len(settling) <= 3
    settling.reach(10)
    await stays


@on_a_loop
async def test_whoever_still_waits_is_refused_at_the_end():
    settling = Settling()
    gone, stays = waiting(settling, 1, 2)
    await asyncio.sleep(0)
    gone.cancel()
    settling.refuse("it ended")
    with pytest.raises(NotReady, match="it ended"):
        await stays
    assert len(settling) == 0
