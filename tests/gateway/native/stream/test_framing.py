"""Frames as a client's library reads them."""

import json

import msgspec
import pytest
from websockets.client import ClientProtocol
from websockets.frames import Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from openoutcry.gateway.native.stream.framing import framed
from openoutcry.streams.outbox import Joined

SIZES = (0, 1, 125, 126, 127, 65_535, 65_536, 100_000)


def read(frames):
    client = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN, max_size=None)
    client.receive_data(frames)
    assert client.parser_exc is None
    return [(frame.opcode, bytes(frame.data)) for frame in client.events_received()]


@pytest.mark.parametrize("is_binary", [False, True])
def test_each_message_is_a_frame(is_binary):
    messages = [b"x" * size for size in SIZES]
    kind = Opcode.BINARY if is_binary else Opcode.TEXT
    assert read(framed(messages, is_binary=is_binary)) == [(kind, one) for one in messages]
    assert framed([], is_binary=is_binary) == b""


@pytest.mark.parametrize("count", [1, 2, 15, 16, 65_535, 65_536])
def test_joined_messages_are_one_frame_with_a_list(count):
    values = [{"n": number} for number in range(count)]
    ((kind, text),) = read(framed(Joined(map(msgspec.json.encode, values)), is_binary=False))
    assert (kind, json.loads(text)) == (Opcode.TEXT, values)
    ((kind, text),) = read(framed(Joined(map(msgspec.msgpack.encode, values)), is_binary=True))
    assert (kind, msgspec.msgpack.decode(text)) == (Opcode.BINARY, values)
