"""One venue, one loop, whichever way a call comes."""

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2 as httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from openoutcry.app import create_app
from openoutcry.one_loop import OneLoop, Process
from openoutcry.settings import Settings


class Clockwork:
    """An app in which something goes on between calls, and which sees on whose loop it runs."""

    def __init__(self) -> None:
        self.opened = 0
        self.closed = 0
        self.processes: list[Process] = []
        self.loops: set[int] = set()
        self.sockets_ended = 0
        self.fails = 0
        self.ticked: asyncio.Event
        self.app = OneLoop(self.opening)

    @asynccontextmanager
    async def opening(self, process: Process) -> AsyncIterator[ASGIApp]:
        if self.fails:
            self.fails -= 1
            message = "the data directory belongs to another process"
            raise OSError(message)
        self.opened += 1
        self.processes.append(process)
        self.ticked = asyncio.Event()
        yield Starlette(
            routes=[
                Route("/loop", self.loop),
                Route("/echo", self.echo, methods=["POST"]),
                Route("/later", self.later),
                WebSocketRoute("/ws", self.socket),
            ]
        )
        self.closed += 1

    def _here(self) -> int:
        self.loops.add(id(asyncio.get_running_loop()))
        return len(self.loops)

    async def loop(self, request: Request) -> Response:
        return JSONResponse({"loops": self._here(), "thread": threading.current_thread().name})

    async def echo(self, request: Request) -> Response:
        self._here()
        return Response(await request.body())

    async def later(self, request: Request) -> Response:
        asyncio.get_running_loop().call_later(0.01, self.ticked.set)
        return Response()

    async def socket(self, websocket: WebSocket) -> None:
        self._here()
        await websocket.accept()
        try:
            await websocket.send_text("hello")
            await self.ticked.wait()
            await websocket.send_text("ticked")
            while True:
                await websocket.send_text(await websocket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            self.sockets_ended += 1


@pytest.fixture
def clockwork() -> "AsyncIterator[Clockwork]":
    made = Clockwork()
    yield made
    made.app.close()


def test_a_lifespan_keeps_the_venue_on_its_own_loop(clockwork: Clockwork) -> None:
    with TestClient(clockwork.app) as client:
        assert client.get("/loop").json()["loops"] == 1
        assert client.get("/loop").json()["thread"] != "openoutcry"
        assert clockwork.closed == 0
    assert (clockwork.opened, clockwork.closed) == (1, 1)
    assert clockwork.processes == [Process.BORROWED]


def test_without_a_lifespan_all_calls_share_one_thread(clockwork: Clockwork) -> None:
    client = TestClient(clockwork.app)
    for _ in range(5):
        assert client.get("/loop").json() == {"loops": 1, "thread": "openoutcry"}
    assert client.post("/echo", content=b"x" * 300_000).content == b"x" * 300_000
    assert clockwork.opened == 1


def test_a_socket_hears_what_happens_between_calls(clockwork: Clockwork) -> None:
    client = TestClient(clockwork.app)
    with client.websocket_connect("/ws") as socket:
        assert socket.receive_text() == "hello"
        client.get("/later")
        assert socket.receive_text() == "ticked"
        socket.send_text("and back")
        assert socket.receive_text() == "and back"
    assert clockwork.sockets_ended == 1
    assert len(clockwork.loops) == 1


def test_a_socket_that_leaves_early_ends_its_call(clockwork: Clockwork) -> None:
    client = TestClient(clockwork.app)
    for ended in range(1, 20):
        with client.websocket_connect("/ws") as socket:
            assert socket.receive_text() == "hello"
        assert clockwork.sockets_ended == ended


def test_gathered_calls_open_the_venue_once(clockwork: Clockwork) -> None:
    async def gather() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=clockwork.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await asyncio.gather(*(client.get("/loop") for _ in range(100)))

    for _ in range(2):
        assert {200} == {response.status_code for response in asyncio.run(gather())}
    assert clockwork.opened == 1
    assert len(clockwork.loops) == 1


def test_callers_on_many_threads_share_the_loop(clockwork: Clockwork) -> None:
    seen: list[int] = []

    def call() -> None:
        seen.append(TestClient(clockwork.app).get("/loop").status_code)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [200] * 8
    assert len(clockwork.loops) == 1


def test_a_lifespan_takes_over_from_the_thread_and_back(clockwork: Clockwork) -> None:
    TestClient(clockwork.app).get("/loop")
    with TestClient(clockwork.app) as client:
        assert clockwork.closed == 1
        assert client.get("/loop").json()["thread"] != "openoutcry"
        with TestClient(clockwork.app) as second:
            assert second.get("/loop").json()["thread"] != "openoutcry"
        assert client.get("/loop").status_code == 200
    assert TestClient(clockwork.app).get("/loop").json()["thread"] == "openoutcry"
    assert (clockwork.opened, clockwork.closed) == (3, 2)


def test_a_venue_that_cannot_open_says_why_and_may_be_tried_again(clockwork: Clockwork) -> None:
    clockwork.fails = 2
    with pytest.raises(OSError, match="belongs to another"):
        TestClient(clockwork.app).get("/loop")
    with pytest.raises(OSError, match="belongs to another"), TestClient(clockwork.app):
        pass
    assert TestClient(clockwork.app).get("/loop").status_code == 200


def test_what_a_call_raises_is_raised_to_its_caller(clockwork: Clockwork) -> None:
    async def broken(scope: object, receive: object, send: object) -> None:
        raise ZeroDivisionError

    @asynccontextmanager
    async def opening(process: Process) -> AsyncIterator[ASGIApp]:
        yield broken

    app = OneLoop(opening)
    with pytest.raises(ZeroDivisionError):
        TestClient(app).get("/")
    app.close()


def test_an_app_that_nobody_has_any_more_takes_its_venue_along() -> None:
    gc.collect()
    before = threading.active_count()
    for _ in range(3):
        app = create_app(Settings(data_dir=":memory:", simulation="off"))
        assert TestClient(app).get("/orders").status_code == 200
    assert threading.active_count() > before
    del app
    gc.collect()
    until = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert threading.active_count() <= before
