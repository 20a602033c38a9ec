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
