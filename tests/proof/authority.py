"""Who may call what: the whole of it, as a table, and everybody who may come to the door.

A call that is added has no line here, and `test_every_call_has_a_line` fails until it has.
"""

import asyncio
import json
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from starlette.routing import WebSocketRoute

from openoutcry.gateway.native.examples import BODIES
from openoutcry.gateway.native.stream.door import PATH as STREAM
from tests.proof.inside import ADMIN_KEY, open_inside
from tests.signing import Signer

API = "/api/v1"
ANYBODY = {
    "GET /", "GET /health", "GET /ready", "GET /docs", "GET /openapi.json", "GET /asyncapi.json",
}  # fmt: skip
"""What is answered without a key whatever AUTH says, beside the page's files."""
ANY_KEY = {"GET /metrics"}
READ = {
    "GET /orders", "GET /orders/{order_id}",
    "GET /api/v1/account", "GET /api/v1/balances", "GET /api/v1/positions",
    "GET /api/v1/positions/{symbol}", "GET /api/v1/fills", "GET /api/v1/postings",
    "GET /api/v1/prevented-matches", "GET /api/v1/equity",
    "GET /api/v1/orders", "GET /api/v1/orders/{order_id}",
    "GET /api/v1/orders/{order_id}/events", "GET /api/v1/orders/by-client-id/{client_order_id}",
    "POST /api/v1/orders/preview",
    "GET /api/v1/instruments", "GET /api/v1/instruments/{symbol}", "GET /api/v1/book/{symbol}",
    "GET /api/v1/trades/{symbol}", "GET /api/v1/auction/{symbol}", "GET /api/v1/candles/{symbol}",
    "GET /api/v1/ticker", "GET /api/v1/sequence/{sequence}",
    "GET /api/v1/status", "GET /api/v1/clock",
}  # fmt: skip
TRADE = {
    "POST /orders", "DELETE /orders/{order_id}",
    "POST /api/v1/orders", "POST /api/v1/orders/batch", "POST /api/v1/orders/group",
    "PATCH /api/v1/orders/{order_id}", "DELETE /api/v1/orders/{order_id}", "DELETE /api/v1/orders",
    "PUT /api/v1/cancel-after", "DELETE /api/v1/positions/{symbol}", "POST /api/v1/account/reset",
}  # fmt: skip
ADMIN = {
    "POST /api/v1/admin/accounts", "GET /api/v1/admin/accounts",
    "GET /api/v1/admin/accounts/{account_id}", "PATCH /api/v1/admin/accounts/{account_id}",
    "POST /api/v1/admin/accounts/{account_id}/keys",
    "GET /api/v1/admin/accounts/{account_id}/keys", "DELETE /api/v1/admin/keys/{key_id}",
    "POST /api/v1/admin/accounts/{account_id}/deposits",
    "POST /api/v1/admin/accounts/{account_id}/reset",
    "GET /api/v1/admin/instruments", "POST /api/v1/admin/instruments",
    "PATCH /api/v1/admin/instruments/{symbol}", "DELETE /api/v1/admin/instruments/{symbol}",
    "PUT /api/v1/admin/instruments/{symbol}/phase", "POST /api/v1/admin/trades/{trade_id}/bust",
    "PUT /api/v1/admin/kill-switch", "PUT /api/v1/admin/tiers/{name}",
}  # fmt: skip
NEEDS_A_KEY_OF_ITS_OWN = {"PUT /api/v1/cancel-after"}
"""What the demo account, which is everybody's, may not do without a key."""
SOCKETS = {"/ws", "/api/v1/stream"}
ORDER = {"symbol": "AAPL", "side": "buy", "type": "limit", "quantity": "1", "price": "1.00"}
SIMPLE = {"stocks": "AAPL", "quantity": 1}
EVERY = ("read", "trade", "admin")


class Call(NamedTuple):
    method: str
    path: str
    """As the routes have it, without what kind of part it is."""

    def line(self):
        """Return what the tables call it; a HEAD is as its GET."""
        return f"{'GET' if self.method == 'HEAD' else self.method} {self.path}"

    def needed(self):
        """Return the permission that it needs: None for nothing, "" for any key."""
        line = self.line()
        if line in ANYBODY or self.path.startswith("/assets/"):
            return None
        for permission, lines in (
            ("", ANY_KEY),
            ("read", READ),
            ("trade", TRADE),
            ("admin", ADMIN),
        ):
            if line in lines:
                return permission
        raise AssertionError(f"nobody has decided who may call {line}")

    def body(self):
        """Return what to send with it, None for nothing."""
        if self.line() == "POST /orders":
            return SIMPLE
        if self.method in ("POST", "PUT", "PATCH"):
            return BODIES[self.line().replace(API, "")]
        return None


class Caller(NamedTuple):
    name: str
    permissions: tuple[str, ...] | None
    """None: nobody that the venue knows."""
    key: str | None = None
    signer: Signer | None = None
    """Signs instead of showing a key."""
    is_everybody: bool = False
    """The demo account without a key of its own."""

    def headers(self, method, path, body=b""):
        """Return what it sends to say who it is."""
        if self.signer is not None:
            return self.signer.sign(method, path, body)
        return {} if self.key is None else {"authorization": f"Bearer {self.key}"}

    def may(self, call):
        """Say whether a call is its to make."""
        needed = call.needed()
        if self.is_everybody and call.line() in NEEDS_A_KEY_OF_ITS_OWN:
            return False
        return (
            not needed
            or needed in self.permissions
            or (needed == "read" and "trade" in self.permissions)
        )


def calls_of(app):
    """Return every call of an app, whatever kinds of route it is made of; reads come first."""
    found = []

    def walk(routes):
        for route in routes:
            if hasattr(route, "original_router"):
                walk(route.original_router.routes)
            elif hasattr(route, "path"):
                path = re.sub(r"\{(\w+):path\}", r"{\1}", route.path)
                found.extend(Call(m, path) for m in sorted(getattr(route, "methods", 0) or ()))
            else:
                raise AssertionError(f"{route!r}: a kind of route that nobody looked into")

    walk(app.router.routes)
    whole = [call for call in found if not call.path.endswith("/") or call.path == "/"]
    return sorted(whole, key=lambda call: call.method not in ("GET", "HEAD"))


def sockets_of(app):
    """Return the path of every WebSocket: those of routes, and the one of the express lane."""
    routed = {route.path for route in app.router.routes if isinstance(route, WebSocketRoute)}
    return routed | {STREAM}


class House:
    """A venue with some accounts, and whoever knocks."""

    def __init__(self, venue, auth):
        self.venue = venue
        self.auth = auth

    async def furnish(self):
        """Let `own` have orders, a trade and a position, and `foreign` nothing."""
        venue = self.venue
        self.own_id, self.own = await venue.open_account("own")
        _, self.foreign = await venue.open_account("foreign")
        _, maker = await venue.open_account("maker", assets=("AAPL",))
        self.spare = await venue.key_of(self.own_id, "read")
        await self._place(maker, ORDER | {"side": "sell", "price": "2.00"})
        bought = await self._place(self.own, ORDER | {"price": "2.00"})
        mine = await self._place(self.own, ORDER | {"client_order_id": "mine"})
        self.native_order = mine.json()["order_id"]
        simple = await venue.call("POST", "/orders", SIMPLE, key=self.own)
        self.simple_order = simple.json()["id"]
        fills = await venue.call("GET", f"{API}/fills", key=self.own)
        self.trade = fills.json()["items"][0]["trade_id"]
        self.sequence = bought.sequence
        return self

    async def _place(self, key, order):
        placed = await self.venue.call("POST", f"{API}/orders", order, key=key)
        assert placed.status == 201, placed
        return placed

    async def signer_of(self, *permissions, **more):
        """Return who signs as `own` with these permissions."""
        signer = Signer()
        content = {"permissions": list(permissions), "public_key": signer.public_key, **more}
        made = await self.venue.admin("POST", f"/accounts/{self.own_id}/keys", content)
        signer.key_id = made["key_id"]
        return signer

    async def strangers(self):
        """Return everybody whom no call may know."""
        venue, own_id = self.venue, self.own_id
        soon = datetime.now(UTC) + timedelta(seconds=1)
        ends = {"expires_at": soon.isoformat()}
        elsewhere = {"allowed_ips": ["10.0.0.0/8"]}
        revoked = await venue.key_of(own_id, *EVERY)
        expired = await venue.key_of(own_id, *EVERY, **ends)
        away = await venue.key_of(own_id, *EVERY, **elsewhere)
        signed = {
            "signed, revoked": await self.signer_of(*EVERY),
            "signed, expired": await self.signer_of(*EVERY, **ends),
            "signed, away": await self.signer_of(*EVERY, **elsewhere),
            "signed, by another": Signer((await self.signer_of(*EVERY)).key_id),
            "signed, by nobody": Signer("nobody"),
            "signed, with a secret's key": Signer(self.own.partition(".")[0]),
        }
        for key_id in (revoked.partition(".")[0], signed["signed, revoked"].key_id):
            await venue.admin("DELETE", f"/keys/{key_id}")
        # A key cannot be made that has ended already, so this one's end is waited for.
        await asyncio.sleep(max(0.0, soon.timestamp() - venue.sequencer.clock.now() / 1e9) + 0.01)
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
        return [
            *(Caller(name, None, key) for name, key in keys.items()),
            *(Caller(name, None, signer=signer) for name, signer in signed.items()),
        ]

    async def somebodies(self):
        """Return callers with some permissions, each of the account `own`."""
        key_of, own_id = self.venue.key_of, self.own_id
        found = [
            Caller("read", ("read",), await key_of(own_id, "read")),
            Caller("trade", ("read", "trade"), self.own),
            Caller("admin only", ("admin",), await key_of(own_id, "admin")),
            Caller("signed, read", ("read",), signer=await self.signer_of("read")),
            Caller("signed, trade", ("trade",), signer=await self.signer_of("trade")),
            Caller("signed, all", EVERY, signer=await self.signer_of(*EVERY)),
            Caller("operator", EVERY, ADMIN_KEY),
        ]
        if self.auth == "open":
            both = ("read", "trade")
            found.append(Caller("demo pair", both, "demo.demo", is_everybody=True))
            found.append(Caller("without a key", both, is_everybody=True))
        return found

    def path_of(self, call):
        """Return a call's path to something of `own`."""
        is_native = call.path.startswith(API)
        values = {
            "order_id": str(self.native_order if is_native else self.simple_order),
            "client_order_id": "mine",
            "symbol": "AAPL",
            "account_id": self.own_id,
            "key_id": self.spare.partition(".")[0],
            "trade_id": str(self.trade),
            "sequence": str(self.sequence),
            "name": "favourites" if is_native else "x",
        }
        return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], call.path)

    async def make(self, call, caller):
        """Make a call as somebody."""
        content, path = call.body(), self.path_of(call)
        body = b"" if content is None else json.dumps(content).encode()
        headers = caller.headers(call.method, path, body)
        while True:
            answer = await self.venue.call(call.method, path, body, **headers)
            if answer.status != 401 or b"used before" not in answer.body:
                return answer
            headers = caller.headers(call.method, path, body)  # A millisecond is over by now.


@asynccontextmanager
async def house(auth):
    """Open a venue whose orders wait, so that what is there stays."""
    async with open_inside(":memory:", auth=auth, execution_delay_ms=3_600_000) as venue:
        yield await House(venue, auth).furnish()
