"""A venue behind a real server, on the loop of the test, and clients of its stream."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec
import pytest
import uvicorn
import websockets

from openoutcry.app import create_app
from openoutcry.direct import DirectProtocol
from openoutcry.impatience import ImpatientProtocol
from openoutcry.model.account import Permission
from openoutcry.model.commands import Deposit, OpenAccount
from openoutcry.model.order import Door
from openoutcry.model.units import UNIT
from openoutcry.settings import Settings
from tests.gateway.simple.desk import key_of
from tests.stories import told_at

WITHIN_S = 10.0
ROOT = "root-key-of-the-tests"
ALICE = "alice-key.a-secret"
BOB = "bob-key.another-secret"
READER = "reader-key.a-third-secret"
ORDER = {"symbol": "AAPL", "side": "buy", "type": "limit", "quantity": "1", "price": "10.00"}
SERVERS = {"direct": DirectProtocol, "plain": "websockets-sansio"}
"""The short way of `openoutcry serve`, and ASGI alone as under `uvicorn main:app`."""


class Listener:
    """A client: asks, and keeps what it hears beside the answers."""

    def __init__(self, socket, *, is_packed=False):
        self.socket = socket
        self.is_packed = is_packed
        self.heard = []
        self._waiting = []

    async def frame(self):
        """Return the next frame as it came."""
        async with asyncio.timeout(WITHIN_S):
            return await self.socket.recv()

    async def next(self):
        """Return the next message."""
        if not self._waiting:
            frame = await self.frame()
            if self.is_packed:
                assert isinstance(frame, bytes)
                found = msgspec.msgpack.decode(frame)
            else:
                assert isinstance(frame, str)
                found = json.loads(frame)
            self._waiting = found if isinstance(found, list) else [found]
        return self._waiting.pop(0)

    async def reply(self):
        """Return the next reply; what else comes is kept."""
        while "request_id" not in (message := await self.next()):
            self.heard.append(message)
        return message

    async def on(self, channel):
        """Return the next message of a channel, which may be a heartbeat."""
        while (message := await self.next()).get("channel") != channel:
            self.heard.append(message)
        return message

    async def send(self, method, request_id=None, idempotency_key=None, **params):
        message = {"method": method, "params": params}
        if request_id is not None:
            message["request_id"] = request_id
        if idempotency_key is not None:
            message["idempotency_key"] = idempotency_key
        encode = msgspec.msgpack.encode if self.is_packed else json.dumps
        await self.socket.send(encode(message))

    async def ask(self, method, **params):
        await self.send(method, **params)
        return await self.reply()

    async def result(self, method, **params):
        reply = await self.ask(method, **params)
        assert "problem" not in reply, reply
        return reply["result"]

    async def refusal(self, method, **params):
        """Return status and code of the problem that a request is answered with."""
        problem = (await self.ask(method, **params))["problem"]
        return problem["status"], problem["code"]

    async def close_code(self):
        """Hear everything until the connection is closed; return the code."""
        try:
            while True:
                self.heard.append(await self.next())
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else None


class Hall(NamedTuple):
    venue: object
    port: int

    @asynccontextmanager
    async def listen(self, key=None, query="", **kwargs):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        url = f"ws://127.0.0.1:{self.port}/api/v1/stream{query}"
        plain = {"additional_headers": headers, "proxy": None, "compression": None}
        kwargs = {**plain, **kwargs}
        async with websockets.connect(url, **kwargs) as socket:
            yield Listener(socket, is_packed="msgpack" in query)

    def lazy(self):
        """Return how to connect so that the system takes little for a client that does not read."""
        peer = socket.socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.connect(("127.0.0.1", self.port))
        peer.setblocking(False)
        return {"sock": peer}

    async def refused(self, status, key=None, query="", **kwargs):
        """Return the problem that a handshake is answered with."""
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with self.listen(key, query, **kwargs):
                pass
        response = refused.value.response
        assert response.status_code == status
        assert "x-sequence" in response.headers
        return json.loads(response.body)

    async def submit(self, command, door=Door.NATIVE):
        return await self.venue.sequencer.submit(command, actor="test", door=door)

    def open_orders(self, account_id):
        return self.venue.sequencer.engine.orders_of(account_id)


async def until(condition):
    """Wait until something is so."""
    async with asyncio.timeout(WITHIN_S):
        while not condition():  # noqa: ASYNC110  (of what is watched nothing tells)
            await asyncio.sleep(0.01)


async def open_accounts(hall):
    for name in ("alice", "bob"):
        await hall.submit(OpenAccount(name=name, account_id=name, cash=10**9 * UNIT))
        await hall.submit(Deposit(account_id=name, asset="AAPL", amount=1000 * UNIT))
    await hall.submit(key_of(ALICE, "alice", Permission.TRADE))
    await hall.submit(key_of(BOB, "bob", Permission.TRADE))
    await hall.submit(key_of(READER, "alice", Permission.READ))


@asynccontextmanager
async def open_hall(server="direct", **settings):
    """Open a quiet venue in memory behind a server, and close both."""
    chosen = {"data_dir": ":memory:", "simulation": "off", "admin_key": ROOT, "log_level": "error"}
    app = create_app(Settings(_env_file=None, **{**chosen, **settings}))
    config = uvicorn.Config(
        app, port=0, log_config=None, ws=SERVERS[server], http=ImpatientProtocol, lifespan="on"
    )
    config.load()
    served = uvicorn.Server(config)
    served.lifespan = config.lifespan_class(config)
    await served.startup()
    hall = Hall(app.state.venue, served.servers[0].sockets[0].getsockname()[1])
    await open_accounts(hall)
    try:
        yield hall
    finally:
        await served.shutdown()


def told(server="direct", **settings):
    """Return a decorator that runs a story in a hall of its own."""

    return told_at(open_hall(server, **settings))
