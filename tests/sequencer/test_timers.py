"""Orders that wait go to market when the venue's time says so."""

import asyncio

import pytest

from openoutcry.model.commands import AdvanceTime
from openoutcry.model.order import Door, OrderStatus
from openoutcry.sequencer.alarm import TOGETHER
from tests.sequencer.rig import (
    SECOND,
    GatedJournal,
    Hands,
    Rig,
    account,
    cancel,
    kinds,
    on_a_loop,
    order,
)

HOUR = 3600 * SECOND


def advances(rig):
    return [r for r in rig.ear.records if isinstance(r.entry.command, AdvanceTime)]


async def look(rig):
    """Ring the alarm, as the loop's timer would, and let everything come out of it."""
    rig.sequencer._step()
    await rig.until(lambda: not rig.sequencer._step_planned)
    await rig.sequencer.settled(rig.engine.sequence)


@on_a_loop
async def test_an_order_goes_to_market_by_itself():
    async with Rig() as rig:
        await rig.submit(account("demo"))
        entered = (await rig.submit(order(delay_ns=SECOND // 100))).record
        while not advances(rig):
            rig.ear.heard.clear()
            await rig.ear.heard.wait()
        (advance,) = advances(rig)
        assert (advance.entry.actor, advance.entry.door) == ("venue", Door.VENUE)
        assert kinds([advance])[0] == "OrderAccepted"
        assert advance.entry.at >= entered.entry.at + SECOND // 100
        assert rig.sequencer.figures.advances == 1


@on_a_loop
async def test_an_order_that_waits_is_picked_up_again_after_a_restart():
    hands = Hands()
    async with Rig(clock=hands.clock()) as rig:
        await rig.submit(account("demo"))
        await rig.submit(order())
    hands.pass_(2 * SECOND)
    async with Rig(rig.journal, rig.engine, hands.clock(rig.engine.now)) as again:
        await again.ear.heard.wait()
        assert len(advances(again)) == 1
        assert again.engine.next_due() is None


@on_a_loop
async def test_time_advances_for_a_timer_when_it_is_due_and_not_before():
    hands = Hands()
    async with Rig(clock=hands.clock()) as rig:
        await rig.submit(account("demo"))
        await rig.submit(order())
        due = rig.engine.next_due()
        hands.pass_(due - 1 - rig.sequencer.clock.now())
        await look(rig)
        assert advances(rig) == []
        hands.pass_(1)
        await look(rig)
        assert [record.entry.at for record in advances(rig)] == [due]


@on_a_loop
async def test_an_idle_venue_does_nothing():
    hands = Hands()
    async with Rig(clock=hands.clock()) as rig:
        await rig.submit(account("demo"))
        hands.pass_(HOUR)
        await look(rig)
        assert len(rig.ear.records) == 1
        assert rig.sequencer._alarm._timer is None


@pytest.mark.parametrize("step", [-HOUR, -SECOND, 0, SECOND // 2])
@on_a_loop
async def test_each_order_executes_after_its_delay_though_the_wall_clock_steps(step):
    hands = Hands()
    async with Rig(clock=hands.clock()) as rig:
        await rig.submit(account("demo"))
        entered = [(await rig.submit(order())).record.entry.at]
        hands.pass_(SECOND // 4)
        hands.wall += step
        entered.append((await rig.submit(order())).record.entry.at)
        for _ in range(20):
            hands.pass_(SECOND // 10)
            await look(rig)
        assert kinds(advances(rig)).count("OrderAccepted") == 2
        at = [r.entry.at for r in advances(rig) for _ in range(kinds([r]).count("OrderAccepted"))]
        for before, after in zip(entered, at, strict=True):
            assert SECOND <= after - before <= SECOND + SECOND // 5 + max(step, 0)


@on_a_loop
async def test_a_wall_clock_set_a_year_forward_neither_hurries_an_order_nor_holds_it_up():
    hands = Hands()
    async with Rig(clock=hands.clock()) as rig:
        await rig.submit(account("demo"))
        await rig.submit(order())
        hands.pass_(SECOND // 2)
        hands.wall += 365 * 24 * HOUR
        await look(rig)
        assert kinds(advances(rig)) == []
        hands.pass_(SECOND // 2 - SECOND // 100)
        await look(rig)
        assert kinds(advances(rig)) == []
        hands.pass_(SECOND // 50)
        await look(rig)
        assert kinds(advances(rig)) == ["OrderAccepted"]
        hands.wall -= 365 * 24 * HOUR
        await rig.submit(order())
        for _ in range(12):
            hands.pass_(SECOND // 10)
            await look(rig)
        assert kinds(advances(rig)).count("OrderAccepted") == 2


@on_a_loop
async def test_timers_take_turns_with_commands_so_a_cancel_still_finds_its_order_waiting():
    hands = Hands()
    async with Rig(GatedJournal(), clock=hands.clock()) as rig:
        rig.journal.let(1000)
        await rig.submit(account("demo"))
        await asyncio.gather(*[rig.submit(order()) for _ in range(200)])
        hands.pass_(2 * SECOND)
        answers = [rig.submit(cancel(n)) for n in (200, 1)]
        outcomes = await asyncio.gather(*answers)
        await rig.until(lambda: rig.engine.next_due() is None)
        await rig.sequencer.settled(rig.engine.sequence)
        tail = rig.ear.records[201:]
        shape = [type(record.entry.command).__name__ for record in tail]
        assert shape == ["AdvanceTime", "CancelOrder", "CancelOrder", *["AdvanceTime"] * 3]
        assert [kinds([record]).count("OrderAccepted") for record in tail] == [64, 0, 0, 64, 64, 7]
        waiting, gone = (outcome.record.events[0] for outcome in outcomes)
        assert waiting.order.status is OrderStatus.CANCELED
        assert waiting.order.terms.order_id == 200
        assert gone.order.terms.order_id == 1


@on_a_loop
async def test_timers_due_at_nearly_the_same_time_fire_together():
    hands = Hands()
    async with Rig(clock=hands.clock()) as rig:
        await rig.submit(account("demo"))
        for n in range(4):
            await rig.submit(order(delay_ns=SECOND + n * TOGETHER // 2))
        hands.pass_(rig.engine.next_due() - rig.sequencer.clock.now())
        await look(rig)
        for _ in range(5):
            hands.pass_(TOGETHER // 2 + 10)
            await look(rig)
        fired = [kinds([record]).count("OrderAccepted") for record in advances(rig)]
        assert fired == [1, 2, 1]


@on_a_loop
async def test_no_timer_fires_while_the_venue_stops():
    hands = Hands()
    rig = Rig(clock=hands.clock())
    async with rig:
        await rig.submit(account("demo"))
        await rig.submit(order())
        hands.pass_(2 * SECOND)
    assert advances(rig) == []
    assert rig.sequencer._alarm._timer is None
