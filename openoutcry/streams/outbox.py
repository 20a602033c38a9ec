"""What waits for one connection: bounded by number, by size and by age. No socket is needed for it.

Rule: what is live counts; what is read from the past, snapshots included, does not. It is put in
here page by page, at the client's pace, so that much of it never waits.

A client that reads nothing therefore costs `BYTES_MAX`, one page and one message of memory.
"""

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

MESSAGES_MAX: Final = 10_000
"""Live messages that wait for one connection."""
BYTES_MAX: Final = 8 * 1024**2
"""Of them together."""
AGE_S_MAX: Final = 5.0
"""How long the oldest of them may wait."""
NOT_OF_A_CHANNEL: Final = 0
"""The sequence of what a client could not miss: replies, heartbeats."""


class Excess(Enum):
    """Which bound is exceeded."""

    MESSAGES = "messages"
    BYTES = "bytes"
    AGE = "age"


class _Waiting(NamedTuple):
    message: bytes
    sequence: int
    at: float
    """When it came, in monotonic seconds."""
    counts: bool


class Outbox:
    """The queue of one connection, in the order in which it is written."""

    __slots__ = (
        "_fresh_from",
        "_is_held_up",
        "_past",
        "_plain",
        "_size",
        "_waiting",
        "is_joining",
        "on_past_left",
    )

    def __init__(self, is_held_up: Callable[[], bool] = lambda: True) -> None:
        self._is_held_up = is_held_up
        """Says whether the client is what is waited for. A venue that stood still is late itself,
        and nobody is given up for that."""
        self._waiting: deque[_Waiting] = deque()
        self._size = 0
        """Bytes of those that count."""
        self._past = 0
        """Those that do not count."""
        self._fresh_from = 0.0
        """When the last of the past left: before that, what is live was not late by itself."""
        self._plain = 0
        """Those that came before frames were joined."""
        self.is_joining = False
        """Whether messages that wait together leave as one frame."""
        self.on_past_left: Callable[[], object] | None = None
        """Called once, when no more of the past waits."""

    @property
    def has_past(self) -> bool:
        """Whether some of the past waits."""
        return self._past > 0

    def put(self, message: bytes, sequence: int, now: float) -> Excess | None:
        """Let a live message wait, or say which bound forbids it."""
        size = len(message)
        waiting = self._waiting
        if waiting and (excess := self._excess(size, now)) is not None:
            return excess
        self._size += size
        waiting.append(_Waiting(message, sequence, now, counts=True))
        return None

    def put_past(self, messages: list[tuple[bytes, int]], now: float) -> None:
        """Let a page of the past wait; whoever puts one waits until it has left."""
        self._past += len(messages)
        self._waiting += [
            _Waiting(message, sequence, now, counts=False) for message, sequence in messages
        ]

    def _excess(self, size: int, now: float) -> Excess | None:
        if len(self._waiting) - self._past >= MESSAGES_MAX:
            return Excess.MESSAGES
        if self._size + size > BYTES_MAX:
            return Excess.BYTES
        return Excess.AGE if self.is_late(now) else None

    def is_late(self, now: float) -> bool:
        """Say whether the oldest live message has waited too long for the client."""
        return self.age(now) > AGE_S_MAX and self._is_held_up()

    def age(self, now: float) -> float:
        """Return how long the oldest live message has waited."""
        waiting = self._waiting
        if self._past or not waiting:
            return 0.0
        return now - max(waiting[0].at, self._fresh_from)

    def join_from_now(self) -> None:
        """Let messages leave in joined frames, but for those that wait already."""
        if not self.is_joining:
            self.is_joining = True
            self._plain = len(self._waiting)

    def take(self, size_max: int, now: float) -> "list[bytes] | Joined":
        """Return what is written next, about so many bytes: each a frame, or all in one."""
        waiting, taken, size = self._waiting, [], 0
        joins = self.is_joining and not self._plain
        while waiting and size < size_max:
            message, _, _, counts = waiting.popleft()
            taken.append(message)
            size += len(message)
            if counts:
                self._size -= len(message)
            else:
                self._leave_past(now)
            if self._plain:
                self._plain -= 1
                if not self._plain:
                    break
        return Joined(taken) if joins and taken else taken

    def _leave_past(self, now: float) -> None:
        self._past -= 1
        self._fresh_from = now
        if not self._past and self.on_past_left is not None:
            told, self.on_past_left = self.on_past_left, None
            told()

    def first_missed(self) -> int | None:
        """Return the sequence of the first channel's message that waits, if one does."""
        return next((one.sequence for one in self._waiting if one.sequence), None)

    def clear(self) -> None:
        """Drop everything: it is not going to be written."""
        self._waiting.clear()
        self._size = self._past = self._plain = 0

    def __len__(self) -> int:
        """Count what waits."""
        return len(self._waiting)


class Joined(list[bytes]):
    """Messages that leave as one frame."""
