"""What has no end over HTTP, or is no request, is not waited for; what has one is answered."""

import json
import socket
import time

import pytest

from tests.venue import call, running_venue


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
            answer = said(venue, *endless)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")
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
