"""The venue as a process: started, killed, stopped, broken, and told to do what it cannot."""

import json
import os
import resource
import socket
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.venue import ROOT, call, free_port, running_venue

SERVERS = ("openoutcry", "uvicorn")
EXIT_CODE = 70
OPERATOR = "operator-key-of-32-characters-ok"


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
def test_it_stops_with_sockets_open(server):
    with running_venue(server=server) as venue:
        with connect(f"{venue.ws_url}/ws", proxy=None) as socket_:
            stopped = venue.stop()
            assert close_code(socket_) == 1012
        # Uvicorn ends by the signal that it was sent; `openoutcry serve` calls that a success.
        assert stopped == (0 if server == "openoutcry" else -15)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.slow
def test_a_journal_that_cannot_be_written_ends_the_process(server):
    with running_venue(server=server, SIMULATION="off") as venue:
        order = place(venue)
        with connect(f"{venue.ws_url}/ws", proxy=None) as socket_:
            resource.prlimit(venue.pid, resource.RLIMIT_FSIZE, (4096, 4096))
            status, problem = call(venue, "POST", "/orders", {"stocks": "AAPL", "quantity": 1})
            assert (status, problem["code"]) == (503, "not_ready")
            assert close_code(socket_) == 1011
        assert venue.wait_exit() == EXIT_CODE
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
