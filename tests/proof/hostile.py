"""Whatever bytes come in, at any door: accepted, or a 4xx, and nothing else; and the venue lives.

Four kinds of sender attack one server: calls made from its own description, bodies that are nearly
right, messages and frames on `/ws`, and bytes that are no HTTP at all. Every case goes over a real
socket. Afterwards an ordinary order must be served as if nothing had been.
"""

import http.client
import json
import random
import socket
from collections import Counter
from contextlib import closing

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection
from websockets.sync.client import connect

from openoutcry.gateway.native.examples import BODIES
from tests.proof.conformance import Conformance
from tests.proof.inside import ADMIN_KEY
from tests.venue import running_venue

SHARES = {"described": 0.16, "bodies": 0.44, "messages": 0.30, "frames": 0.05, "bytes": 0.05}
"""Of the cases, by sender."""
ANSWERED_IN_PLACE = {"/api/v1/orders/batch"}
"""What is wrong with one order of a batch is in its place of a good answer."""
AUTHORIZATION = {"authorization": f"Bearer {ADMIN_KEY}"}
PLACES = {
    "order_id": "1", "account_id": "demo", "symbol": "MSFT", "trade_id": "1", "name": "t",
}  # fmt: skip
"""What stands in paths."""


def routes():
    """Return a sound body for every call that takes one, by method and path."""
    found = {("POST", "/orders"): {"stocks": "AAPL", "quantity": 10}}
    for line, body in BODIES.items():
        method, _, path = line.partition(" ")
        found[method, "/api/v1" + path.format_map(PLACES)] = body
    # Sound in every part, so that there is more to spoil.
    found["POST", "/api/v1/orders"] = {
        "symbol": "AAPL", "side": "buy", "type": "limit", "quantity": "1", "price": "228.40",
        "time_in_force": "gtc", "client_order_id": "c1", "post_only": "reject", "stp": "decrement",
        "display_quantity": "1", "reduce_only": True, "trail_bps": 10, "peg_offset": "-0.01",
    }  # fmt: skip
    return found


ROUTES = routes()
MESSAGES = (
    {"action": "place", "stocks": "AAPL", "quantity": 10, "request_id": "a"},
    {"action": "cancel", "order_id": 1},
    {"action": "orders", "status": "PENDING", "limit": 10, "after": 1},
    {"action": "authenticate", "key": "demo.demo"},
    {"action": "ping", "request_id": 7},
)
ODD = (
    "", "0", "-0", "1e400", "NaN", "-1", "1.0", "0.0000000000001", "9" * 80, "9" * 5_000, "\ud800",
    "\x00", " AAPL", "AAPL/" * 20, "٣", "\uff11", "+1", "1_000", "0x10", "infinity", "%00",
    "☃" * 64,
)  # fmt: skip
odd_values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, -1, 2**63, 2**64, 10**30, 10**400, 1.5, -0.0, 1e308])
    | st.floats()
    | st.text(max_size=70)
    | st.sampled_from(ODD)
    | st.lists(st.integers() | st.text(max_size=5), max_size=3)
    | st.dictionaries(st.text(max_size=5), st.integers(), max_size=2)
)


@st.composite
def nearly(draw, whole):
    """A sound object, as bytes, with some values odd, and some bytes changed."""
    content = dict(whole)
    for name in draw(st.lists(st.sampled_from([*whole, "other"]), max_size=2)):
        if draw(st.integers(0, 4)):
            content[name] = draw(odd_values)
        else:
            content.pop(name, None)
    body = bytearray(json.dumps(content).encode())
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2, 3]))):
        place = draw(st.integers(0, max(0, len(body) - 1)))
        end = draw(st.integers(place, min(len(body), place + 8)))
        body[place:end] = draw(st.binary(max_size=4) | st.just(bytes(body[place:end]) * 2))
    return bytes(body)


def trial(number, *, cases=5_000):
    """Attack one server with so many cases; return what it said."""
    with running_venue(
        SIMULATION="off", EXECUTION_DELAY_MS=1, LOG_LEVEL="warning", ADMIN_KEY=ADMIN_KEY
    ) as venue:
        counts = Counter()
        for name, share in SHARES.items():
            _SENDERS[name](venue, number, round(cases * share), counts)
        _check_alive(venue)
        counts["cases"] = sum(counts.values())
        return counts


def _attack(number, cases, strategy, send):
    """Send so many cases drawn from a strategy; the seed repeats them."""

    @seed(number)
    @settings(
        max_examples=max(1, cases),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def send_all(case):
        send(case)

    send_all()


def _judge(counts, status, headers, body, case):
    """An answer is a success, or a 4xx that says what was wrong."""
    assert 200 <= status < 300 or 400 <= status < 500, (status, case, body)
    assert "x-sequence" in headers, (status, case)
    if status >= 400 and body:
        assert headers["content-type"] == "application/problem+json", (case, headers)
        problem = json.loads(body)
        assert problem["status"] == status
        assert problem["code"], case
        assert problem["detail"], case
    counts[f"{status // 100}xx"] += 1


def _described(venue, number, cases, counts):
    """Calls that schemathesis makes of the description: right ones and wrong ones."""
    schema = schemathesis.openapi.from_url(f"{venue.url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    dice = random.Random(number)
    with requests.Session() as session:
        session.trust_env = False
        described = Conformance(session.get(f"{venue.url}/openapi.json", timeout=10).json())

        def send(case):
            headers = dice.choice(({}, dict(AUTHORIZATION), dict(AUTHORIZATION)))
            if str((case.query or {}).get("min_sequence", "")).isdigit():
                case.query["min_sequence"] = 0  # Nobody waits for what never comes.
            answer = case.call(session=session, headers=headers, timeout=10)
            body = b"" if case.method == "HEAD" else answer.content
            named = f"{case.method} {case.path} {case.path_parameters} {case.query} {case.body!r}"
            flat = {name: values[0] for name, values in answer.headers.items()}
            _judge(counts, answer.status_code, flat, body, named)
            if answer.status_code != 404 or body:
                described.check(case.method, case.operation.path, answer.status_code, flat, body)
            if case.operation.path not in ANSWERED_IN_PLACE:
                case.validate_response(answer, checks=[negative_data_rejection])

        for operation in operations:
            # Whatever stands in a path is text, so without a body nothing can be of a wrong type.
            wrong = (GenerationMode.NEGATIVE,) if operation.body else ()
            for mode in (GenerationMode.POSITIVE, *wrong):
                strategy = operation.as_strategy(generation_mode=mode)
                _attack(number, cases // len(operations) // 2, strategy, send)


def _bodies(venue, number, cases, counts):
    """Bodies that are nearly right, at every call that has one."""
    dice = random.Random(number)
    with closing(http.client.HTTPConnection("127.0.0.1", venue.port, timeout=10)) as connection:
        for (method, path), whole in ROUTES.items():

            def send(body, method=method, path=path):
                headers = {} if path == "/orders" else AUTHORIZATION
                if dice.random() < 0.1:
                    headers = {
                        **headers,
                        "idempotency-key": dice.choice(("k", "x" * 255, "y" * 256)),
                    }
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                content = answer.read()
                flat = {name.lower(): value for name, value in answer.getheaders()}
                assert path != "/orders" or answer.status in (201, 400, 409), (body, content)
                _judge(counts, answer.status, flat, content, (method, path, body, headers))

            _attack(number, cases // len(ROUTES), nearly(whole) | st.binary(max_size=40), send)


def _messages(venue, number, cases, counts):
    """Messages on `/ws`: each is answered, by what it asked for or by a problem."""
    with connect(f"{venue.ws_url}/ws", proxy=None, max_size=None) as opened:

        def send(message):
            binary, body = message
            opened.send(body if binary else body.decode("utf-8", "replace"))
            while (answer := json.loads(opened.recv(timeout=10)))["event"] != "reply":
                pass
            status = answer["status"]
            assert 200 <= status < 300 or 400 <= status < 500, (message, answer)
            assert ("problem" in answer) is (status >= 400)
            counts[f"{status // 100}xx"] += 1

        whole = st.sampled_from(MESSAGES).flatmap(nearly)
        _attack(number, cases, st.tuples(st.integers(0, 20).map(lambda n: not n), whole), send)


def _frames(venue, number, cases, counts):
    """Frames that are none, after a good handshake: the server may only hang up."""
    handshake = (
        b"GET /ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n\r\n"
    )

    def send(frames):
        with socket.create_connection(("127.0.0.1", venue.port), timeout=10) as raw:
            raw.sendall(handshake)
            assert raw.recv(4096).startswith(b"HTTP/1.1 101")
            _pour(raw, frames)
        counts["frames"] += 1

    # First bytes with every flag and code, lengths that lie, masks or none.
    heads = st.tuples(st.integers(0, 255), st.integers(0, 255)).map(bytes)
    frame = st.tuples(heads, st.binary(max_size=40)).map(b"".join)
    _attack(number, cases, st.lists(frame, min_size=1, max_size=3).map(b"".join), send)


def _bytes(venue, number, cases, counts):
    """Bytes that are no HTTP, or nearly: an answer that is a 4xx, or a closed connection."""
    sound = b"POST /orders HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}"

    @st.composite
    def requests_nearly(draw):
        body = bytearray(sound)
        for _ in range(draw(st.integers(1, 4))):
            place = draw(st.integers(0, len(body)))
            body[place : place + draw(st.integers(0, 6))] = draw(st.binary(max_size=6))
        return bytes(body)

    def send(content):
        with socket.create_connection(("127.0.0.1", venue.port), timeout=10) as raw:
            answer = _pour(raw, content)
        assert not answer or answer[9:10] in b"24", (content, answer)
        counts["bytes"] += 1

    _attack(number, cases, requests_nearly() | st.binary(min_size=1, max_size=80), send)


def _pour(raw, content):
    """Send bytes, say that there are no more, and return what comes back first."""
    try:
        raw.sendall(content)
        raw.shutdown(socket.SHUT_WR)
        return raw.recv(4096)
    except OSError:
        return b""


_SENDERS = {
    "described": _described,
    "bodies": _bodies,
    "messages": _messages,
    "frames": _frames,
    "bytes": _bytes,
}


def _check_alive(venue):
    """An ordinary client finds an ordinary venue, and its log tells of no fault."""
    with closing(http.client.HTTPConnection("127.0.0.1", venue.port, timeout=10)) as connection:
        for method, path, content in (
            ("PUT", "/kill-switch", {"on": False, "reason": "over"}),
            ("PUT", "/kill-switch", {"account_id": "demo", "on": False, "reason": "over"}),
            ("PATCH", "/accounts/demo", {"status": "active", "limits": {"open_orders": None}}),
        ):
            body = json.dumps(content)
            connection.request(method, f"/api/v1/admin{path}", body, AUTHORIZATION)
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            answer.read()
        connection.request("POST", "/orders", json.dumps({"stocks": "FRESH", "quantity": 1}))
        answer = connection.getresponse()
        assert answer.status == 201, answer.read()
    assert venue.exit_code is None
    log = venue.log()
    assert "Traceback" not in log, log[-5000:]
    assert "Exception" not in log, log[-5000:]
