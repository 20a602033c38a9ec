"""`/ws` on a real socket: hearing again what came after a sequence."""

import asyncio

import pytest

from openoutcry.gateway.problems import Problem
from openoutcry.gateway.simple.socket import from_sequence
from openoutcry.journal.memory import MemoryJournal
from openoutcry.streams import resume
from tests.gateway.simple.desk import heard, told
from tests.gateway.simple.listening import gist, quiet, refused


def test_a_client_hears_again_everything_after_a_sequence(tmp_path):
    @told(tmp_path, delay=0)
    async def _(desk):
        async with desk.listen() as live:
            placed = await desk.place("AAPL", 10)
            await desk.sell("AAPL", 4, 100_00)
            await desk.sell("AAPL", 6, 100_00)
            said = [await heard(live) for _ in range(3)]
        assert int(placed.headers["x-sequence"]) == said[0]["sequence"]
        for after, expected in ((0, said), (said[0]["sequence"], said[1:])):
            async with desk.listen(f"?from_sequence={after}") as again:
                assert [await heard(again) for _ in expected] == expected
                await quiet(again)
        async with desk.listen(f"?from_sequence={desk.venue.sequencer.durable}") as again:
            await quiet(again)
            await desk.place("MSFT", 1)
            assert (await heard(again))["stocks"] == "MSFT"


@pytest.mark.slow
def test_resuming_on_a_busy_venue_has_no_gap_and_no_duplicate(tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "PAGE_RECORDS", 7)

    @told(tmp_path)
    async def _(desk):
        async def trade():
            for _ in range(60):
                await asyncio.gather(*(desk.place() for _ in range(5)))

        async def listen(after):
            async with desk.listen(f"?from_sequence={after}") as socket:
                return [(await heard(socket))["order_id"] for _ in range(300)]

        async with desk.listen() as clock:

            async def begin_all():
                """Begin another listener each time that some more orders were heard of."""
                begun = []
                for number in range(1, 301):
                    assert (await heard(clock))["order_id"] == number
                    if number in (1, 20, 90, 150, 220, 290):
                        begun.append(asyncio.create_task(listen(0)))
                return await asyncio.gather(*begun)

            heard_ids, _ = await asyncio.gather(begin_all(), trade())
        assert heard_ids == [list(range(1, 301))] * len(heard_ids)


def test_resuming_in_the_middle_of_a_record_hears_the_rest_of_it(tmp_path):
    @told(tmp_path, delay=0)
    async def _(desk):
        await desk.place("AAPL", 1)
        await desk.http.delete("/orders/1")
        await desk.sell("AAPL", 1, 100_00)
        placed = await desk.place("AAPL", 1)
        async with desk.listen(f"?from_sequence={placed.headers['x-sequence']}") as socket:
            assert gist(await heard(socket)) == (3, "EXECUTED", 1)
            await quiet(socket)


def test_a_sequence_ahead_of_the_venue_is_told_where_it_is(tmp_path):
    @told(tmp_path)
    async def _(desk):
        for after in (desk.venue.sequencer.durable + 1, 10**17, 10**40):
            async with desk.listen(f"?from_sequence={after}") as socket:
                reset = await heard(socket)
                assert reset.pop("reason")
                assert reset == {"event": "reset", "sequence": desk.venue.sequencer.durable}
                await desk.place()
                assert (await heard(socket))["event"] == "order"


def test_a_sequence_older_than_what_is_kept_is_told_so(tmp_path):
    @told(tmp_path, journal=MemoryJournal(records_max=20))
    async def _(desk):
        for _ in range(30):
            await desk.place()
        async with desk.listen("?from_sequence=1") as socket:
            reset = await heard(socket)
            assert (reset["event"], reset["sequence"]) == ("reset", desk.venue.sequencer.durable)
            await quiet(socket)


def test_what_is_no_number_fails_the_handshake(tmp_path):
    @told(tmp_path)
    async def _(desk):
        for text in ("abc", "-1", "1.5", "", "1&from_sequence=2", "%EF%BC%91", "0x1"):
            body = await refused(desk.listen(f"?from_sequence={text}"), 400)
            assert body["code"] == "invalid_value"


def test_zeros_in_front_do_not_matter():
    assert from_sequence(b"from_sequence=0007") == 7
    assert from_sequence(b"from_sequence=0") == 0
    assert from_sequence(b"token=x") is None
    with pytest.raises(Problem):
        from_sequence(b"from_sequence")
