"""A venue with the simple door for a test: real engine, sequencer and history, on real sockets.

The journal is in memory and history in the test's folder. Delayed orders wait for an hour, so a
test that wants executions asks for no delay.
"""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256

import httpx2
import uvicorn
import websockets
from fastapi import FastAPI
from starlette.routing import WebSocketRoute

from openoutcry.engine.engine import Engine
from openoutcry.gateway.express import ExpressLane
from openoutcry.gateway.guard import Auth, Guard
from openoutcry.gateway.limits import Limits
from openoutcry.gateway.native.streamed import RENDERING
from openoutcry.gateway.simple.door import SimpleDoor
from openoutcry.gateway.simple.messages import messages
from openoutcry.gateway.simple.order import shown
from openoutcry.gateway.simple.routes import simple_routes
from openoutcry.gateway.simple.socket import SimpleSocket
from openoutcry.gateway.venue import Venue
from openoutcry.history.history import History
from openoutcry.history.recent import RecentOrders
from openoutcry.journal.memory import MemoryJournal
from openoutcry.marketdata.tape import Tape
from openoutcry.model.account import DEMO, AccountKind, Key, Permission
from openoutcry.model.commands import AddKey, Deposit, EnterOrder, Listing, OpenAccount
from openoutcry.model.order import Door, OrderType, Side
from openoutcry.model.units import UNIT
from openoutcry.sequencer.clock import VenueClock
from openoutcry.sequencer.sequencer import Sequencer
from openoutcry.streams.audience import Audience
from openoutcry.streams.feeds.feeds import Feeds
from tests.stories import told_at

HOUR = 3600 * 10**9
SELLER = "seller"
TRADER = "trader"
KEY = "trader-key.a-secret"
READ_KEY = "reader-key.another-secret"
CASH = 10**6 * UNIT
WITHIN_S = 10.0


@dataclass
class Desk:
    """What a test works with."""

    venue: Venue
    app: object
    url: str
    http: httpx2.AsyncClient

    async def submit(self, command, *, door=Door.NATIVE):
        return await self.venue.sequencer.submit(command, actor="test", door=door)

    async def sell(self, symbol, quantity, price):
        """Let somebody offer shares, at a price in cents."""
        asset = self.venue.sequencer.engine.instrument(symbol).grid.asset
        await self.submit(Deposit(account_id=SELLER, asset=asset, amount=quantity * UNIT))
        return await self.submit(
            EnterOrder(
                account_id=SELLER,
                symbol=symbol,
                side=Side.SELL,
                type=OrderType.LIMIT,
                quantity=quantity,
                price=price,
            )
        )

    async def place(self, stocks="AAPL", quantity=10, **headers):
        body = json.dumps({"stocks": stocks, "quantity": quantity}).encode()
        return await self.http.post("/orders", content=body, headers=headers)

    def listen(self, query="", **kwargs):
        url = self.url.replace("http", "ws", 1)
        return websockets.connect(f"{url}/ws{query}", proxy=None, **kwargs)


def told(folder, **settings):
    """Return a decorator that runs a story on a desk of its own."""

    return told_at(open_desk(folder, **settings))


async def heard(socket):
    """Return the next message, which has to come."""
    async with asyncio.timeout(WITHIN_S):
        return json.loads(await socket.recv())


async def asked(socket, **message):
    """Send an action and return the reply to it, passing over what else comes first."""
    await socket.send(json.dumps(message))
    while True:
        answer = await heard(socket)
        if answer["event"] == "reply":
            return answer


def key_of(token, account_id, *permissions, expires_at=None):
    key_id, _, secret = token.partition(".")
    return AddKey(
        key=Key(
            key_id=key_id,
            account_id=account_id,
            secret_sha256=sha256(secret.encode()).hexdigest(),
            permissions=permissions,
            expires_at=expires_at,
        )
    )


def opening():
    """Return the commands that open the accounts of a test."""
    return [
        OpenAccount(name="demo", account_id=DEMO, kind=AccountKind.DEMO),
        OpenAccount(name=SELLER, account_id=SELLER),
        OpenAccount(name=TRADER, account_id=TRADER, cash=CASH),
        key_of(KEY, TRADER, Permission.TRADE),
        key_of(READ_KEY, TRADER, Permission.READ),
    ]


@asynccontextmanager
async def open_desk(
    folder, *, delay=HOUR, auth=Auth.OPEN, listing=Listing.OPEN, journal=None, engine=None
):
    """Open a venue behind a server, and close both."""
    journal = journal or MemoryJournal()
    faults = []
    sequencer = Sequencer(engine or Engine(), journal, VenueClock(0), on_fault=faults.append)
    url = f"sqlite:///{folder}/history.sqlite3"
    history = History(url, journal.epoch, faults.append, show=shown)
    history.catch_up(sequencer.read, journal.last, lambda _reached, _last: None)
    recent, audience = RecentOrders(), Audience(messages)
    sequencer.listeners += [history, recent, audience]
    venue = Venue(
        sequencer=sequencer,
        history=history,
        recent=recent,
        audience=audience,
        feeds=Feeds(sequencer, history, RENDERING),
        tape=Tape(),
        execution_delay=delay,
        listing=listing,
        simulated=False,
        limits=Limits(0),
        auth=auth,
        opened_at=0.0,
    )
    history.start()
    await sequencer.start()
    if not journal.last:
        for command in opening():
            await sequencer.submit(command, actor="test", door=Door.VENUE)
    guard = Guard(
        auth=auth, admin_key="", key_of=sequencer.engine.key, now=lambda: sequencer.engine.now
    )
    async with _served(_app(venue, guard)) as (app, url):
        async with httpx2.AsyncClient(base_url=url, trust_env=False, verify=False) as http:
            yield Desk(venue, app, url, http)
        audience.close(1012)
    await sequencer.stop()
    history.close()
    assert faults == []
    sequencer.engine.check()


def _app(venue, guard):
    door = SimpleDoor(venue)
    framework = FastAPI()
    framework.include_router(simple_routes(door, guard))
    framework.router.routes.append(WebSocketRoute("/ws", SimpleSocket(door, guard)))
    return ExpressLane(framework, guard, door)


@asynccontextmanager
async def _served(app):
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield app, f"http://127.0.0.1:{port}"
    await server.shutdown()
