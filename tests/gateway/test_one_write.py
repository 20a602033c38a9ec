"""The head of an answer waits for its body, and never for ever."""

import asyncio
import logging
from types import SimpleNamespace

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from openoutcry.gateway.entrance import _Answer
from openoutcry.gateway.one_write import join_writes

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]}
CHUNKED = {"type": "http.response.start", "status": 200, "headers": []}


class Wire:
    """What was written, call by call."""

    def __init__(self):
        self.calls = []
        self.is_gone = False

    def write(self, content):
        self.calls.append(content)

    def close(self):
        self.calls.append("close")

    def is_closing(self):
        return self.is_gone


def cycle_on(wire, method="GET", *, keep_alive=True):
    return RequestResponseCycle(
        scope={"type": "http", "method": method},
        transport=wire,
        flow=FlowControl(wire),
        logger=logging.getLogger("test"),
        access_logger=logging.getLogger("test"),
        access_log=False,
        default_headers=[],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=keep_alive,
        on_response=lambda: None,
    )


def body(content, *, more=False):
    return {"type": "http.response.body", "body": content, "more_body": more}


def sent(cycle, *messages, let_go=True):
    async def send():
        joined = join_writes(cycle.send)
        for message in messages:
            await cycle.send(message)
        if let_go:
            joined.let_go()

    asyncio.run(send())


def test_head_and_body_are_one_write():
    wire = Wire()
    sent(cycle_on(wire), START, body(b"done"))
    (whole,) = wire.calls
    assert whole.startswith(b"HTTP/1.1 200 OK\r\n")
    assert whole.endswith(b"\r\n\r\ndone")


def test_of_a_long_answer_the_first_part_alone_takes_the_head_along():
    wire = Wire()
    parts = [body(b"one", more=True), body(b"two", more=True), body(b"")]
    sent(cycle_on(wire), CHUNKED, *parts)
    first, second, end = wire.calls
    assert first.endswith(b"\r\n\r\n3\r\none\r\n")
    assert (second, end) == (b"3\r\ntwo\r\n", b"0\r\n\r\n")


def test_a_head_without_a_body_goes_out_when_it_is_let_go():
    wire = Wire()
    sent(cycle_on(wire, "HEAD"), START, body(b""), let_go=False)
    assert wire.calls == []
    wire = Wire()
    sent(cycle_on(wire, "HEAD"), START, body(b""))
    (head,) = wire.calls
    assert head.endswith(b"content-length: 4\r\n\r\n")


def test_a_connection_that_is_closed_has_been_answered():
    wire = Wire()
    sent(cycle_on(wire, "HEAD", keep_alive=False), START, body(b""), let_go=False)
    head, closed = wire.calls
    assert head.endswith(b"\r\n\r\n")
    assert closed == "close"


@pytest.mark.parametrize("send", [print, Wire().write])
def test_under_any_other_server_nothing_is_changed(send):
    assert join_writes(send) is None


@pytest.mark.parametrize("count", [1, 3])
def test_answers_that_are_ready_together_are_written_one_after_another(count):
    """Between two writes nothing is prepared, so that the client is still awake for the next."""
    wire = Wire()

    async def answer():
        answer = _Answer(cycle_on(wire).send, SimpleNamespace(durable=7))
        wire.calls.append("prepares")
        await answer.send({**START, "headers": list(START["headers"])})
        await answer.send(body(b"done"))

    async def answers():
        await asyncio.gather(*(answer() for _ in range(count)))

    asyncio.run(answers())
    assert wire.calls[:count] == ["prepares"] * count
    assert [call.endswith(b"\r\n\r\ndone") for call in wire.calls[count:]] == [True] * count


def test_of_a_long_answer_nothing_waits_for_other_answers():
    wire = Wire()

    async def answer():
        answer = _Answer(cycle_on(wire).send, SimpleNamespace(durable=7))
        await answer.send({**CHUNKED, "headers": []})
        asyncio.get_running_loop().call_soon(wire.calls.append, "later")
        await answer.send(body(b"one", more=True))
        await answer.send(body(b""))
        await asyncio.sleep(0)

    asyncio.run(answer())
    assert wire.calls[1:] == [b"0\r\n\r\n", "later"]


def test_to_a_caller_that_goes_while_its_answer_waits_nothing_is_written():
    wire = Wire()
    cycle = cycle_on(wire)

    def go():
        cycle.disconnected = wire.is_gone = True

    async def answer():
        answer = _Answer(cycle.send, SimpleNamespace(durable=7))
        await answer.send({**START, "headers": list(START["headers"])})
        asyncio.get_running_loop().call_soon(go)
        await answer.send(body(b"done"))

    asyncio.run(answer())
    assert wire.calls == []
