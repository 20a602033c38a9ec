"""WebSockets as uvicorn speaks them, with a short way for whoever writes whole frames.

Rule 1: the library parses every frame that comes in; only the way between it and a door is shorter.
Rule 2: no client holds a connection by not reading: what was closed is gone after `ABANDON_S`.
Rule 3: no client holds the loop by sending much: it is read `PART_BYTES` at a time.

Theory of operation
-------------------
ASGI takes one message at a time and gives one at a time, through coroutines and a queue. A door
that serves thousands of messages a second asks for the short way instead: it finds this protocol in
its scope under `EXTENSION`, calls `take_over` once it has accepted, and from then on is called with
each message as it is parsed, and writes bytes that are frames already. It is told when the socket
takes more. The end comes by ASGI as ever: `receive` returns the disconnect.

Under any other server the extension is missing, and doors use plain ASGI.
"""

from typing import Final, Protocol

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

EXTENSION: Final = "openoutcry.direct"
ABANDON_S: Final = 30.0
"""From a close frame to the end of the connection, whether or not the client took it."""
PART_BYTES: Final = 8 * 1024
"""Read of one client, before the loop serves others."""


class Receiver(Protocol):
    """Who has taken a connection over."""

    def take(self, message: bytes, *, is_binary: bool) -> None:
        """Take a message; must not raise."""

    def go_on(self) -> None:
        """Learn that the socket takes more."""


class DirectProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    _receiver: Receiver | None = None
    _unread: bytes = b""
    """What came and has not been parsed yet; while there is some, no more is read."""
    _is_stopped = False
    """Whether the receiver wants nothing more now."""
    _is_planned = False

    def take_over(self, receiver: Receiver) -> None:
        """Give every message from now on to a receiver instead of `receive`."""
        self._receiver = receiver

    @property
    def is_full(self) -> bool:
        """Whether what was written waits for the client, so that no more should be."""
        return not self.writable.is_set()

    def write(self, frames: bytes) -> None:
        """Write whole frames; after the end nobody hears them."""
        if not (self.close_sent or self.disconnected or self.transport.is_closing()):
            self.transport.write(frames)

    def stop_reading(self) -> None:
        """Let the client wait with what it sends; a few messages may still come."""
        self._is_stopped = True
        self._pause()

    def start_reading(self) -> None:
        """Take messages again."""
        self._is_stopped = False
        if self._unread:
            self._plan()
        else:
            self._resume()

    # What uvicorn calls.

    def data_received(self, data: bytes) -> None:
        """Parse what came, or as much of it as is fair."""
        if self._receiver is None or (len(data) <= PART_BYTES and not self._unread):
            super().data_received(data)
            return
        self._unread += data
        self._pause()
        self._plan()

    def _plan(self) -> None:
        if not (self._is_planned or self._is_stopped):
            self._is_planned = True
            self.loop.call_soon(self._read_part)

    def _read_part(self) -> None:
        self._is_planned = False
        if self._is_stopped:
            return
        part, self._unread = self._unread[:PART_BYTES], self._unread[PART_BYTES:]
        super().data_received(part)
        if self._unread:
            self._plan()
        elif not self._is_stopped:
            self._resume()

    def _pause(self) -> None:
        if not (self.read_paused or self.transport.is_closing()):
            self.read_paused = True
            self.transport.pause_reading()

    def _resume(self) -> None:
        if self.read_paused and not self.transport.is_closing():
            self.read_paused = False
            self.transport.resume_reading()

    def handle_connect(self, event: Request) -> None:
        """Offer the short way with the scope of a handshake."""
        super().handle_connect(event)
        if self.handshake_initiated and not self.handshake_complete:
            extensions = self.scope["extensions"]
            assert extensions is not None, "uvicorn has extensions of its own"
            extensions[EXTENSION] = self  # type: ignore[assignment]  # an object, not a dict

    def send_receive_event_to_app(self) -> None:
        """Give a whole message away."""
        if self._receiver is None:
            super().send_receive_event_to_app()
            return
        parts, self.frames = self.frames, []
        if not self.close_sent:
            message = bytes(parts[0]) if len(parts) == 1 else b"".join(parts)
            self._receiver.take(message, is_binary=self.curr_msg_data_type == "bytes")

    def resume_writing(self) -> None:
        """Tell whoever waits for room."""
        super().resume_writing()
        if self._receiver is not None:
            self._receiver.go_on()

    def handle_ping(self) -> None:
        """Answer a ping, unless the client does not take the answers to earlier ones."""
        if self.is_full:
            self.conn.data_to_send()
        else:
            super().handle_ping()

    def keepalive_timeout(self) -> None:
        """End a connection that answers no ping; what it did not take is lost."""
        super().keepalive_timeout()
        self.transport.abort()

    async def send(self, message: ASGISendEvent) -> None:
        """Send as ever, and see a close through."""
        await super().send(message)
        if message["type"] == "websocket.close":
            self.loop.call_later(ABANDON_S, self.transport.abort)

    def close(self, code: int, last_words: bytes) -> None:
        """Write last frames and the close frame at once, however much waits before them."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        self.transport.write(last_words)
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": ""})
        self.conn.send_close(code)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.start_reading()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)
        self.loop.call_later(ABANDON_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the receiver go; the disconnect is in the queue."""
        super().connection_lost(exc)
        self._receiver = None
        self._unread = b""
