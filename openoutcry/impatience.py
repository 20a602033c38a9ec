"""HTTP as uvicorn speaks it, but impatient: with limits on time, bytes and fields outside bodies.

Rule: nobody holds a descriptor by saying nothing, and nobody fills memory with what is no body;
bodies have limits of their own, in the doors. Plain uvicorn limits neither.

Theory of operation
-------------------
What the parser has read for a message and not yet given away as body piles up in its head, or, at
the end of a chunked body, in its trailers. `_waiting` counts the bytes that came since there was
body, so a head, a trailer part or a chunk's extension that does not end is noticed in whatever
pieces it comes. Trailers are read over: were they headers, they could contradict the head.

An `Upgrade` that is no plain WebSocket handshake (`h2c`, or a call with a body) is ignored, as
HTTP allows. The parser cannot be told so: it stops behind the head. Hence the head is put before
it once more, without that header, and the rest of the message follows.
"""

import asyncio
from typing import Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

REQUEST_SECONDS_MAX: Final = 10.0
"""From the connection, or the first byte of a request, to the end of its head; then again to the
answer to a WebSocket handshake."""
HEAD_BYTES_MAX: Final = 64 * 1024
"""Of the head of a request, and of the trailers behind its body."""
HEAD_FIELDS_MAX: Final = 100
"""Fields in either of them."""

_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class _TooLarge(Exception):
    """A head or the trailers are beyond a limit; the parser turns it into an error of its own."""


class ImpatientProtocol(HttpToolsProtocol):
    """One connection."""

    _limit: asyncio.TimerHandle | None = None
    _waiting: int = 0
    _is_in_body = False
    _is_handshake = False
    _is_put_off = False
    """The head comes again, without its `Upgrade`; until then nothing begins."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self.headers = []
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting: there is nobody."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, and look whether it leads anywhere."""
        self._unset_keepalive_if_required()
        self._waiting += len(data)
        try:
            self._feed(data)
        except _TooLarge:
            self._refuse_size()
        except httptools.HttpParserError as fault:
            if isinstance(fault.__context__, _TooLarge):
                self._refuse_size()
            else:
                self.send_400_response("Invalid HTTP request received.")
        else:
            if self._is_answered(at_first=False):
                # Blank lines, or a body that nobody waits for: they end the rest between requests.
                self._wait()

    def _feed(self, data: bytes) -> None:
        rest = memoryview(data)
        while True:
            try:
                self.parser.feed_data(rest)
                break
            except httptools.HttpParserUpgrade as upgrade:
                if self._is_handshake:
                    self.handle_websocket_upgrade()
                    return
                rest = rest[upgrade.args[0] :]
            head = self._head_without_upgrade()
            # A new one, because a parser takes no more after a head that says `close`.
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            self.parser.feed_data(head)
        if self._waiting > HEAD_BYTES_MAX:
            raise _TooLarge
        self._check_fields()

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a request's head."""
        super().on_message_begin()
        self._is_in_body = self._is_handshake = self._is_put_off = False
        self._wait()

    def on_headers_complete(self) -> None:
        """Stop waiting: from here on the doors have limits of their own."""
        self._check_fields()
        if self._waiting > HEAD_BYTES_MAX and _size(self.headers) + len(self.url) > HEAD_BYTES_MAX:
            raise _TooLarge
        self._stop_waiting()
        if self.parser.should_upgrade():
            self._is_handshake = self._should_upgrade_to_ws() and self._asks_for_socket()
            self._is_put_off = not self._is_handshake
            if self.parser.get_method() == b"CONNECT":
                raise httptools.HttpParserInvalidMethodError
        if not self._is_put_off:
            super().on_headers_complete()
            self._is_in_body = True
            self.headers = []  # For the trailers; the scope keeps the head's.

    def on_chunk_header(self) -> None:
        """Count anew: there is body, or it ends and trailers begin."""
        self._waiting = 0

    def on_body(self, body: bytes) -> None:
        """Count anew: there is body."""
        self._waiting = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Count anew, for the next request."""
        if not self._is_put_off:
            self._check_fields()
            self._waiting = 0
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait no longer than for a head when the rest of the body was not needed."""
        super().on_response_complete()
        if self.cycle.more_body:
            self._wait()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over, and wait until the handshake is answered."""
        super().handle_websocket_upgrade()
        successor = self.transport.get_protocol()
        assert isinstance(successor, WebSocketsSansIOProtocol), "the server is configured so"
        self.loop.call_later(REQUEST_SECONDS_MAX, _close_unanswered, successor)

    def _should_upgrade(self) -> bool:
        return self._is_handshake

    def _asks_for_socket(self) -> bool:
        """Say whether the head is a WebSocket handshake: a GET that brings no body."""
        return (
            self.parser.get_method() == b"GET"
            and self._get_upgrade() == b"websocket"
            and not any(name in _OF_BODIES for name, _ in self.headers)
        )

    def _head_without_upgrade(self) -> bytes:
        head = [self.parser.get_method(), b" ", self.url, b" HTTP/1.1\r\n"]
        for name, value in self.headers:
            if name != b"upgrade":
                head += [name, b": ", value, b"\r\n"]
        head.append(b"\r\n")
        return b"".join(head)

    def _check_fields(self) -> None:
        if len(self.headers) > HEAD_FIELDS_MAX:
            raise _TooLarge

    def _refuse_size(self) -> None:
        """Close; say why, unless that would be taken for a part of the answer to another call."""
        if self._is_in_body:
            may_speak = not self.pipeline and not self.cycle.response_started
        else:
            may_speak = self._is_answered(at_first=True)
        if may_speak:
            self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _is_answered(self, *, at_first: bool) -> bool:
        """Say whether the last call has its answer; `at_first` counts before there was any."""
        answered: bool = getattr(self.cycle, "response_complete", at_first)
        return answered

    def _wait(self) -> None:
        if self._limit is None:
            self._limit = self.loop.call_later(REQUEST_SECONDS_MAX, self.timeout_keep_alive_handler)

    def _stop_waiting(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None


_OF_BODIES: Final = (b"content-length", b"transfer-encoding")


def _size(fields: list[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) + len(": \r\n") for name, value in fields)


def _close_unanswered(successor: WebSocketsSansIOProtocol) -> None:
    if not successor.handshake_complete:
        successor.transport.close()
