"""The head of an answer waits for its body, answers wait for each other, and none for ever."""

import asyncio
import logging
from types import SimpleNamespace

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from openoutcry.gateway.entrance import _Answer
from openoutcry.gateway.one_write import Writes, join_writes
from openoutcry.sequencer.batch import Batch

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]}
CHUNKED = {"type": "http.response.start", "status": 200, "headers": []}


class Wire:
    """What was written, call by call."""

    def __init__(self, calls=None):
        self.calls = [] if calls is None else calls
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
        joined = join_writes(cycle.send, Writes())
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
    assert join_writes(send, Writes()) is None


class Given:
    """Answers to a batch, each made and sent by a task of its own that waits for its future."""

    def __init__(self, *messages):
        self.messages = messages or (START, body(b"done"))
        self.happened = []
        self.writes = Writes()

    async def answer(self, number, future, *, keep_alive=True):
        wire = Wire(self.happened)
        answer = _Answer(
            cycle_on(wire, keep_alive=keep_alive).send, SimpleNamespace(durable=7), self.writes
        )
        await future
        self.happened.append(f"makes {number}")
        for message in self.messages:
            await answer.send({**message, "headers": list(message.get("headers", ()))})

    async def run(self, count, *, keep_alive=True, then=None):
        futures = [asyncio.get_running_loop().create_future() for _ in range(count)]
        tasks = [
            asyncio.ensure_future(self.answer(n, future, keep_alive=keep_alive))
            for n, future in enumerate(futures)
        ]
        await asyncio.sleep(0)
        batch = Batch()
        batch.records, batch.answers = [None] * count, futures
        self.writes.give(batch)
        if then is not None:
            asyncio.get_running_loop().call_soon(then)
        await asyncio.gather(*tasks)
        await asyncio.sleep(0)
        return [one if isinstance(one, str) else "write" for one in self.happened]


def test_answers_of_a_batch_are_made_and_then_written():
    given = Given()
    happened = asyncio.run(given.run(3, then=lambda: given.happened.append("later")))
    assert happened == ["makes 0", "makes 1", "makes 2", "write", "write", "write", "later"]


def test_an_answer_alone_is_written_at_once():
    assert asyncio.run(Given().run(1)) == ["makes 0", "write"]
    given = Given()
    asyncio.run(given.run(2))
    assert asyncio.run(given.run(1))[-2:] == ["makes 0", "write"]


def test_what_the_loop_had_to_do_before_is_written_at_once():
    """An answer that is given by itself must not wait: its connection may be closed meanwhile."""
    given = Given()
    wire = Wire()

    async def other():
        answer = _Answer(cycle_on(wire).send, SimpleNamespace(durable=7), given.writes)
        await answer.send({**START, "headers": list(START["headers"])})
        await answer.send(body(b"done"))
        wire.is_gone = True

    async def run():
        batch = Batch()
        batch.records = [None, None]
        batch.answers = [asyncio.get_running_loop().create_future() for _ in range(2)]
        before = asyncio.ensure_future(other())
        given.writes.give(batch)
        await before

    asyncio.run(run())
    assert len(wire.calls) == 1


def test_an_answer_beside_the_doings_of_the_venue_is_alone():
    batch = Batch()
    batch.answers = [None, None, object()]
    assert not batch.is_awaited_by_several()
    batch.copies = [(None, object())]
    assert batch.is_awaited_by_several()


def test_of_a_long_answer_the_parts_stay_in_order():
    parts = [CHUNKED, body(b"one", more=True), body(b"two", more=True), body(b"")]
    given = Given(*parts)
    asyncio.run(given.run(2))
    first, second, end = [one for one in given.happened if isinstance(one, bytes)][:3]
    assert first.endswith(b"3\r\none\r\n")
    assert (second, end) == (b"3\r\ntwo\r\n", b"0\r\n\r\n")


def test_a_connection_is_closed_behind_its_answer():
    happened = asyncio.run(Given().run(2, keep_alive=False))
    assert happened == ["makes 0", "write", "close", "makes 1", "write", "close"]


def test_to_a_caller_that_goes_while_its_answer_waits_nothing_is_written():
    wire = Wire()
    writes = Writes()
    cycle = cycle_on(wire)

    async def answer():
        answer = _Answer(cycle.send, SimpleNamespace(durable=7), writes)
        await answer.send({**START, "headers": list(START["headers"])})
        cycle.disconnected = wire.is_gone = True
        await answer.send(body(b"done"))

    asyncio.run(answer())
    assert wire.calls == []


def test_to_a_caller_that_has_gone_at_the_end_nothing_is_written():
    wire, writes = Wire(), Writes()
    batch = Batch()

    async def give():
        loop = asyncio.get_running_loop()
        batch.records, batch.answers = [None, None], [loop.create_future(), loop.create_future()]
        writes.give(batch)
        await asyncio.sleep(0)
        wire.calls.clear()
        writes._gather()
        writes.add(wire, b"answer")
        wire.is_gone = True
        writes.flush()

    asyncio.run(give())
    assert wire.calls == []
