"""`/ws` on a real socket: which key hears and does what, and what becomes of it when it ends."""

import json

import pytest
import websockets

from openoutcry.gateway.guard import Auth
from openoutcry.gateway.simple import socket as socket_module
from openoutcry.model.account import Permission
from openoutcry.model.commands import RevokeKey
from tests.gateway.simple.desk import HOUR, KEY, READ_KEY, TRADER, asked, heard, key_of, told
from tests.gateway.simple.listening import gist, quiet, refused


def test_with_keys_needed_nothing_is_sent_before_the_right_one(tmp_path):
    @told(tmp_path, auth=Auth.KEYS)
    async def _(desk):
        header = {"Authorization": f"Bearer {KEY}"}
        async with desk.listen() as socket, desk.listen("?from_sequence=0") as late:
            await desk.place("AAPL", 1, **header)
            await quiet(socket)
            await quiet(late)
            reply = await asked(socket, action="place", stocks="AAPL", quantity=1)
            assert reply["problem"]["code"] == "unauthenticated"
            reply = await asked(socket, action="authenticate", key="trader-key.wrong")
            assert reply["status"] == 401
            for one in (socket, late):
                await one.send(json.dumps({"action": "authenticate", "key": KEY}))
                assert (await heard(one)) == {"event": "reply", "request_id": None, "status": 200}
            assert (await heard(late))["quantity"] == 1
            await desk.place("AAPL", 2, **header)
            assert (await heard(socket))["quantity"] == 2
            assert (await heard(late))["quantity"] == 2


def test_the_header_is_as_good_and_a_wrong_one_fails_the_handshake(tmp_path):
    @told(tmp_path, auth=Auth.KEYS)
    async def _(desk):
        header = {"Authorization": f"Bearer {KEY}"}
        async with desk.listen(additional_headers=header) as socket:
            await desk.place("AAPL", 1, **header)
            assert gist(await heard(socket)) == (1, "PENDING", 0)
        wrong = desk.listen(additional_headers={"Authorization": "Bearer trader-key.wrong"})
        assert (await refused(wrong, 401))["code"] == "unauthenticated"
        foreign = desk.listen(additional_headers={"Host": "evil.example"})
        assert (await refused(foreign, 403))["code"] == "host_not_allowed"


def test_a_wrong_key_is_nobody_even_where_none_is_needed(tmp_path):
    @told(tmp_path)
    async def _(desk):
        async with desk.listen() as socket:
            reply = await asked(socket, action="authenticate", key="x.y")
            assert reply["status"] == 401
            await desk.place()
            await quiet(socket)
            assert (await asked(socket, action="authenticate", key=KEY))["status"] == 200
            await desk.place()
            await quiet(socket)
            await desk.place("AAPL", 3, authorization=f"Bearer {KEY}")
            assert (await heard(socket))["quantity"] == 3


def test_a_key_that_reads_hears_and_may_not_place(tmp_path):
    @told(tmp_path)
    async def _(desk):
        header = {"Authorization": f"Bearer {READ_KEY}"}
        async with desk.listen(additional_headers=header) as socket:
            reply = await asked(socket, action="place", stocks="AAPL", quantity=1)
            assert reply["problem"]["code"] == "not_permitted"
            assert (await asked(socket, action="cancel", order_id=1))["status"] == 403
            await desk.place("AAPL", 3, authorization=f"Bearer {KEY}")
            assert (await heard(socket))["quantity"] == 3


def test_a_revoked_key_hears_nothing_more_and_an_expired_one_may_not_act(tmp_path):
    @told(tmp_path)
    async def _(desk):
        soon = desk.venue.sequencer.clock.now() + 1
        await desk.submit(key_of("brief.secret", TRADER, Permission.TRADE, expires_at=soon + HOUR))
        header = {"Authorization": f"Bearer {KEY}"}
        async with desk.listen(additional_headers=header) as revoked, desk.listen() as expired:
            reply = await asked(expired, action="authenticate", key="brief.secret")
            assert reply["status"] == 200
            await quiet(revoked)
            await desk.submit(RevokeKey(key_id="trader-key"))
            with pytest.raises(websockets.ConnectionClosed) as caught:
                await heard(revoked)
            assert caught.value.rcvd.code == 1008
            clock, now = desk.venue.sequencer.clock, desk.venue.sequencer.clock.now
            clock.now = lambda: now() + 2 * HOUR
            assert (await asked(expired, action="orders"))["status"] == 401
            await quiet(expired)


def test_the_socket_of_a_key_is_closed_when_it_expires(tmp_path, monkeypatch):
    monkeypatch.setattr(socket_module, "EXPIRY_CHECK_S", 0.05)

    @told(tmp_path)
    async def _(desk):
        soon = desk.venue.sequencer.clock.now() + HOUR // 7200
        await desk.submit(key_of("brief.secret", TRADER, Permission.READ, expires_at=soon))
        header = {"Authorization": "Bearer brief.secret"}
        async with desk.listen(additional_headers=header) as one, desk.listen() as other:
            assert (await asked(other, action="authenticate", key="brief.secret"))["status"] == 200
            await quiet(one)
            for expired in (one, other):
                with pytest.raises(websockets.ConnectionClosed) as caught:
                    await heard(expired)
                assert caught.value.rcvd.code == 1008
            assert desk.venue.sequencer.clock.now() >= soon


def test_a_key_that_may_not_read_hears_nothing(tmp_path):
    @told(tmp_path)
    async def _(desk):
        await desk.submit(key_of("office.secret", TRADER, Permission.ADMIN))
        header = {"Authorization": "Bearer office.secret"}
        problem = await refused(desk.listen(additional_headers=header), 403)
        assert problem["code"] == "not_permitted"
        async with desk.listen() as socket:
            reply = await asked(socket, action="authenticate", key="office.secret")
            assert (reply["status"], reply["problem"]["code"]) == (403, "not_permitted")
            await desk.place(Authorization=f"Bearer {KEY}")
            await quiet(socket)
