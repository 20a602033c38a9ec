"""A request that is sent again has one effect and one answer."""

import asyncio
import random

import pytest

from openoutcry.journal.memory import MemoryJournal
from openoutcry.model.errors import KeyReused, NotReady, Overloaded
from openoutcry.sequencer import repeats
from openoutcry.sequencer.batch import Outcome
from tests.sequencer.rig import GatedJournal, Rig, account, cancel, keyed, on_a_loop, order


async def opened(rig):
    return (await rig.submit(account("demo"))).record


@on_a_loop
async def test_a_copy_in_the_same_batch_gets_the_first_answer():
    async with Rig() as rig:
        await opened(rig)
        first, copy, other = (rig.submit(order(), keyed(n)) for n in (1, 1, 2))
        record = (await first).record
        assert await copy == Outcome(record, replayed=True)
        assert (await other).record.first == record.last + 1
        assert len(rig.engine.orders_of("demo")) == 2


@on_a_loop
async def test_a_copy_while_the_first_is_being_written_waits_for_it():
    journal = GatedJournal()
    async with Rig(journal) as rig:
        journal.let()
        await opened(rig)
        await journal.written_to()
        first = rig.submit(order(), keyed(1))
        await journal.written_to()
        copy = rig.submit(order(), keyed(1))
        gone = rig.submit(order(), keyed(1))
        await rig.until(lambda: rig.sequencer.figures.replays == 2)
        gone.cancel()
        assert not copy.done()
        journal.let()
        assert await copy == Outcome((await first).record, replayed=True)
        assert len(rig.ear.records) == 2


@on_a_loop
async def test_a_copy_that_comes_later_is_answered_from_the_journal():
    async with Rig() as rig:
        await opened(rig)
        record = (await rig.submit(order(), keyed(1))).record
        await rig.submit(cancel(1))
        assert await rig.submit(order(), keyed(1)) == Outcome(record, replayed=True)
        assert rig.engine.orders_of("demo") == []


@on_a_loop
async def test_a_copy_that_comes_after_a_restart_is_answered_from_the_journal():
    rig = Rig()
    async with rig:
        await opened(rig)
        record = (await rig.submit(order(), keyed(1))).record
    async with Rig(rig.journal, rig.engine) as again:
        assert await again.submit(order(), keyed(1)) == Outcome(record, replayed=True)
        assert again.ear.records == []


@on_a_loop
async def test_a_request_for_what_is_not_there_is_made_again():
    async with Rig() as rig:
        record = (await rig.submit(cancel(99), keyed(1))).record
        again = await rig.submit(cancel(99), keyed(1))
        assert not again.replayed
        assert again.record.first > record.first


@on_a_loop
async def test_a_key_with_another_body_is_refused_and_changes_nothing():
    async with Rig() as rig:
        await opened(rig)
        first = rig.submit(order(), keyed(1, body="one"))
        gone = rig.submit(order(), keyed(1, body="two"))
        other = rig.submit(order(), keyed(1, body="two"))
        gone.cancel()
        await first
        with pytest.raises(KeyReused):
            await other
        with pytest.raises(KeyReused):
            await rig.submit(order(), keyed(1, body="two"))
        assert len(rig.engine.orders_of("demo")) == 1


@on_a_loop
async def test_any_one_of_several_keys_is_enough_to_recognise_a_request():
    async with Rig() as rig:
        await opened(rig)
        record = (await rig.submit(order(), keyed(1, 2))).record
        for retry in (keyed(1), keyed(2), keyed(2, 1), keyed(3, 2)):
            assert await rig.submit(order(), retry) == Outcome(record, replayed=True)


@on_a_loop
async def test_keys_of_different_requests_are_not_one_request():
    async with Rig() as rig:
        await opened(rig)
        await rig.submit(order(), keyed(1))
        await rig.submit(order(), keyed(2))
        with pytest.raises(KeyReused):
            await rig.submit(order(), keyed(1, 2))
        assert len(rig.engine.orders_of("demo")) == 2


@on_a_loop
async def test_an_answer_that_is_no_longer_kept_is_not_made_again():
    async with Rig(MemoryJournal(records_max=10)) as rig:
        await opened(rig)
        await rig.submit(order(), keyed(1))
        await asyncio.gather(*[rig.submit(cancel(n)) for n in range(50, 80)])
        with pytest.raises(KeyReused, match="no longer kept"):
            await rig.submit(order(), keyed(1))
        assert len(rig.engine.orders_of("demo")) == 1


@on_a_loop
async def test_a_fault_of_the_journal_reaches_who_asked_for_an_earlier_answer():
    async with Rig() as rig:
        await opened(rig)
        await rig.submit(order(), keyed(1))

        def read(*_):
            raise OSError("gone")

        rig.journal.read = read
        with pytest.raises(OSError, match="gone"):
            await rig.submit(order(), keyed(1))


@on_a_loop
async def test_copies_are_refused_when_the_first_never_became_durable():
    journal = GatedJournal()
    rig = Rig(journal)
    await rig.sequencer.start()
    first = rig.submit(account("demo"), keyed(1))
    await journal.written_to()
    copy = rig.submit(account("demo"), keyed(1))
    await rig.until(lambda: rig.sequencer.figures.replays)
    journal.fail(OSError())
    for answer in (first, copy):
        with pytest.raises(NotReady):
            await answer
    await rig.sequencer.stop()


@on_a_loop
async def test_earlier_answers_being_looked_up_are_bounded_and_finished_before_the_end(monkeypatch):
    monkeypatch.setattr(repeats, "LOOKUPS_MAX", 2)
    rig = Rig()
    await rig.sequencer.start()
    await opened(rig)
    record = (await rig.submit(order(), keyed(1))).record
    copies = [rig.submit(order(), keyed(1)) for _ in range(3)]
    await rig.sequencer.stop()
    with pytest.raises(Overloaded):
        await copies[2]
    assert [copy.result() for copy in copies[:2]] == [Outcome(record, replayed=True)] * 2


@on_a_loop
async def test_requests_sent_up_to_five_times_in_any_order_have_one_effect():
    dice = random.Random(1)
    requests = [n for n in range(400) for _ in range(dice.randint(1, 5))]
    dice.shuffle(requests)
    half = len(requests) // 2
    async with Rig() as rig:
        await opened(rig)
        outcomes = await asyncio.gather(
            *[rig.submit(order(quantity=n + 1), keyed(n, body=str(n))) for n in requests[:half]]
        )
    async with Rig(rig.journal, rig.engine) as again:
        outcomes += await asyncio.gather(
            *[again.submit(order(quantity=n + 1), keyed(n, body=str(n))) for n in requests[half:]]
        )
    records = {}
    for number, outcome in zip(requests, outcomes, strict=True):
        assert outcome.replayed == (number in records)
        assert records.setdefault(number, outcome.record) == outcome.record
        assert outcome.record.entry.command.quantity == number + 1
    assert len(rig.engine.orders_of("demo")) == 400
