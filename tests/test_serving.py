"""The venue as a process: started, killed, stopped, broken, and told to do what it cannot."""

import json
import os
import resource
import socket
import subprocess
import sys
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.venue import ROOT, free_port, running_venue

SERVERS = ("openoutcry", "uvicorn")
EXIT_CODE = 70
START_SECONDS_MAX = 1.5


def call(venue, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(venue.url + path, data, method=method), timeout=10) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except HTTPError as problem:
        return problem.code, json.loads(problem.read())


def place(venue):
    status, order = call(venue, "POST", "/orders", {"stocks": "AAPL", "quantity": 10})
    assert status == 201
    return order["id"]


def close_code(socket_):
    """Read a socket to its end and return the code that the venue closed it with."""
    try:
        while True:
            socket_.recv(timeout=5)
    except ConnectionClosed as closed:
        return closed.rcvd.code


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.slow
def test_what_was_acknowledged_survives_a_kill(server):
    with running_venue(server=server, SIMULATION="off", EXECUTION_DELAY_MS=60_000) as venue:
        orders = [place(venue) for _ in range(20)]
        assert call(venue, "DELETE", f"/orders/{orders[0]}")[0] == 204
        venue.kill()
        venue.start()
        listed = call(venue, "GET", "/orders")[1]
        assert [order["id"] for order in listed] == orders
        assert [order["status"] for order in listed] == ["CANCELLED"] + ["PENDING"] * 19


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.slow
def test_it_starts_at_once_and_stops_with_sockets_open(server):
    began = time.monotonic()
    with running_venue(server=server) as venue:
        started = time.monotonic() - began
        with connect(f"{venue.ws_url}/ws", proxy=None) as socket_:
            stopped = venue.stop()
            assert close_code(socket_) == 1012
        # Uvicorn ends by the signal that it was sent; `openoutcry serve` calls that a success.
        assert stopped == (0 if server == "openoutcry" else -15)
    assert started < START_SECONDS_MAX * (4 if os.environ.get("CI") else 2)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.slow
def test_a_journal_that_cannot_be_written_ends_the_process(server):
    with running_venue(server=server, SIMULATION="off") as venue:
        order = place(venue)
        with connect(f"{venue.ws_url}/ws", proxy=None) as socket_:
            resource.prlimit(venue.pid, resource.RLIMIT_FSIZE, (4096, 4096))
            broken = time.monotonic()
            status, problem = call(venue, "POST", "/orders", {"stocks": "AAPL", "quantity": 1})
            assert (status, problem["code"]) == (503, "not_ready")
            assert close_code(socket_) == 1011
        assert venue.wait_exit() == EXIT_CODE
        assert time.monotonic() - broken < 1.5
        venue.start()
        listed = call(venue, "GET", "/orders")[1]
        assert listed[0]["id"] == order


@pytest.mark.slow
def test_a_second_process_and_several_workers_are_refused():
    with running_venue(SIMULATION="off") as venue:
        environment = os.environ | {"OPENOUTCRY_DATA_DIR": venue.data_dir, "PYTHONPATH": str(ROOT)}
        for program in (
            ["openoutcry", "serve", "--port", str(free_port())],
            ["uvicorn", "--app-dir", str(ROOT), "main:app", "--port", str(free_port())],
        ):
            second = subprocess.run(
                [sys.executable, "-m", *program],
                env=environment,
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
            assert second.returncode == 3
            assert f"in use by process {venue.pid}" in second.stderr
        assert call(venue, "GET", "/ready")[0] == 200


@pytest.mark.slow
def test_a_taken_port_and_a_bad_setting_are_told_before_anything_opens(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for settings, words in (
            ({"PORT": port}, f"port {port} is taken"),
            ({"OPENOUTCRY_AUTH": "maybe"}, "OPENOUTCRY_AUTH: Input should be 'open' or 'keys'"),
            ({"PORT": "eighty"}, "PORT: Input should be a valid integer"),
        ):
            environment = os.environ | {"PYTHONPATH": str(ROOT)} | settings
            done = subprocess.run(
                [sys.executable, "-m", "openoutcry", "serve"],
                env=environment,
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
            assert done.returncode == 1
            assert words in done.stderr
            assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_silent_connection_is_closed_and_a_talking_one_is_not():
    with running_venue(SIMULATION="off") as venue:
        address = ("127.0.0.1", venue.port)
        with (
            socket.create_connection(address) as silent,
            socket.create_connection(address) as half,
            connect(f"{venue.ws_url}/ws", proxy=None) as listening,
        ):
            half.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n")
            for one in (silent, half):
                one.settimeout(12)
                assert one.recv(1) == b""
            listening.send('{"action": "ping"}')
            assert json.loads(listening.recv(timeout=5))["status"] == 200


@pytest.mark.slow
def test_a_body_that_never_ends_is_given_up():
    with (
        running_venue(SIMULATION="off") as venue,
        socket.create_connection(("127.0.0.1", venue.port)) as slow,
    ):
        slow.sendall(b"POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{")
        slow.settimeout(13)
        assert slow.recv(100).startswith(b"HTTP/1.1 408 ")


def said(venue, *pieces, seconds=14, pause=0.0):
    """Send pieces on a connection of their own; return what is answered until it is closed."""
    with socket.create_connection(("127.0.0.1", venue.port)) as one:
        one.settimeout(seconds)
        answer = b""
        try:
            for piece in pieces:
                one.sendall(piece)
                time.sleep(pause)
            while received := one.recv(65_536):
                answer += received
        except (ConnectionResetError, BrokenPipeError):
            pass
        return answer


OPERATOR = "operator-key-of-32-characters-ok"
ORDER = b'{"stocks": "AAPL", "quantity": 1}'
HEAD = b"POST /orders HTTP/1.1\r\nhost: localhost\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
CHUNK = b"%x\r\n%s\r\n0\r\n" % (len(ORDER), ORDER)
WITH_BODY = b"content-length: %d\r\nconnection: upgrade, close\r\n" % len(ORDER)


@pytest.mark.slow
def test_a_head_and_trailers_have_an_end():
    with running_venue(SIMULATION="off") as venue:
        for endless in (
            [HEAD, b"x: y\r\n" * 101, b"\r\n"],
            [HEAD, *[b"x: " + b"y" * 1000 + b"\r\n"] * 90],
            [HEAD + b"x: ", *[b"y" * 10_000] * 2_000],
            [b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nhost: localhost\r\n\r\n"],
            [b"GET /?", *[b"x" * 10_000] * 2_000],
            [CHUNKED + CHUNK, b"x: y\r\n" * 102],
            [CHUNKED + CHUNK + b"x: y\r\n" * 101 + b"\r\n"],
            [CHUNKED + CHUNK, *[b"x: " + b"y" * 65_000 + b"\r\n"] * 200],
            [CHUNKED + b"1;" + b"x" * 70_000],
            [HEAD + b"upgrade: h2c\r\nconnection: upgrade\r\n", b"x: y\r\n" * 101, b"\r\n"],
        ):
            began = time.monotonic()
            answer = said(venue, *endless)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")
            assert time.monotonic() - began < 5
        assert call(venue, "GET", "/orders") == (200, [])
        assert said(venue, HEAD + b"x: y\r\n" * 101 + b"\r\n").startswith(b"HTTP/1.1 431 ")


@pytest.mark.slow
def test_what_has_an_end_is_answered():
    with running_venue(SIMULATION="off") as venue:
        close = b"connection: close\r\n"
        for whole in (
            [HEAD + close + b"x: y\r\n" * 90 + CHUNKED.removeprefix(HEAD), CHUNK, b"\r\n"],
            [HEAD + close + CHUNKED.removeprefix(HEAD) + CHUNK + b"x: y\r\n\r\n"],
        ):
            assert said(venue, *whole).startswith(b"HTTP/1.1 201 ")
        pipelined = b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n" * 2_000
        last = b"GET /health HTTP/1.1\r\nhost: localhost\r\n" + close + b"\r\n"
        assert said(venue, pipelined, last).count(b"HTTP/1.1 200 ") == 2_001
        large = json.dumps({"stocks": "AAPL", "quantity": 1}).encode().rjust(60_000)
        length = b"content-length: 60000\r\n\r\n"
        assert said(venue, HEAD + close + length + large).startswith(b"HTTP/1.1 201 ")


@pytest.mark.slow
def test_an_upgrade_that_is_no_handshake_is_ignored():
    with running_venue(SIMULATION="off") as venue:
        for upgrade in (b"h2c", b"websocket"):
            head = HEAD + WITH_BODY + b"upgrade: " + upgrade + b"\r\n\r\n"
            assert said(venue, head + ORDER).startswith(b"HTTP/1.1 201 ")
            assert said(venue, head, ORDER).startswith(b"HTTP/1.1 201 ")
        many = HEAD + WITH_BODY.replace(b", close", b"") + b"upgrade: h2c\r\n\r\n"
        answers = said(venue, (many + ORDER) * 500 + head + ORDER)
        assert answers.count(b"HTTP/1.1 201 ") == 501
        assert said(venue, b"CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n").startswith(b"HTTP/1.1 400 ")


@pytest.mark.slow
def test_a_handshake_with_a_body_and_blank_lines_are_not_kept_waiting():
    handshake = (
        b"GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
        b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
    with running_venue(SIMULATION="off") as venue:
        said(venue, handshake + b"content-length: 9\r\n\r\n")
        said(venue, b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n", b"\r\n", pause=0.5)
        said(venue, handshake.replace(b"sec-websocket-key", b"x") + b"\r\n")


@pytest.mark.parametrize(
    ("server", "options", "status"),
    [
        ("openoutcry", (), 401),
        ("openoutcry", ("--proxy-headers", "127.0.0.1"), 200),
        ("openoutcry", ("--proxy-headers", "10.0.0.1"), 401),
        ("uvicorn", ("--no-proxy-headers",), 401),
    ],
)
@pytest.mark.slow
def test_nobody_but_a_named_proxy_says_who_calls(server, options, status):
    operator = {"authorization": f"Bearer {OPERATOR}", "content-type": "application/json"}
    with running_venue(
        server=server, options=options, SIMULATION="off", AUTH="keys", ADMIN_KEY=OPERATOR
    ) as venue:

        def ask(path, headers, body=None):
            made = Request(venue.url + path, body and json.dumps(body).encode(), headers)
            with urlopen(made, timeout=10) as answer:
                return json.loads(answer.read())

        account = ask("/api/v1/admin/accounts", operator, {"name": "far", "cash": "1"})
        terms = {"permissions": ["read"], "allowed_ips": ["10.0.0.0/8"]}
        keys = f"/api/v1/admin/accounts/{account['account_id']}/keys"
        key = ask(keys, operator, terms)["key"]
        headers = {"authorization": f"Bearer {key}", "x-forwarded-for": "10.1.2.3"}
        try:
            ask("/api/v1/orders", headers)
            answered = 200
        except HTTPError as problem:
            answered = problem.code
        assert answered == status
