"""Clients that follow one channel, in a process of their own: what they heard, and when.

Every message of every client is timed and goes into a checksum of all that the client heard, so
that one client's messages, which are kept, can be proofread for all of them.
"""

import asyncio
import time
import zlib
from array import array
from functools import partial
from multiprocessing.connection import Connection as Pipe
from types import NoneType
from typing import Final, NamedTuple

from benchmarks.crowd import WAIT_S_MAX, Elsewhere
from benchmarks.listeners import Listener, connect_all, hang_up

_SEQUENCE: Final = b'"sequence":'


class Followed(NamedTuple):
    """What all clients heard."""

    texts: list[bytes]
    """All messages of the channel that the first client heard."""
    times: "list[array[float]]"
    """Of each client, when it heard each of its messages, on the clock of `time.perf_counter`."""
    checksums: list[int]
    """Of each client, of everything it heard of the channel."""
    open_at_end: int


class Follower(Listener):
    """One client; it hears what begins so and no heartbeat."""

    def __init__(self, path: str, begins: bytes) -> None:
        super().__init__(path)
        self._begins = begins
        self.last = b""
        self.checksum = 0
        self.times: array[float] = array("d")
        self.texts: list[bytes] | None = None

    def take(self, text: bytes) -> None:
        """Note when it came."""
        if text.startswith(self._begins):
            self.times.append(time.perf_counter())
            self.checksum = zlib.crc32(text, self.checksum)
            self.last = text
            if self.texts is not None:
                self.texts.append(text)


class Followers(Elsewhere):
    """The clients of one server."""

    def __init__(self, port: int) -> None:
        super().__init__(_obey, port)

    def open(self, count: int, path: str, says: str, begins: str) -> None:
        """Connect so many, let each say something, and wait until each has heard something."""
        self._ask(("open", count, path, says, begins), NoneType)

    def wait(self, sequence: int) -> None:
        """Wait until each has heard of an event."""
        self._ask(("wait", sequence), NoneType)

    def processor_s(self) -> float:
        """Return the processor time that they have used."""
        return self._ask(("processor",), float)

    def followed(self) -> Followed:
        """Return what they heard."""
        return self._ask(("followed",), Followed)


async def _obey(port: int, pipe: Pipe) -> None:
    followers: list[Follower] = []
    while True:
        try:
            call = await asyncio.to_thread(pipe.recv)
        except EOFError:
            hang_up(followers)
            return
        answer: object = None
        match call:
            case "open", int(count), str(path), str(says), str(begins):
                followers = await connect_all(
                    port, [partial(Follower, path, begins.encode())] * count
                )
                followers[0].texts = []
                for follower in followers:
                    follower.say(says.encode())
                await _all_know(followers, 0)
            case "wait", int(sequence):
                await _all_know(followers, sequence)
            case ("processor",):
                answer = time.process_time()
            case _:
                answer = _followed(followers)
        pipe.send(answer)


async def _all_know(followers: list[Follower], sequence: int) -> None:
    async with asyncio.timeout(WAIT_S_MAX):
        for follower in followers:
            while not follower.last or sequence_of(follower.last) < sequence:
                if follower.is_closed:
                    raise ConnectionError(f"a client that reads was closed: {follower.latest!r}")
                await asyncio.sleep(0.01)


def _followed(followers: list[Follower]) -> Followed:
    return Followed(
        followers[0].texts or [],
        [follower.times for follower in followers],
        [follower.checksum for follower in followers],
        sum(not follower.is_closed for follower in followers),
    )


def sequence_of(text: bytes) -> int:
    """Return the sequence of a message of a channel."""
    start = text.index(_SEQUENCE) + len(_SEQUENCE)
    return int(text[start : text.index(b",", start)])
