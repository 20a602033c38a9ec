"""What the express lane takes, what it passes on, and callers that go away."""

import asyncio

import pytest
from fastapi import FastAPI

from openoutcry.gateway.express import ExpressLane
from openoutcry.gateway.guard import DEMO_CALLER, Auth, Guard
from openoutcry.gateway.simple.door import SimpleDoor
from openoutcry.gateway.simple.routes import simple_routes
from tests.gateway.simple.desk import open_desk

BODY = b'{"stocks": "AAPL", "quantity": 1}'


class Behind:
    """The application behind the lane: remembers what is passed on to it."""

    def __init__(self):
        self.passed = []

    async def __call__(self, scope, receive, send):
        self.passed.append((scope.get("method"), scope.get("path")))


class Call:
    """One request by hand."""

    def __init__(self, method, path, *parts, fault=None):
        self.scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": [],
            "caller": DEMO_CALLER,
        }
        self.parts = list(parts)
        self.fault = fault
        self.sent = []

    async def receive(self):
        if not self.parts:
            return {"type": "http.disconnect"}
        part = self.parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(self.parts)}

    async def send(self, message):
        if self.fault is not None:
            raise self.fault
        self.sent.append(message)


def run(folder, story):
    async def whole():
        async with open_desk(folder) as desk:
            guard = Guard(auth=Auth.OPEN, admin_key="", key_of=lambda _: None, now=lambda: 0)
            behind = Behind()
            await story(ExpressLane(behind, guard, SimpleDoor(desk.venue)), behind, desk)

    asyncio.run(whole())


def test_only_the_hot_calls_are_taken(tmp_path):
    async def story(lane, behind, _):
        others = [
            ("GET", "/orders"),
            ("GET", "/orders/1"),
            ("PUT", "/orders"),
            ("POST", "/orders/1"),
            ("POST", "/orders//"),
            ("POST", "/ordersX"),
            ("DELETE", "/orders"),
            ("DELETE", "/orders/"),
            ("DELETE", "/orders//"),
            ("DELETE", "/orders/1/2"),
            ("DELETE", "/order/1"),
            ("POST", "/api/v1/orders/"),
            ("DELETE", "/api/v1/orders"),
        ]
        for method, path in others:
            call = Call(method, path, BODY)
            await lane(call.scope, call.receive, call.send)
            assert call.sent == []
        assert behind.passed == others

    run(tmp_path, story)


def test_an_answer_is_two_messages_and_names_its_route(tmp_path):
    async def story(lane, _, __):
        call = Call("POST", "/orders/", BODY[:5], BODY[5:])
        await lane(call.scope, call.receive, call.send)
        start, body = call.sent
        assert start["status"] == 201
        assert dict(start["headers"])[b"content-length"] == b"%d" % len(body["body"])
        assert call.scope["route_name"] == "/orders"
        call = Call("DELETE", "/orders/1/")
        await lane(call.scope, call.receive, call.send)
        assert [message.get("status") for message in call.sent] == [204, None]
        assert call.scope["route_name"] == "/orders/{order_id}"

    run(tmp_path, story)


def test_an_answer_that_nobody_takes_disturbs_nobody(tmp_path):
    async def story(lane, _, desk):
        call = Call("POST", "/orders", BODY, fault=OSError("gone"))
        await lane(call.scope, call.receive, call.send)
        assert len((await desk.http.get("/orders")).json()) == 1

    run(tmp_path, story)


@pytest.mark.parametrize("path", ["/orders", "/orders/1"])
def test_the_hot_calls_are_described_with_their_problems(path):
    framework = FastAPI()
    framework.include_router(simple_routes(None, None))
    described = framework.openapi()["paths"]
    assert sorted(described) == ["/orders", "/orders/{order_id}"]
    calls = described[path.replace("1", "{order_id}")]
    hot = calls["post" if path == "/orders" else "delete"]
    assert {"401", "403", "503"} <= set(hot["responses"])
    assert "422" not in str(described)
