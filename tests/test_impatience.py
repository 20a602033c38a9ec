"""How long `serve` waits for those who say nothing, or not all of it."""

import json
import socket

import pytest
from websockets.sync.client import connect

from tests.venue import running_venue


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
