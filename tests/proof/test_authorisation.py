"""Every call there is, by everybody who may not make it: 401, 403 or 404, and nothing happens.

The calls come from the app's own routes and what each needs follows from one rule, so a call that
is added and forgets to ask who calls is found here without being named.
"""

import asyncio
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from starlette.routing import WebSocketRoute

from tests.proof.inside import ADMIN_KEY, open_inside

OPEN = {"/", "/health", "/ready", "/docs", "/openapi.json"}
READS = ("GET", "HEAD")
ORDER = {"symbol": "AAPL", "side": "buy", "type": "limit", "quantity": "1", "price": "1.00"}
BODIES = {
    ("POST", "/orders"): {"stocks": "AAPL", "quantity": 1},
    ("POST", "/api/v1/orders"): ORDER,
    ("PATCH", "/api/v1/orders/{order_id}"): {"price": "1.01"},
    ("POST", "/api/v1/admin/accounts"): {"name": "new"},
    ("PATCH", "/api/v1/admin/accounts/{account_id}"): {"name": "renamed"},
    ("POST", "/api/v1/admin/accounts/{account_id}/keys"): {"permissions": ["read"]},
    ("POST", "/api/v1/admin/accounts/{account_id}/deposits"): {"asset": "USD", "quantity": "1"},
    ("PUT", "/api/v1/admin/instruments/{symbol:path}/phase"): {"phase": "continuous"},
    ("PATCH", "/api/v1/admin/instruments/{symbol:path}"): {"protection_bps": 400},
    ("POST", "/api/v1/admin/instruments"): {
        "symbol": "NEW",
        "price_increment": "0.01",
        "quantity_increment": "1",
        "reference_price": "1",
    },
}  # fmt: skip


class Call(NamedTuple):
    method: str
    path: str
    """As the routes have it."""

    def needed(self):
        """Return the permission that it needs: None for nothing, "" for any key."""
        if self.path in OPEN or self.path.startswith("/assets/"):
            return None
        if self.path.startswith("/api/v1/admin/"):
            return "admin"
        if self.path == "/metrics":
            return ""
        return "read" if self.method in READS else "trade"


class Caller(NamedTuple):
    name: str
    key: str | None
    permissions: tuple[str, ...] | None
    """None: nobody that the venue knows."""


def calls_of(app):
    """Return every call of an app, whatever kinds of route it is made of."""
    found = []

    def walk(routes):
        for route in routes:
            if hasattr(route, "original_router"):
                walk(route.original_router.routes)
            elif hasattr(route, "path"):
                found.extend(
                    Call(m, route.path) for m in sorted(getattr(route, "methods", 0) or ())
                )
            else:
                raise AssertionError(f"{route!r}: a kind of route that nobody looked into")

    walk(app.router.routes)
    return [call for call in found if not call.path.endswith("/") or call.path == "/"]


class House:
    """A venue with two accounts, and whoever knocks."""

    def __init__(self, venue, auth):
        self.venue = venue
        self.auth = auth

    async def furnish(self):
        venue = self.venue
        self.own_id, self.own = await venue.open_account("own")
        self.foreign_id, self.foreign = await venue.open_account("foreign")
        self.spare = await venue.key_of(self.own_id, "read")
        placed = await venue.call(
            "POST", "/api/v1/orders", ORDER | {"client_order_id": "mine"}, key=self.own
        )
        simple = {"stocks": "AAPL", "quantity": 1}
        self.native_order = placed.json()["order_id"]
        self.simple_order = (await venue.call("POST", "/orders", simple, key=self.own)).json()["id"]
        return self

    async def strangers(self):
        """Return everybody whom no call may know."""
        revoked = await self.venue.key_of(self.own_id, "read", "trade", "admin")
        await self.venue.admin("DELETE", f"/keys/{revoked.partition('.')[0]}")
        every = ("read", "trade", "admin")
        soon, elsewhere = datetime.now(UTC) + timedelta(seconds=1), ["10.0.0.0/8"]
        expired = await self.venue.key_of(self.own_id, *every, expires_at=soon.isoformat())
        away = await self.venue.key_of(self.own_id, *every, allowed_ips=elsewhere)
        await asyncio.sleep((soon - datetime.now(UTC)).total_seconds() + 0.1)
        key_id, _, secret = self.own.partition(".")
        keys = {
            "revoked": revoked,
            "expired": expired,
            "away": away,
            "wrong secret": f"{key_id}.{secret[:-1]}",
            "no secret": key_id,
            "unknown": f"nobody.{secret}",
            "almost the operator": ADMIN_KEY[:-1],
        }
        if self.auth == "keys":
            keys["demo pair"] = "demo.demo"
        return [Caller(name, key, None) for name, key in keys.items()]

    async def somebodies(self):
        """Return callers with some permissions, each of the account `own`."""
        key_of = self.venue.key_of
        found = [
            Caller("read", await key_of(self.own_id, "read"), ("read",)),
            Caller("trade", self.own, ("read", "trade")),
            Caller("admin only", await key_of(self.own_id, "admin"), ("admin",)),
            Caller("operator", ADMIN_KEY, ("read", "trade", "admin")),
        ]
        if self.auth == "open":
            found.append(Caller("demo pair", "demo.demo", ("read", "trade")))
            found.append(Caller("without a key", None, ("read", "trade")))
        return found

    async def make(self, call, key):
        order_id = self.native_order if call.path.startswith("/api") else self.simple_order
        values = {
            "order_id": str(order_id),
            "client_order_id": "mine",
            "symbol": "AAPL",
            "account_id": self.own_id,
            "key_id": self.spare.partition(".")[0],
        }
        path = re.sub(r"\{(\w+)[^}]*\}", lambda found: values.get(found[1], "x"), call.path)
        return await self.venue.call(call.method, path, BODIES.get(call, {}), key=key)


@asynccontextmanager
async def house(auth):
    async with open_inside(":memory:", auth=auth, execution_delay_ms=3_600_000) as venue:
        yield await House(venue, auth).furnish()


def on_a_loop(story):
    return asyncio.run(story)


@pytest.mark.parametrize("auth", ["open", "keys"])
def test_whom_the_venue_does_not_know_is_401_everywhere(auth):
    async def story():
        async with house(auth) as here:
            strangers = await here.strangers()
            before = here.venue.sequencer.engine.sequence
            for call in calls_of(here.venue.app):
                for caller in strangers:
                    answer = await here.make(call, caller.key)
                    assert answer.status == 401, (call, caller, answer)
                    if call.method != "HEAD":
                        assert answer.code() == "unauthenticated"
                if auth == "keys":
                    answer = await here.make(call, None)
                    known = call.needed() is None
                    assert (answer.status != 401) is known, (call, answer)
            assert here.venue.sequencer.engine.sequence == before, "a refusal leaves no trace"

    on_a_loop(story())


@pytest.mark.parametrize("auth", ["open", "keys"])
def test_a_key_does_what_its_permissions_say_and_nothing_else(auth):
    async def story():
        async with house(auth) as here:
            somebodies = await here.somebodies()
            calls = calls_of(here.venue.app)
            before = here.venue.sequencer.engine.sequence
            allowed = []
            for call in calls:
                for caller in somebodies:
                    needed = call.needed()
                    if not needed or needed in caller.permissions:
                        allowed.append((call, caller))
                        continue
                    answer = await here.make(call, caller.key)
                    assert answer.status == (403 if caller.key else 401), (call, caller, answer)
            assert here.venue.sequencer.engine.sequence == before, "a refusal leaves no trace"
            for call, caller in allowed:
                answer = await here.make(call, caller.key)
                assert answer.status not in (401, 403), (call, answer)
                assert answer.status < 500, (call, answer)

    on_a_loop(story())


@pytest.mark.parametrize("auth", ["open", "keys"])
def test_what_is_anothers_does_not_exist(auth):
    async def story():
        async with house(auth) as here:
            before = here.venue.sequencer.engine.sequence
            by_id = [call for call in calls_of(here.venue.app) if "order_id}" in call.path]
            by_id += [call for call in calls_of(here.venue.app) if "order_id:path}" in call.path]
            assert len(by_id) >= 7
            for call in by_id:
                answer = await here.make(call, here.foreign)
                assert answer.status == 404, (call, answer)
            for call in calls_of(here.venue.app):
                if call.method != "GET" or call.needed() != "read" or "/book" in call.path:
                    continue
                answer = await here.make(call, here.foreign)
                assert here.own_id not in answer.body.decode(), call
                if call.path in ("/orders", "/api/v1/orders"):
                    assert answer.json() in ([], {"items": [], "next": None})
            assert here.venue.sequencer.engine.sequence == before
            for order in (f"/orders/{here.simple_order}", f"/api/v1/orders/{here.native_order}"):
                assert (await here.venue.call("GET", order, key=here.own)).status == 200

    on_a_loop(story())


def test_every_socket_is_asked_who_calls():
    async def story():
        async with house("keys") as here:
            sockets = [
                route.path
                for route in here.venue.app.router.routes
                if isinstance(route, WebSocketRoute)
            ]
            assert sockets
            for path in sockets:
                for caller in await here.strangers():
                    socket = here.venue.socket(path, key=caller.key)
                    refusal = await socket.open()
                    assert refusal["type"] == "websocket.http.response.start", (path, caller)
                    assert refusal["status"] == 401
                    await socket.leave()

    on_a_loop(story())


def test_a_socket_hears_its_own_account_only_and_only_while_its_key_is_valid():
    async def story():
        async with house("keys") as here:
            mine = here.venue.socket("/ws", key=here.spare)
            theirs = here.venue.socket("/ws", key=here.foreign)
            nobodys = here.venue.socket("/ws")
            for socket in (mine, theirs, nobodys):
                assert (await socket.open())["type"] == "websocket.accept"
            order = {"stocks": "AAPL", "quantity": 5}
            placed = (await here.venue.call("POST", "/orders", order, key=here.own)).json()
            assert (await mine.hear())["id"] == placed["id"]
            for socket in (theirs, nobodys):
                await socket.say({"action": "ping"})
                assert (await socket.hear())["event"] == "reply"
            await mine.say({"action": "cancel", "order_id": placed["id"]})
            assert (await mine.hear())["status"] == 403
            await nobodys.say({"action": "place", **order})
            assert (await nobodys.hear())["status"] == 401
            await here.venue.admin("DELETE", f"/keys/{here.spare.partition('.')[0]}")
            assert (await mine.next())["type"] == "websocket.close"
            for socket in (mine, theirs, nobodys):
                await socket.leave()

    on_a_loop(story())
