"""Stamp, apply, journal, tell, answer: the order of work, and its bounds."""

import asyncio

import pytest

from openoutcry.journal.record import BLOCK_RECORDS_MAX, decode
from openoutcry.model.errors import NotReady, Overloaded
from openoutcry.sequencer import sequencer as module
from openoutcry.sequencer.sequencer import BATCH_MAX, INBOX_MAX
from tests.sequencer.rig import (
    PATIENCE_S,
    GatedJournal,
    Rig,
    account,
    cancel,
    on_a_loop,
    order,
)


@on_a_loop
async def test_a_command_becomes_a_record_that_is_on_disk_and_told():
    async with Rig() as rig:
        outcome = await rig.submit(account("alice"))
        assert not outcome.replayed
        assert rig.ear.records == [outcome.record]
        assert rig.sequencer.read(0, 10) == [outcome.record]
        assert (outcome.record.first, outcome.record.last) == (1, 2)
        assert rig.sequencer.durable == rig.engine.sequence == rig.journal.last == 2


@on_a_loop
async def test_commands_keep_the_order_in_which_they_were_submitted():
    async with Rig() as rig:
        names = [f"a{n}" for n in range(3 * BATCH_MAX)]
        answers = [rig.submit(account(name)) for name in names]
        outcomes = await asyncio.gather(*answers)
        assert [o.record.entry.command.name for o in outcomes] == names
        assert [o.record for o in outcomes] == rig.ear.records
        assert [record.first for record in rig.ear.records] == [
            1,
            *(record.last + 1 for record in rig.ear.records[:-1]),
        ]
        stamps = [record.entry.at for record in rig.ear.records]
        assert stamps == sorted(set(stamps))


@on_a_loop
async def test_nothing_is_told_or_answered_before_it_is_on_disk():
    journal = GatedJournal()
    async with Rig(journal) as rig:
        first = rig.submit(account("alice"))
        await journal.written_to()
        later = [rig.submit(account(name)) for name in ("bob", "carol")]
        await rig.until(lambda: rig.engine.account("carol") is not None)
        assert rig.ear.records == []
        assert rig.sequencer.durable == 0
        assert not any(answer.done() for answer in (first, *later))
        journal.let()
        assert rig.ear.records == []
        outcome = await first
        assert rig.ear.records == [outcome.record]
        assert not any(answer.done() for answer in later)
        journal.let()
        await asyncio.gather(*later)
        assert [len(block) for block in journal.blocks] == [1, 2]


@on_a_loop
async def test_listeners_are_told_before_anybody_is_answered():
    async with Rig() as rig:
        seen = []
        answers = [rig.submit(account(name)) for name in ("alice", "bob")]
        for answer in answers:
            answer.add_done_callback(lambda _: seen.append(len(rig.ear.records)))
        await asyncio.gather(*answers)
        await asyncio.sleep(0)
        assert seen == [2, 2]


@on_a_loop
async def test_what_is_settled_was_told():
    journal = GatedJournal()
    async with Rig(journal) as rig:
        await rig.sequencer.settled(0)
        rig.submit(account("alice"))
        await journal.written_to()
        rig.submit(account("bob"))
        await rig.until(lambda: rig.engine.sequence == 4)
        waits = [asyncio.ensure_future(rig.sequencer.settled(n)) for n in (4, 1, 2, 3)]
        await asyncio.sleep(0)
        waits[2].cancel()
        journal.let()
        await waits[1]
        assert rig.sequencer.durable == 2
        assert [wait.done() for wait in waits] == [False, True, True, False]
        journal.let()
        await waits[0]
        assert await waits[3] is None
        assert rig.sequencer.durable == 4


@on_a_loop
async def test_a_caller_who_goes_away_disturbs_nobody():
    journal = GatedJournal()
    async with Rig(journal) as rig:
        before = rig.submit(account("alice"))
        before.cancel()
        await journal.written_to()
        gone, stays = rig.submit(account("bob")), rig.submit(account("carol"))
        await rig.until(lambda: rig.engine.account("carol") is not None)
        gone.cancel()
        journal.let(2)
        assert (await stays).record.last == rig.engine.sequence == 6
        assert len(rig.ear.records) == 3


@on_a_loop
async def test_beyond_the_inbox_commands_are_refused_until_there_is_room():
    async with Rig() as rig:
        answers = [rig.submit(cancel(n)) for n in range(INBOX_MAX)]
        with pytest.raises(Overloaded):
            rig.submit(cancel(0))
        assert rig.sequencer.figures.overloads == 1
        assert rig.sequencer.inbox_depth() == INBOX_MAX
        await asyncio.gather(*answers)
        await rig.submit(cancel(0))
        assert rig.sequencer.inbox_depth() == 0


@on_a_loop
async def test_while_the_disk_is_slow_no_more_than_a_block_is_applied_ahead():
    journal = GatedJournal()
    async with Rig(journal) as rig:
        rig.submit(cancel(0))
        await journal.written_to()
        count = BLOCK_RECORDS_MAX + 100
        answers = [rig.submit(cancel(n)) for n in range(count)]
        await rig.until(lambda: rig.engine.sequence == BLOCK_RECORDS_MAX + 1)
        for _ in range(100):
            await asyncio.sleep(0)
        assert rig.engine.sequence == BLOCK_RECORDS_MAX + 1
        assert rig.sequencer.inbox_depth() == 100
        assert not rig.sequencer._step_planned, "it waits for the disk without spinning"
        journal.let(1000)
        await asyncio.gather(*answers)
        assert [len(block) for block in journal.blocks[:2]] == [1, BLOCK_RECORDS_MAX]
        assert max(len(block) for block in journal.blocks) <= BLOCK_RECORDS_MAX


@on_a_loop
async def test_a_block_is_bounded_in_bytes_as_well(monkeypatch):
    monkeypatch.setattr("openoutcry.sequencer.batch.BLOCK_BYTES_MAX", 1000)
    journal = GatedJournal()
    async with Rig(journal) as rig:
        rig.submit(cancel(0))
        await journal.written_to()
        answers = [rig.submit(cancel(n)) for n in range(50)]
        journal.let(1000)
        await asyncio.gather(*answers)
        sizes = [sum(map(len, block[:-1])) for block in journal.blocks]
        assert max(sizes) < 1000
        assert len(sizes) > 3


@on_a_loop
async def test_the_loop_gets_its_turn_between_batches(monkeypatch):
    monkeypatch.setattr(module, "BATCH_MAX", 5)
    async with Rig(GatedJournal()) as rig:
        for n in range(20):
            rig.submit(cancel(n))
        seen = []
        while rig.engine.sequence < 20:
            await asyncio.sleep(0)
            seen.append(rig.engine.sequence)
        assert seen[-4:] == [5, 10, 15, 20]


@on_a_loop
async def test_stopping_finishes_what_was_submitted_and_takes_nothing_more():
    rig, closed = Rig(), []
    rig.journal.close = lambda: closed.append(rig.journal.last)
    with pytest.raises(NotReady, match="new"):
        rig.submit(account("early"))
    await rig.sequencer.start()
    assert rig.sequencer.is_ready()
    answers = [rig.submit(cancel(n)) for n in range(3 * BATCH_MAX)]
    stopping = asyncio.ensure_future(rig.sequencer.stop())
    await asyncio.sleep(0)
    with pytest.raises(NotReady, match="stopping"):
        rig.submit(account("late"))
    await stopping
    assert all(answer.result().record for answer in answers)
    with pytest.raises(NotReady, match="ended"):
        rig.submit(account("later"))
    with pytest.raises(NotReady):
        await rig.sequencer.settled(rig.sequencer.durable + 1)
    assert not rig.sequencer.is_ready()
    assert rig.faults == []
    assert closed == [rig.sequencer.durable]


@on_a_loop
async def test_one_that_was_never_started_can_be_stopped():
    await Rig().sequencer.stop()


@on_a_loop
async def test_records_are_read_only_when_they_were_told():
    journal = GatedJournal()
    async with Rig(journal) as rig:
        await asyncio.to_thread(lambda: None)
        told = rig.submit(account("alice"))
        journal.let()
        await told
        rig.submit(account("bob"))
        journal.let()
        # On disk, but the loop has not heard of it: the thread below runs while this waits.
        while journal.last < 4:
            rig.sequencer._step()
        assert rig.sequencer.durable == 2
        assert rig.sequencer.read(0, 10) == rig.ear.records
        assert rig.sequencer.record_at(3) is None


@on_a_loop
async def test_a_record_is_found_by_any_of_its_sequences():
    async with Rig() as rig:
        alice = (await rig.submit(account("alice"))).record
        bob = (await rig.submit(account("bob"))).record
        assert [rig.sequencer.record_at(n) for n in range(1, 6)] == [alice, alice, bob, bob, None]


@on_a_loop
async def test_the_chain_goes_on_after_a_restart():
    rig = Rig()
    async with rig:
        await rig.submit(account("alice"))
    again = Rig(rig.journal, rig.engine)
    async with again:
        await again.submit(order())
    stored = rig.journal.read(0, 10)
    assert [decode(one).first for one in stored] == [1, 3]
    assert stored[1].link == stored[0].hash


@on_a_loop
async def test_figures_add_up():
    journal = GatedJournal()
    async with Rig(journal) as rig:
        first = rig.submit(account("alice"))
        await journal.written_to()
        later = [rig.submit(cancel(n)) for n in range(5)]
        journal.let(2)
        await asyncio.gather(first, *later)
        figures = rig.sequencer.figures
        assert (figures.records, figures.events, figures.blocks) == (6, 7, 2)
        assert (figures.block_records_last, figures.block_records_max) == (5, 5)
        assert figures.bytes == sum(map(len, (body for block in journal.blocks for body in block)))
        assert figures.write_seconds >= figures.write_seconds_max >= figures.write_seconds_last > 0
        assert figures.write_seconds < PATIENCE_S
