"""What the stream says by itself: heartbeats, the end of a slow client, the end of the venue."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from openoutcry.streams.outbox import Excess


class Heartbeat(Struct, frozen=True):
    """The last message sent to this connection on each channel, and where the venue is."""

    channel: str
    sequence: int
    at: str
    channels: Mapping[str, int]


class ServerShutdown(Struct, frozen=True):
    """The venue stops so soon."""

    type: str
    in_s: int


class ResyncRequired(Struct, frozen=True):
    """The client did not read: the first message that was not sent, and where the venue is."""

    type: str
    expected: int
    current: int
    reason: str


_encode = msgspec.json.Encoder().encode


def heartbeat(sequence: int, at: str, channels: Mapping[str, int]) -> bytes:
    """Return a heartbeat as JSON."""
    return _encode(Heartbeat("heartbeat", sequence, at, channels))


def server_shutdown(seconds: int) -> bytes:
    """Return the announcement of a stop as JSON."""
    return _encode(ServerShutdown("server_shutdown", seconds))


def resync_required(expected: int, current: int, excess: Excess) -> bytes:
    """Return the last message to a client that was too slow, as JSON."""
    return _encode(ResyncRequired("resync_required", expected, current, excess.value))
