"""Whatever bytes come in: an order, or a 4xx and nothing else."""

import asyncio
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openoutcry.gateway.body import BODY_BYTES_MAX
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.simple.actions import action_of, object_of, request_id_of
from openoutcry.gateway.simple.listing import Selection, selection_of
from openoutcry.gateway.simple.request import marks_of
from tests.gateway.simple.desk import heard, open_desk

SEEDS = (
    b'{"stocks": "AAPL", "quantity": 10}',
    b'{"action": "place", "stocks": "AAPL", "quantity": 10, "request_id": "a"}',
    b'{"action": "cancel", "order_id": 1}',
    b'{"action": "orders", "status": "PENDING", "limit": 10, "after": 1}',
)


@st.composite
def nearly_json(draw):
    """A sensible body with a few bytes changed, cut out or doubled."""
    body = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(0, len(body) - 1)))
        end = draw(st.integers(place, min(len(body), place + 8)))
        body[place:end] = draw(st.binary(max_size=4) | st.just(bytes(body[place:end]) * 2))
    return bytes(body)


bodies = st.binary(max_size=300) | nearly_json()


def tried(read, *arguments):
    """Return what is read, None where a problem of the client's is raised."""
    try:
        return read(*arguments)
    except Problem as found:
        problem = found
    assert 400 <= problem.status < 500
    assert json.loads(problem.body())["code"] == problem.code
    return None


@given(bodies)
def test_any_message_is_an_action_or_a_problem(body):
    def read(text):
        members = object_of(text)
        return action_of(members, request_id_of(members))

    tried(read, body.decode(errors="replace"))
    tried(read, body.decode("utf-8", errors="surrogateescape"))


@given(st.binary(max_size=100) | st.text(max_size=60).map(str.encode))
def test_any_query_is_a_selection_or_a_problem(query):
    assert isinstance(tried(selection_of, query), Selection | None)


@given(st.lists(st.tuples(st.sampled_from([b"idempotency-key", b"x-request-id"]), st.binary())))
def test_any_headers_make_sense_or_a_problem(headers):
    marks = marks_of(headers)
    key = tried(marks.idempotency_key)
    assert key is None or key.isascii()
    assert marks.request_id is None or marks.request_id.isascii()


def test_any_body_over_a_socket_is_an_order_or_a_4xx(tmp_path):
    """One venue takes everything, so that what one body breaks the next one shows."""

    async def story():
        async with open_desk(tmp_path) as desk, desk.listen() as socket:
            loop = asyncio.get_running_loop()

            async def send(body):
                answer = await desk.http.post("/orders", content=body)
                assert answer.status_code == 201 or 400 <= answer.status_code < 500
                answer.json()
                await socket.send(body.decode(errors="replace"))

            @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
            @given(bodies)
            def try_all(body):
                asyncio.run_coroutine_threadsafe(send(body), loop).result()

            await asyncio.to_thread(try_all)
            deep = b'{"stocks": ' + b"[" * (BODY_BYTES_MAX // 2) + b"}"
            for body in (deep, deep.replace(b"[", b'{"a":')[:BODY_BYTES_MAX], b"9" * 60_000):
                await send(body)
            await socket.send('{"action": "ping", "request_id": "end"}')
            while (await heard(socket)).get("request_id") != "end":
                pass

    asyncio.run(story())
