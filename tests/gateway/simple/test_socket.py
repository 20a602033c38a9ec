"""`/ws` on a real socket: who hears what, and how a connection ends."""

import asyncio
import json

import pytest
import websockets

from tests.gateway.simple.desk import KEY, heard, told
from tests.gateway.simple.listening import gist, quiet


def test_every_client_of_the_account_hears_every_change(tmp_path):
    @told(tmp_path, delay=0)
    async def _(desk):
        async with desk.listen() as one, desk.listen() as other:
            placed = (await desk.place("AAPL", 10)).json()
            await desk.sell("AAPL", 4, 100_00)
            await desk.sell("AAPL", 6, 100_00)
            for socket in (one, other):
                first = await heard(socket)
                assert next(iter(first.items())) == ("event", "order")
                assert {name: first[name] for name in placed} == placed
                assert gist(await heard(socket)) == (1, "PENDING", 4)
                last = await heard(socket)
                assert gist(last) == (1, "EXECUTED", 10)
                # The bid rests at the reference price and five per cent; the seller gets it.
                assert last["average_price"] == "105.00"
                await quiet(socket)


def test_other_accounts_hear_nothing(tmp_path):
    @told(tmp_path)
    async def _(desk):
        header = {"Authorization": f"Bearer {KEY}"}
        async with desk.listen() as demo, desk.listen(additional_headers=header) as trader:
            await desk.place("AAPL", 1)
            await desk.place("AAPL", 2, **header)
            assert (await heard(demo))["quantity"] == 1
            assert (await heard(trader))["quantity"] == 2
            await quiet(demo)
            await quiet(trader)


def test_one_client_that_goes_away_ends_nobody_elses_messages(tmp_path):
    @told(tmp_path)
    async def _(desk):
        async with desk.listen() as stays:
            async with desk.listen() as leaves:
                leaves.transport.abort()
            await desk.place()
            assert gist(await heard(stays)) == (1, "PENDING", 0)


@pytest.mark.parametrize("code", [1011, 1012])
def test_the_venue_closes_its_sockets_when_it_stops(tmp_path, code):
    @told(tmp_path)
    async def _(desk):
        async with desk.listen() as socket:
            await quiet(socket)
            desk.venue.audience.close(code)
            with pytest.raises(websockets.ConnectionClosed) as caught:
                await heard(socket)
            assert caught.value.rcvd.code == code
        async with desk.listen() as late:
            with pytest.raises(websockets.ConnectionClosed) as caught:
                await heard(late)
            assert caught.value.rcvd.code == code


@pytest.mark.slow
def test_a_client_that_does_not_read_is_closed_after_what_fits_and_slows_nobody(tmp_path):
    @told(tmp_path)
    async def _(desk):
        async with desk.listen(max_queue=1, compression=None) as slow, desk.listen() as quick:
            await quiet(slow)
            await quiet(quick)
            (slow_one, quick_one) = desk.venue.audience._open
            told_to_quick = count = 0
            while slow_one.close_code is None:
                # Wide, so that what the system holds on the way is soon full.
                text = json.dumps({"event": "order", "number": count, "wide": "x" * 20_000})
                slow_one.tell(text)
                quick_one.tell(text)
                assert (await heard(quick))["number"] == told_to_quick
                told_to_quick += 1
                count += 1
            assert slow_one.close_code == 4008
            assert quick_one.close_code is None
            for number in range(count - 1):
                assert (await heard(slow))["number"] == number
            with pytest.raises(websockets.ConnectionClosed) as caught:
                await heard(slow)
            assert caught.value.rcvd.code == 4008
            await quiet(quick)


def test_a_socket_that_ends_leaves_nothing_behind(tmp_path):
    @told(tmp_path)
    async def _(desk):
        audience = desk.venue.audience
        async with desk.listen() as socket:
            await quiet(socket)
            assert len(audience) == 1
            (subscriber,) = audience._open
            ended = asyncio.Event()
            forget = audience.dismiss

            def dismiss(one):
                forget(one)
                ended.set()

            audience.dismiss = dismiss
        await asyncio.wait_for(ended.wait(), 10)
        assert len(audience) == 0
        assert subscriber not in audience._by_account.get("demo", ())
