"""What happens when something breaks: nobody is told what may not be true after a restart."""

import asyncio

import pytest

from openoutcry.engine.engine import Engine
from openoutcry.model.errors import NotReady
from openoutcry.sequencer.sequencer import BATCH_MAX, Life
from tests.sequencer.rig import GatedJournal, Rig, account, cancel, on_a_loop


class BrittleEngine(Engine):
    """Breaks on one command, half-way through it."""

    def apply(self, entry):
        if getattr(entry.command, "name", "") == "broken":
            self._state.sequence += 1
            raise AssertionError("the book is never crossed")
        return super().apply(entry)


class Shouter:
    """A listener with a bug, which shows after it has handed in a command."""

    def __init__(self, rig):
        self.late = []
        self._rig = rig

    def tell(self, records):
        if any(getattr(record.entry.command, "name", "") == "broken" for record in records):
            self.late.append(self._rig.submit(account("late")))
            raise KeyError("oops")


async def refused(answers):
    return [type(one) for one in await asyncio.gather(*answers, return_exceptions=True)]


@pytest.mark.parametrize("fault", [OSError(5, "Input/output error"), OSError(28, "No space left")])
@on_a_loop
async def test_when_the_journal_fails_nothing_unwritten_is_told_and_nothing_is_retried(fault):
    journal = GatedJournal()
    rig = Rig(journal)
    await rig.sequencer.start()
    told = rig.submit(account("alice"))
    journal.let()
    outcome = await told
    writing = rig.submit(account("bob"))
    await journal.written_to()
    await journal.written_to()
    applied = [rig.submit(account("carol")), rig.submit(account("dave"))]
    await rig.until(lambda: rig.engine.account("dave") is not None)
    waiting = [rig.submit(cancel(n)) for n in range(3)]
    settling = asyncio.ensure_future(rig.sequencer.settled(4))
    await asyncio.sleep(0)
    journal.fail(fault)
    assert await refused([writing, *applied, *waiting, settling]) == [NotReady] * 7
    assert rig.faults == [fault]
    assert rig.sequencer.inbox_depth() == 0
    assert rig.ear.records == [outcome.record]
    assert rig.sequencer.durable == journal.last == 2
    with pytest.raises(NotReady):
        rig.submit(account("late"))
    with pytest.raises(NotReady):
        await rig.sequencer.settled(4)
    assert await rig.sequencer.settled(2) is None
    await rig.sequencer.stop()
    assert len(journal.blocks) == 1
    assert rig.faults == [fault]


@on_a_loop
async def test_when_the_engine_breaks_what_came_before_is_written_and_told():
    journal = GatedJournal()
    rig = Rig(journal, BrittleEngine())
    await rig.sequencer.start()
    writing = rig.submit(account("alice"))
    await journal.written_to()
    before, broken, after = (rig.submit(account(name)) for name in ("bob", "broken", "carol"))
    await rig.until(lambda: rig.sequencer.life is Life.FAILING)
    with pytest.raises(NotReady, match="failing"):
        rig.submit(account("late"))
    assert rig.faults == []
    journal.let(2)
    outcomes = await asyncio.gather(writing, before)
    assert await refused([broken, after]) == [NotReady, NotReady]
    assert rig.ear.records == [outcome.record for outcome in outcomes]
    assert [str(fault) for fault in rig.faults] == ["the book is never crossed"]
    assert journal.last == rig.sequencer.durable == 4
    assert rig.engine.account("carol") is None
    await rig.sequencer.stop()


@on_a_loop
async def test_when_the_engine_breaks_at_the_first_command_it_ends_at_once():
    rig = Rig(engine=BrittleEngine())
    await rig.sequencer.start()
    assert await refused([rig.submit(account("broken"))]) == [NotReady]
    assert len(rig.faults) == 1
    assert rig.journal.last == 0
    await rig.sequencer.stop()


@on_a_loop
async def test_when_a_listener_breaks_the_others_hear_and_the_caller_is_answered():
    journal = GatedJournal()
    rig = Rig(journal)
    shouter = Shouter(rig)
    rig.sequencer.listeners.insert(0, shouter)
    await rig.sequencer.start()
    first = rig.submit(account("broken"))
    await journal.written_to()
    applied = rig.submit(account("bob"))
    await rig.until(lambda: rig.engine.account("bob") is not None)
    journal.let()
    await first
    await asyncio.sleep(0)
    journal.let()
    records = [(await first).record, (await applied).record]
    assert rig.ear.records == records
    assert [type(fault) for fault in rig.faults] == [KeyError]
    assert await refused(shouter.late) == [NotReady]
    assert rig.engine.account("late") is None
    with pytest.raises(NotReady):
        rig.submit(account("late"))
    await rig.sequencer.stop()


@on_a_loop
async def test_a_fault_while_stopping_ends_the_stop():
    journal = GatedJournal()
    rig = Rig(journal)
    await rig.sequencer.start()
    answers = [rig.submit(cancel(n)) for n in range(BATCH_MAX + 1)]
    await journal.written_to()
    stopping = asyncio.ensure_future(rig.sequencer.stop())
    await asyncio.sleep(0)
    journal.fail(OSError())
    await stopping
    assert set(await refused(answers)) == {NotReady}
    assert len(rig.faults) == 1


@on_a_loop
async def test_no_snapshot_is_kept_after_a_fault():
    class Snapshots:
        def sequences(self):
            raise AssertionError("nobody asks")

        save = sequences

    rig = Rig(engine=BrittleEngine(), snapshots=Snapshots())
    await rig.sequencer.start()
    await rig.submit(account("alice"))
    await refused([rig.submit(account("broken"))])
    await rig.sequencer.stop()
