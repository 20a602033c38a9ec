"""A venue in this process, called through ASGI: no socket between a trial and every door.

It is opened by a lifespan as a server would, so everything runs on the trial's own loop.
"""

import asyncio
import json
from contextlib import asynccontextmanager
from typing import NamedTuple

from openoutcry.app import create_app
from openoutcry.settings import Settings

ADMIN_KEY = "the-operator's"
PATIENCE_S = 30.0
"""What waits for longer fails instead of hanging."""


class Answer(NamedTuple):
    """What came back, as bytes: two answers are equal when these are."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def sequence(self):
        return int(self.headers["x-sequence"])

    @property
    def replayed(self):
        return self.headers.get("idempotency-replayed") == "true"

    def json(self):
        return json.loads(self.body)

    def code(self):
        """Return the problem's code, None when it is no problem."""
        return self.json()["code"] if self.status >= 400 else None


class Inside:
    """An open venue; `app` is the very object that a server would serve."""

    def __init__(self, app):
        self.app = app

    @property
    def sequencer(self):
        return self.app.state.venue.sequencer

    async def call(self, method, path, content=None, *, key=None, **headers):
        """Make one call and return its answer; `content` is bytes or becomes JSON."""
        if content is None or isinstance(content, bytes):
            body = content or b""
        else:
            body = json.dumps(content).encode()
        sent = [(b"host", b"testserver"), (b"content-length", b"%d" % len(body))]
        if key is not None:
            sent.append((b"authorization", f"Bearer {key}".encode()))
        sent += [
            (n.lower().replace("_", "-").encode(), str(v).encode()) for n, v in headers.items()
        ]
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": sent,
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
        }
        heard = _Heard(body)
        await self.app(scope, heard.receive, heard.send)
        return heard.answer()

    def socket(self, path, *, key=None, **headers):
        """Return a WebSocket that is not open yet."""
        return Socket(self.app, path, key, headers)

    async def admin(self, method, path, content=None, **headers):
        """Make a call of the administration; it must succeed."""
        answer = await self.call(method, f"/api/v1/admin{path}", content, key=ADMIN_KEY, **headers)
        assert answer.status < 300, (path, answer)
        return answer.json() if answer.body else None

    async def open_account(self, name, *, assets=(), permissions=("trade",), cash="1000000000"):
        """Open an account with cash and assets; return its id and a key."""
        opened = await self.admin("POST", "/accounts", {"name": name, "cash": cash})
        account_id = opened["account_id"]
        for asset in assets:
            deposit = {"asset": asset, "quantity": "1000000000"}
            await self.admin("POST", f"/accounts/{account_id}/deposits", deposit)
        return account_id, await self.key_of(account_id, *permissions)

    async def key_of(self, account_id, *permissions, **more):
        """Make a key of an account."""
        content = {"permissions": list(permissions), **more}
        made = await self.admin("POST", f"/accounts/{account_id}/keys", content)
        return made["key"]


class Socket:
    """A client of one WebSocket, message by message."""

    def __init__(self, app, path, key, more):
        path, _, query = path.partition("?")
        headers = [(b"host", b"testserver")]
        if key is not None:
            headers.append((b"authorization", f"Bearer {key}".encode()))
        headers += [(n.lower().replace("_", "-").encode(), v.encode()) for n, v in more.items()]
        self._scope = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
            "subprotocols": [],
            "extensions": {"websocket.http.response": {}},
        }
        self._app = app
        self._said, self._heard = asyncio.Queue(), asyncio.Queue()

    async def open(self):
        """Shake hands and return what the venue answers."""
        self._life = asyncio.create_task(self._app(self._scope, self._said.get, self._heard.put))
        await self._said.put({"type": "websocket.connect"})
        return await self.next()

    async def next(self):
        """Return the next message as the server sees it."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._heard.get()

    async def hear(self):
        """Return the next message's content."""
        return json.loads((await self.next())["text"])

    async def say(self, content):
        await self._said.put({"type": "websocket.receive", "text": json.dumps(content)})

    async def leave(self):
        await self._said.put({"type": "websocket.disconnect", "code": 1000})
        async with asyncio.timeout(PATIENCE_S):
            await self._life


class _Heard:
    """The client's end of one call."""

    def __init__(self, body):
        self._body = body
        self._status = 0
        self._headers = {}
        self._parts = []

    async def receive(self):
        if self._body is None:
            await asyncio.Event().wait()  # It stays connected for as long as anybody asks.
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message):
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {n.decode().lower(): v.decode() for n, v in message["headers"]}
        else:
            self._parts.append(message.get("body", b""))

    def answer(self):
        return Answer(self._status, self._headers, b"".join(self._parts))


def settings_of(data_dir, **settings):
    """Return the settings of a quiet venue: no simulated market, no delay, no developer's .env."""
    chosen = {"simulation": "off", "execution_delay_ms": 0, "admin_key": ADMIN_KEY}
    return Settings(_env_file=None, log_level="error", data_dir=str(data_dir), **chosen | settings)


@asynccontextmanager
async def open_inside(data_dir, **settings):
    """Open a venue on the running loop and close it as a server would."""
    app = create_app(settings_of(data_dir, **settings))
    said, asked = asyncio.Queue(), asyncio.Queue()
    # Without "asgi" the process counts as borrowed: a fault is raised, and ends nobody.
    life = asyncio.create_task(app({"type": "lifespan"}, asked.get, said.put))
    await asked.put({"type": "lifespan.startup"})
    try:
        async with asyncio.timeout(PATIENCE_S):
            message = await said.get()
        if message["type"] != "lifespan.startup.complete":
            await life
        yield Inside(app)
    finally:
        await asked.put({"type": "lifespan.shutdown"})
        async with asyncio.timeout(PATIENCE_S):
            await life
