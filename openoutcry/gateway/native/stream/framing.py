"""Messages as WebSocket frames of the server: never masked, never in parts, never compressed."""

from typing import Final

from openoutcry.streams.outbox import Joined

_SHORT_END: Final = 126
_MEDIUM_END: Final = 65_536
_SHORT_LIST_END: Final = 16
TEXT: Final = 0x81
BINARY: Final = 0x82


def framed(messages: list[bytes], *, is_binary: bool) -> bytes:
    """Return the frames of some messages, in order, ready for the socket."""
    kind = BINARY if is_binary else TEXT
    if isinstance(messages, Joined):
        messages = [joined(messages, is_binary=is_binary)]
    parts: list[bytes] = []
    for message in messages:
        parts += (_head(kind, len(message)), message)
    return b"".join(parts)


def joined(messages: list[bytes], *, is_binary: bool) -> bytes:
    """Return one message that is the list of some."""
    if not is_binary:
        return b"[" + b",".join(messages) + b"]"
    count = len(messages)
    if count < _SHORT_LIST_END:
        head = bytes((0x90 | count,))
    elif count < _MEDIUM_END:
        head = b"\xdc" + count.to_bytes(2, "big")
    else:
        head = b"\xdd" + count.to_bytes(4, "big")
    return head + b"".join(messages)


def _head(kind: int, size: int) -> bytes:
    if size < _SHORT_END:
        return bytes((kind, size))
    if size < _MEDIUM_END:
        return bytes((kind, 126, size >> 8, size & 255))
    return bytes((kind, 127)) + size.to_bytes(8, "big")
