"""The calls of the command line over connections that break."""

import json
import socket
import threading

import pytest

from openoutcry.cli.api import Api
from openoutcry.cli.failed import Failed


class Flaky:
    """A server that answers its connections from a list; None breaks one after the request."""

    def __init__(self, *answers):
        self.requests = []
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        for answer in self._answers:
            connection, _ = self._listener.accept()
            with connection:
                self.requests.append(connection.recv(65_536).decode())
                if answer is not None:
                    head = f"HTTP/1.1 {answer[0]} X\r\ncontent-length: {len(answer[1])}\r\n\r\n"
                    connection.sendall(head.encode() + answer[1].encode())

    def keys(self):
        return [
            line.partition(": ")[2]
            for request in self.requests
            for line in request.splitlines()
            if line.lower().startswith("idempotency-key")
        ]

    def close(self):
        self._thread.join(timeout=10)
        self._listener.close()


@pytest.fixture
def flaky():
    servers = []

    def start(*answers):
        servers.append(Flaky(*answers))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def test_a_writing_call_is_sent_again_with_the_same_key(flaky):
    server = flaky(None, (201, '{"order_id": 1}'))
    assert Api(server.url, "k").write("POST", "/orders", {"a": 1}) == {"order_id": 1}
    first, second = server.keys()
    assert first == second
    assert "Authorization: Bearer k" in server.requests[0]


def test_a_connection_that_breaks_twice_is_said(flaky):
    server = flaky(None, None)
    with pytest.raises(Failed, match="the connection broke twice"):
        Api(server.url, "").write("POST", "/orders", {})


def test_what_may_have_happened_without_a_key_is_not_repeated(flaky):
    server = flaky(None)
    with pytest.raises(Failed, match="the connection broke"):
        Api(server.url, "").delete("/orders")
    assert server.keys() == []


@pytest.mark.parametrize("answer", ["<html>", "[]", "3", '{"items": 3}'])
def test_an_answer_of_something_else_is_said(flaky, answer):
    server = flaky((200, answer))
    with pytest.raises(Failed, match="no Open Outcry venue"):
        Api(server.url, "").read_pages("/orders", 1)


@pytest.mark.parametrize("body", ["<html>", "{}", "[]"])
def test_an_error_of_something_else_is_said(flaky, body):
    server = flaky((502, body))
    with pytest.raises(Failed, match="no Open Outcry venue"):
        Api(server.url, "").read("/account")


def test_a_problem_is_told_with_its_code(flaky):
    server = flaky((409, json.dumps({"code": "too_late", "detail": "the order has ended"})))
    with pytest.raises(Failed, match=r"^the order has ended \(409 too_late\)$"):
        Api(server.url, "").delete("/orders/1")
