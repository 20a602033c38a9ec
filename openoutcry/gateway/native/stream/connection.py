"""One client of the stream: what it asks, what waits for it, and how it ends.

A message is read, understood and, if it is a command, sequenced in one call; nothing here waits.
What the client is told goes into its outbox, and from there by its outlet onto the socket.
"""

import asyncio
import time
from collections import deque
from typing import Final, Protocol

import structlog

from openoutcry.gateway.guard import NOBODY, Caller
from openoutcry.gateway.native.calls import Answer, Call
from openoutcry.gateway.native.stream import own_methods
from openoutcry.gateway.native.stream.announcements import (
    heartbeat,
    resync_required,
    server_shutdown,
)
from openoutcry.gateway.native.stream.deadman import DeadMan
from openoutcry.gateway.native.stream.identity import Identity
from openoutcry.gateway.native.stream.methods import METHODS
from openoutcry.gateway.native.stream.outlets import Outlet
from openoutcry.gateway.native.stream.pipeline import Pipeline
from openoutcry.gateway.native.stream.replies import answer_problem, packed, reply_of
from openoutcry.gateway.native.stream.requests import (
    MESSAGE_BYTES_MAX,
    Request,
    RequestId,
    object_of,
    request_id_of,
    request_of,
)
from openoutcry.gateway.native.stream.subscriptions import Subscriptions
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.troubles import problem_of
from openoutcry.gateway.venue import Venue
from openoutcry.model.errors import VenueError
from openoutcry.model.units import KeyId
from openoutcry.streams.connections import Holder
from openoutcry.streams.feeds.message import Message
from openoutcry.streams.outbox import NOT_OF_A_CHANNEL, Excess, Outbox
from openoutcry.streams.subscriber import FAULT, NOT_PERMITTED, RESTART, TOO_LARGE, TOO_SLOW
from openoutcry.wire.times import time_text

HEARTBEAT_S: Final = 1.0
ATTENTION_EVERY: Final = 20
"""Heartbeats between two notes that somebody looks at the symbols followed."""
_ENDS_BY_VENUE: Final = frozenset({FAULT, RESTART})

_log: Final = structlog.get_logger("openoutcry")


class Inlet(Protocol):
    """The way in of one connection."""

    def stop_reading(self) -> None:
        """Let the client wait with what it sends."""

    def start_reading(self) -> None:
        """Take messages again."""


class Connection:
    """One client. Its outlet and inlet are set before the first message."""

    outlet: Outlet
    inlet: Inlet

    def __init__(self, venue: Venue, identity: Identity, *, is_packed: bool) -> None:
        self._venue = venue
        self._identity = identity
        self._is_packed = is_packed
        self.outbox = Outbox(self._is_held_up)
        self.dead_man = DeadMan(venue, time.monotonic)
        self.subscriptions = Subscriptions(venue, self)
        self._pipeline = Pipeline(venue, self.reply, self.fail)
        self._pipeline.on_room = self._read_on
        self._backlog: deque[tuple[bytes, bool]] = deque()
        self._ticks = 0
        self._timer: asyncio.TimerHandle | None = None
        self.code: int | None = None
        """The close code, once the connection is to end."""

    # What comes in.

    def take(self, message: bytes, *, is_binary: bool) -> None:
        """Do what a message asks for, or let it wait until there is room."""
        if self.code is not None:
            return
        if len(message) > MESSAGE_BYTES_MAX:
            self.close(TOO_LARGE)
            return
        self.dead_man.hear()
        if self._backlog or self._pipeline.is_full:
            self._backlog.append((message, is_binary))
            self.inlet.stop_reading()
        else:
            self._handle(message, is_binary=is_binary)

    def _read_on(self) -> None:
        if not self._backlog:
            return
        while self._backlog and not self._pipeline.is_full and self.code is None:
            message, is_binary = self._backlog.popleft()
            self._handle(message, is_binary=is_binary)
        if not self._backlog:
            self.inlet.start_reading()

    def _handle(self, message: bytes, *, is_binary: bool) -> None:
        came = self._venue.sequencer.clock.now()
        request_id = None
        try:
            content = object_of(message, is_binary=is_binary, takes_binary=self._is_packed)
            request_id = request_id_of(content)
            self._start(request_of(content, request_id), came)
        except (Problem, VenueError) as fault:
            problem = problem_of(fault)
            assert problem is not None, "what the venue refuses has words"
            self.reply(request_id, answer_problem(problem), came)
        except Exception as fault:  # noqa: BLE001  (a fault of ours ends this client, not others)
            self.fail(fault)

    def _start(self, request: Request, came: int) -> None:
        method = METHODS.get(request.method)
        if method is None:
            own_methods.run(self, self._venue, self._identity, request, came)
            return
        caller = self._identity.somebody()
        self._venue.limits.spend(caller, method.cost)
        self._pipeline.start(request, self.call(caller, request), came)

    def call(self, caller: Caller, request: Request) -> Call:
        """Return a request as the venue's calls take it."""
        named = None if request.request_id is None else str(request.request_id)
        return Call(caller, named, request.idempotency_key)

    # What goes out.

    def reply(self, request_id: RequestId, answer: Answer, came: int) -> None:
        """Tell the answer to a request."""
        sequencer = self._venue.sequencer
        self._say(reply_of(request_id, answer, came, sequencer.clock.now(), sequencer.durable))

    def tell(self, message: Message) -> None:
        """Tell a message of a channel."""
        self._put(message.msgpack if self._is_packed else message.json, message.sequence)

    def tell_past(self, messages: "list[Message]") -> None:
        """Tell a page of what counts no more; whoever does waits until it has left."""
        if self.code is None:
            is_packed = self._is_packed
            page = [(one.msgpack if is_packed else one.json, one.sequence) for one in messages]
            self.outbox.put_past(page, time.monotonic())
            self.outlet.wake()

    def announce(self, seconds: int) -> None:
        """Tell that the venue stops so soon."""
        self._say(server_shutdown(seconds))

    def age(self, now: float) -> float:
        """Return how long the oldest message has waited for the client."""
        return self.outbox.age(now)

    def _is_held_up(self) -> bool:
        return self.outlet.is_held_up()

    def _say(self, message: bytes) -> None:
        self._put(packed(message) if self._is_packed else message, NOT_OF_A_CHANNEL)

    def _put(self, message: bytes, sequence: int) -> None:
        if self.code is not None:
            return
        excess = self.outbox.put(message, sequence, time.monotonic())
        if excess is None:
            self.outlet.wake()
        else:
            self.drop(excess, sequence)

    def drop(self, excess: Excess, sequence: int = NOT_OF_A_CHANNEL) -> None:
        """End a client that does not read; `sequence` is of the message that found no room."""
        if self.code is not None:
            return
        current = self._venue.sequencer.durable
        expected = self.outbox.first_missed() or sequence or current + 1
        waiting = len(self.outbox)
        self.outbox.clear()
        words = resync_required(expected, current, excess)
        self.outbox.put(packed(words) if self._is_packed else words, expected, time.monotonic())
        self._venue.connections.dropped[excess] += 1
        _log.warning("client_too_slow", key_id=self.key_id, waiting=waiting, reason=excess.value)
        self.close(TOO_SLOW)

    # Who it is.

    @property
    def key_id(self) -> KeyId | None:
        """The key that it was opened with."""
        return self._identity.caller.key_id

    def begin(self, caller: Caller) -> None:
        """Begin, as whoever the handshake found."""
        self._identity.become(caller)
        self._venue.connections.enter(self, Holder(caller.account_id, self._identity.address))
        self._tick()

    def become(self, caller: Caller) -> None:
        """Be somebody else; what was the former account's ends, as if its connection had."""
        former = self._identity.caller
        if caller.account_id != former.account_id:
            self.dead_man.end()
            self.subscriptions.leave_all(only_private=caller is not NOBODY)
        self._identity.become(caller)
        self._venue.connections.enter(self, Holder(caller.account_id, self._identity.address))

    # How it lives and ends.

    def _tick(self) -> None:
        """Look after the client once a second."""
        self._timer = asyncio.get_running_loop().call_later(HEARTBEAT_S, self._tick)
        if self.outbox.is_late(time.monotonic()):
            self.drop(Excess.AGE)
        elif self._identity.caller is not NOBODY:
            self.beat()
        if self._ticks % ATTENTION_EVERY == 0:
            self.subscriptions.touch()
        self._ticks += 1

    def beat(self) -> None:
        """Tell where the venue is, and the last message of each channel."""
        sequencer = self._venue.sequencer
        at = time_text(sequencer.clock.now())
        self._say(heartbeat(sequencer.durable, at, self.subscriptions.marks()))

    def expire(self) -> None:
        """End because the key does."""
        self.close(NOT_PERMITTED)

    def fail(self, fault: BaseException) -> None:
        """End because of a fault that is ours."""
        _log.error("stream_failed", fault=repr(fault), exc_info=fault)
        self.close(FAULT)

    def close(self, code: int) -> None:
        """End the connection, after what waits already."""
        if self.code is not None:
            return
        self.code = code
        if code in _ENDS_BY_VENUE:
            self.dead_man.disarm()
        else:
            self.dead_man.end()
        self._rest()
        self.outlet.finish(code)

    def end(self, *, by_venue: bool) -> None:
        """Take note that there is no socket any more."""
        if by_venue or self._venue.connections.is_closed:
            self.dead_man.disarm()
        else:
            self.dead_man.end()
        self.code = self.code or RESTART
        self._rest()
        self.outbox.clear()
        self._venue.connections.leave(self)

    def _rest(self) -> None:
        """Let nothing come any more, from outside or from the venue."""
        self._backlog.clear()
        self.subscriptions.leave_all(only_private=False)
        self._identity.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
