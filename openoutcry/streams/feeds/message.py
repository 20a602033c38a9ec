"""A message of a channel: made once, one object for everybody who hears it."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

_read: Final[Callable[[bytes], Any]] = msgspec.json.decode
_pack: Final[Callable[[Any], bytes]] = msgspec.msgpack.encode


class Message:
    """What is sent, the sequence it carries, and the name of its channel for the heartbeat."""

    __slots__ = ("_msgpack", "is_snapshot", "json", "name", "sequence")

    def __init__(self, name: str, sequence: int, json: bytes, *, is_snapshot: bool = False) -> None:
        self.name = name
        self.sequence = sequence
        self.json = json
        self.is_snapshot = is_snapshot
        self._msgpack: bytes | None = None

    @property
    def msgpack(self) -> bytes:
        """The same as MessagePack, made when the first client wants it."""
        packed = self._msgpack
        if packed is None:
            packed = self._msgpack = _pack(_read(self.json))
        return packed
